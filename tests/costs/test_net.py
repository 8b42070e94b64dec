"""Amounts without VAT, as the watch compares them, and in one currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costs.calculator import compute
from costs.errors import TwoCurrencies
from costs.flag import Flag
from costs.rows import WatchCosts, grouped
from costs.terms import Counting, DatedTerms, DatedVat, MoneyTerms, decimal
from costs.watch_series import WatchSeries
from domain.account import AccountKey
from domain.inventory import AccountTerms, Vat
from tests.costs.history import (
    CONVERSIONS,
    NEXT_DAY,
    SPEND,
    THE_DAY,
    History,
    ad,
    at,
    one_ad_one_site,
    read_both,
)
from tests.costs.worlds import NEVER_HELD, World, worlds

ACCOUNT, ABROAD = AccountKey("moment", "acc-1"), AccountKey("other", "acc-1")
ALWAYS = at("00:00", date(2026, 1, 1))
WITH, WITHOUT = AccountTerms(), AccountTerms(vat_included=False)


def terms(*dated: tuple[datetime, AccountTerms]) -> tuple[DatedTerms, ...]:
    return tuple(DatedTerms(*one) for one in dated)


def counted(watch: WatchSeries, money: MoneyTerms) -> WatchCosts:
    return compute(replace(watch, money=money))


def two_slots(value: int = 11_000) -> History:
    history = one_ad_one_site()
    read_both(history, at("09:00"), 0, 0)
    read_both(history, at("09:20"), value, 2)
    return history


def test_the_net_of_a_gross_amount_is_divided_and_never_a_tenth_less() -> None:
    last = counted(two_slots().series(), MoneyTerms({ACCOUNT: terms((ALWAYS, WITH))})).slots[-1]
    assert (last.spend, last.spend_net) == (11_000, Decimal("10000.0000"))  # not 9,900
    assert last.spend_basis == last.spend
    assert last.unit_cost == Decimal("5500.0000")


@pytest.mark.parametrize(
    ("vat", "included", "net", "unit_cost"),
    [
        (None, True, "10000.0000", "5500.0000"),
        (Vat.INCLUDED, True, "10000.0000", "5500.0000"),
        (Vat.EXCLUDED, True, "10000.0000", "5000.0000"),
        (None, False, "11000.0000", "5500.0000"),
        (Vat.INCLUDED, False, "11000.0000", "6050.0000"),
        (Vat.EXCLUDED, False, "11000.0000", "5500.0000"),
    ],
)
def test_a_watch_is_counted_with_vat_or_without_as_it_says(
    vat: Vat | None, included: bool, net: str, unit_cost: str
) -> None:
    terms_ = MoneyTerms(
        {ACCOUNT: terms((ALWAYS, AccountTerms(vat_included=included)))}, (DatedVat(ALWAYS, vat),)
    )
    last = counted(two_slots().series(), terms_).slots[-1]
    assert (last.spend, last.spend_net) == (11_000, Decimal(net))
    assert last.unit_cost == Decimal(unit_cost)


def test_members_of_different_terms_are_added_each_by_its_own() -> None:
    history = History()
    abroad = ad("b", "other")
    history.days["other"] = history.days["moment"]
    for entity in (ad("a"), abroad):
        history.spends(entity)
    gained = history.gains(ad("a"), CONVERSIONS)
    for clock, value in (("09:00", 0), ("09:20", 1_100)):
        for entity in (ad("a"), abroad):
            history.read(at(clock), entity, history.members[0].metric, value)
        history.read(at(clock), ad("a"), gained, value)
    money = MoneyTerms(
        {ACCOUNT: terms((ALWAYS, WITH)), ABROAD: terms((ALWAYS, WITHOUT))},
        (DatedVat(ALWAYS, Vat.EXCLUDED),),
    )
    last = counted(history.series(), money).slots[-1]
    assert (last.spend, last.spend_net) == (2_200, Decimal("2100.0000"))
    assert last.spend_basis == Decimal("2100.0000")


def test_a_change_of_the_terms_splits_at_its_slot() -> None:
    history = two_slots(1_100)
    read_both(history, at("09:40"), 2_200, 3)
    money = MoneyTerms({ACCOUNT: terms((ALWAYS, WITH), (at("09:40"), WITHOUT))})
    rows = counted(history.series(), money).slots
    assert [row.spend_net for row in rows[-2:]] == [Decimal(1_000), Decimal(1_100)]


def test_yesterdays_tail_is_counted_by_yesterdays_terms() -> None:
    history, midnight = one_ad_one_site(), at("00:00", NEXT_DAY)
    read_both(history, at("23:40"), 1_000, 1)
    read_both(history, at("00:20", NEXT_DAY), 500, 1)
    for metric, value in ((SPEND, 2_100), (CONVERSIONS, 1)):
        history.read(at("08:00", NEXT_DAY), ad("a"), metric, value, THE_DAY)
    money = MoneyTerms({ACCOUNT: terms((ALWAYS, WITH), (midnight, WITHOUT))})
    tail, today = Decimal("1000.0000"), 500  # (2,100 - 1,000) / 1.1, and as read
    assert counted(history.series(), money).slots[-1].spend_net == tail + today
    hours = {row.hour_at: row for row in counted(history.series(), money).hours}
    assert hours[midnight].spend_net == Decimal(500)


def test_an_hour_shared_by_time_keeps_its_whole_amount_and_its_net() -> None:
    history = two_slots(1_000)
    read_both(history, at("11:20"), 2_001, 4)
    money = MoneyTerms({ACCOUNT: terms((ALWAYS, WITH))})
    costs = counted(history.series(), money)
    shared = [row for row in costs.hours if Flag.ESTIMATED in row.flags]
    assert [row.spend_basis for row in shared] == [row.spend for row in shared]
    nets = [row.spend_net or Decimal(0) for row in costs.hours]
    assert sum(nets) == sum(row.spend_net or Decimal(0) for row in costs.slots)


def test_a_grouped_unit_cost_divides_what_the_watch_compares() -> None:
    money = MoneyTerms({ACCOUNT: terms((ALWAYS, WITH))}, (DatedVat(ALWAYS, Vat.EXCLUDED),))
    costs = counted(two_slots().series(), money)
    assert grouped(costs.hours) == (11_000, 2, Decimal("5000.0000"))


RATES = st.sampled_from([Decimal("0.1"), Decimal("0.0550"), Decimal("0.19"), Decimal(0)])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(-50, 10**7), min_size=1, max_size=12), RATES)
def test_net_amounts_of_a_date_add_up_to_the_net_of_its_last_value(
    steps: list[int], rate: Decimal
) -> None:
    """Exactly, in however many pieces the date was read, refunds among them."""
    history, value = one_ad_one_site(), 0
    for number, step in enumerate(steps, 1):
        value += step
        read_both(history, at("00:00") + number * timedelta(minutes=20), value, number)
    own = terms((ALWAYS, AccountTerms(vat_rate=rate)))
    costs = counted(replace(history.series(), limits=NEVER_HELD), MoneyTerms({ACCOUNT: own}))
    whole = Counting(own).net_and_basis(0, value, at("12:00"))[0]
    assert sum(row.spend_net or Decimal(0) for row in costs.slots) == decimal(whole)
    assert sum(row.spend_net or Decimal(0) for row in costs.hours) == decimal(whole)


@settings(deadline=None, max_examples=60)
@given(worlds(), st.integers(0, 2**32))
def test_under_any_terms_the_hours_add_up_to_the_slots_and_read_is_read(
    world: World, seed: int
) -> None:
    dice = Random(seed)
    costs = compute(replace(world.series(), money=_any_terms(dice, world)))
    pending = any(row.spend is None for row in costs.slots if row.is_pair_point)
    for name in ("spend_net", "spend_basis"):
        slots = [getattr(row, name) for row in costs.slots if row.spend is not None]
        hours = [getattr(row, name) for row in costs.hours if row.spend is not None]
        assert all(isinstance(amount, Decimal) for amount in (*slots, *hours))
        if not pending:
            assert sum(hours) == sum(slots)
    read = compute(world.series())
    assert [row.spend_basis for row in read.slots] == [row.spend for row in read.slots]
    assert [row.spend_basis for row in read.hours] == [row.spend for row in read.hours]


def _any_terms(dice: Random, world: World) -> MoneyTerms:
    slots = sorted(world.seen) or [ALWAYS]
    changes = sorted({ALWAYS, *dice.sample(slots, min(len(slots), 2))})
    return MoneyTerms(
        {
            AccountKey("moment", "acc-1"): terms(
                *((when, AccountTerms(vat_included=dice.random() < 0.5)) for when in changes)
            )
        },
        tuple(DatedVat(when, dice.choice([None, *Vat])) for when in changes),
    )


def test_amounts_of_two_currencies_are_refused_by_name() -> None:
    history = two_slots()
    dollars = AccountTerms(currency="USD")
    money = MoneyTerms({ACCOUNT: terms((ALWAYS, WITH), (at("09:10"), dollars))})
    with pytest.raises(TwoCurrencies, match="moment/acc-1 in KRW, moment/acc-1 in USD"):
        counted(history.series(), money)


def test_a_watch_that_began_after_the_change_is_of_one_currency() -> None:
    history = two_slots()
    history.members = [replace(one, valid_from=at("09:00")) for one in history.members]
    dollars = AccountTerms(currency="USD")
    money = MoneyTerms({ACCOUNT: terms((ALWAYS, WITH), (at("09:00"), dollars))})
    assert counted(history.series(), money).slots[-1].spend == 11_000
