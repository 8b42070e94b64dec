from __future__ import annotations

import pytest

from crawler.errors import InexactNumber, LayoutChanged, WrongCurrency
from crawler.exact_number import exact_int, exact_money
from domain.verdict import VerdictKind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("12,000", 12_000),
        ("12,000원", 12_000),
        (" ₩ 1,234,567 ", 1_234_567),
        ("-1,200", -1_200),
        ("\u22121,200원", -1_200),
        ("37명", 37),
    ],
)
def test_a_whole_number_is_read_as_the_page_writes_it(text: str, value: int) -> None:
    assert exact_int(text) == value


@pytest.mark.parametrize("text", ["1.2만", "1.2 만원", "12천", "12.5k", "3M", "12.0"])
def test_a_rounded_amount_is_refused_as_inexact(text: str) -> None:
    with pytest.raises(InexactNumber, match="소진액: a rounded amount"):
        exact_int(text, "소진액")


@pytest.mark.parametrize("text", ["", "-", "N/A", "1,2,3", "12 ~ 15", "0x10"])
def test_what_is_no_number_is_a_changed_layout(text: str) -> None:
    with pytest.raises(LayoutChanged):
        exact_int(text)


@pytest.mark.parametrize(
    ("text", "currency", "value"),
    [
        ("US$1,234.56", "USD", 123_456),
        ("-$0.07", "USD", -7),
        ("$-0.07", "USD", -7),
        ("1,234.50 USD", "USD", 123_450),
        ("US$ 12.00 USD", "USD", 1_200),
        ("1,234,567.89", "USD", 123_456_789),
        ("12,000원", "KRW", 12_000),
        ("₩12,000", "KRW", 12_000),
        ("\u2212¥980", "JPY", -980),
        ("¥12.30", "CNY", 1_230),
        ("CHF 5.00", "CHF", 500),
        ("KWD 1.234", "KWD", 1_234),
    ],
)
def test_an_amount_is_read_in_minor_units_of_its_currency(
    text: str, currency: str, value: int
) -> None:
    assert exact_money(text, currency) == value


@pytest.mark.parametrize(
    ("text", "currency"),
    [("US$12.34", "KRW"), ("12,000원", "USD"), ("€12.34", "USD"), ("12.34 EUR", "GBP")],
)
def test_an_amount_in_another_currency_is_a_wrong_view(text: str, currency: str) -> None:
    with pytest.raises(WrongCurrency, match=f"소진액: .* is no amount of {currency}") as caught:
        exact_money(text, currency, "소진액")
    assert caught.value.verdict.kind is VerdictKind.WRONG_VIEW


@pytest.mark.parametrize(
    ("text", "currency"),
    [("US$1,234", "USD"), ("$1.2", "USD"), ("$1.5K", "USD"), ("12.5", "KRW"), ("1.2만원", "KRW")],
)
def test_an_amount_without_all_its_decimals_is_refused_as_inexact(text: str, currency: str) -> None:
    with pytest.raises(InexactNumber):
        exact_money(text, currency)


@pytest.mark.parametrize("text", ["", "$", "1.234,56", "12,34.00", "about $3.00"])
def test_what_is_no_amount_is_a_changed_layout(text: str) -> None:
    with pytest.raises(LayoutChanged):
        exact_money(text, "USD")
