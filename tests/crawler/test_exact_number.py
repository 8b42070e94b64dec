from __future__ import annotations

import pytest

from crawler.errors import InexactNumber, LayoutChanged
from crawler.exact_number import exact_int


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
