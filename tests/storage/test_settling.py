from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from costs.errors import TwoCurrencies
from costs.flag import Flag
from costs.rows import HourCost, SlotCost, WatchCosts
from costs.window import Window, changed_at
from domain.audit import person
from domain.business_day import BusinessDay
from domain.entity import EntityKey
from domain.inventory import AccountTerms, Vat
from domain.metric import Metric, MetricKind, Unit
from domain.reading import Reading
from domain.visit import VisitKind
from storage.dated_readings import Dates, readings_of
from storage.entities import EntityBook
from storage.errors import UnknownName
from storage.first_members import extend_first_members
from storage.readings import Origin, ReadingStore
from storage.replace_costs import replace_costs
from storage.settling import WatchSettler
from storage.site_facts import SiteFacts
from storage.transaction import run_in_transaction
from storage.unit_costs import UnitCostStore
from storage.watch_batch import locked
from storage.watches import WatchBook
from tests.storage.inventories import (
    CHANNEL,
    CHANNEL_KEY,
    FOUND_CHANNEL,
    INVENTORY,
    MOMENT,
    SLOT,
    apply,
    creative,
    found,
)

SEOUL = ZoneInfo("Asia/Seoul")
KST = BusinessDay(SEOUL, time(8))
MIDNIGHT = KST.starts(date(2026, 3, 3))
SPEND = Metric("spend", MetricKind.DAILY_CUMULATIVE, Unit.MONEY)
FRIENDS = Metric("friends", MetricKind.GAUGE, Unit.COUNT)
FACTS = SiteFacts(
    {"moment": KST, "channel": KST},
    {"moment": {"spend": SPEND}, "channel": {"friends": FRIENDS}},
)
FOREVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
EVERYTHING = Window(FOREVER[0], FOREVER[0], FOREVER[0], FOREVER[0])
AT = datetime(2026, 3, 9, tzinfo=UTC)


@dataclass
class Desk:
    """A watch over two creatives and a channel, with everything that settles it."""

    engine: Engine
    watch: int

    @property
    def settler(self) -> WatchSettler:
        return WatchSettler(self.engine, FACTS, SEOUL)

    def read(self, *readings: Reading, kind: VisitKind = VisitKind.REGULAR) -> int:
        """Store readings and settle what they touch, as a visit does."""
        store = ReadingStore(self.engine, FACTS.days.__getitem__)
        store.save(readings, Origin(kind))
        changed = min(changed_at(one, KST) for one in readings)
        touched = WatchBook(self.engine).touched_by({one.entity for one in readings})
        settled = self.settler.settle(touched, changed, AT)
        assert not settled.failed
        return settled.rows

    def compute_anew(self) -> int:
        """Compute everything from the first reading on; return how many rows differed."""

        def work(connection: Connection) -> int:
            batch = locked(connection, [self.watch], FACTS, SEOUL)
            costs = batch.compute([self.watch], EVERYTHING)
            return replace_costs(connection, EVERYTHING, costs, AT)

        return run_in_transaction(self.engine, work)

    def slots(self) -> tuple[SlotCost, ...]:
        return UnitCostStore(self.engine).slots(self.watch, *FOREVER)

    def hours(self) -> tuple[HourCost, ...]:
        return UnitCostStore(self.engine).hours(self.watch, *FOREVER)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    apply(engine, at=MIDNIGHT - timedelta(days=1))
    book = EntityBook(engine)
    book.follow(MOMENT, [found("1", "spring 1"), found("2", "spring 2")], MIDNIGHT)
    book.follow(CHANNEL, [FOUND_CHANNEL], MIDNIGHT)
    (watch,) = WatchBook(engine).all()
    return Desk(engine, watch.id)


def spend(ad: str, slot_at: datetime, value: int, day: date | None = None) -> Reading:
    return _reading(creative(ad), "spend", slot_at, value, day)


def friends(slot_at: datetime, value: int) -> Reading:
    return _reading(CHANNEL_KEY, "friends", slot_at, value, None)


def _reading(
    entity: EntityKey, metric: str, slot_at: datetime, value: int, day: date | None
) -> Reading:
    on = day or KST.date_of(slot_at)
    return Reading(entity, metric, on, value, slot_at, slot_at + timedelta(seconds=5), "")


def test_readings_of_two_sites_become_a_unit_cost(desk: Desk) -> None:
    first, second = MIDNIGHT + SLOT, MIDNIGHT + 2 * SLOT
    desk.read(spend("1", first, 1_000), spend("2", first, 500))
    desk.read(friends(first, 100))
    desk.read(spend("1", second, 4_000), spend("2", second, 2_500), friends(second, 103))
    last = desk.slots()[-1]
    assert (last.slot_at, last.interval_start) == (second, first)
    assert (last.spend, last.results) == (5_000, 3)
    assert last.unit_cost == Decimal("1666.6667")
    assert (desk.hours()[0].spend, desk.hours()[0].results) == (5_000, 3)


def test_without_results_there_is_no_unit_cost(desk: Desk) -> None:
    for at, won in ((MIDNIGHT + SLOT, 1_000), (MIDNIGHT + 2 * SLOT, 13_000)):
        desk.read(spend("1", at, won), spend("2", at, 0), friends(at, 100))
    assert (desk.slots()[-1].spend, desk.slots()[-1].results) == (12_000, 0)
    assert desk.slots()[-1].unit_cost is None


def test_settling_the_same_again_changes_no_row(desk: Desk) -> None:
    page = [spend("1", MIDNIGHT + SLOT, 1), spend("2", MIDNIGHT + SLOT, 1)]
    assert desk.read(*page, friends(MIDNIGHT + SLOT, 5)) > 0
    assert desk.read(*page) == 0
    assert desk.compute_anew() == 0


@pytest.mark.parametrize(
    ("seed", "slots"),
    [(0, range(1, 60 * 3, 6)), (1, range(63, 99))],
    ids=["days", "a night of ordinary slots"],
)
def test_settling_as_readings_come_gives_the_rows_of_a_rebuild(
    desk: Desk, seed: int, slots: range
) -> None:
    """Days with missed slots on one side or both, refunds and past days."""
    dice = Random(seed)
    total = {"1": 0, "2": 0}
    yesterday: dict[str, int] = {}
    members = 1_000
    for number in slots:
        at = MIDNIGHT + number * SLOT
        if KST.date_of(at) != KST.date_of(at - slots.step * SLOT):
            yesterday, total = total, {"1": 0, "2": 0}
        total = {ad: won + dice.randrange(-300, 4_000) for ad, won in total.items()}
        members += dice.randrange(-1, 6)
        if dice.random() < 0.8:
            desk.read(*(spend(ad, at, won) for ad, won in total.items()))
        if dice.random() < 0.8:
            desk.read(friends(at, members))
        if yesterday and at >= KST.settled(KST.date_of(at) - timedelta(days=1)):
            day = KST.date_of(at) - timedelta(days=1)
            past = [spend(ad, KST.settled(day), won + 7, day) for ad, won in yesterday.items()]
            desk.read(*past, kind=VisitKind.PAST_DAY)
            yesterday = {}
    before = desk.slots(), desk.hours()
    assert len(before[0]) > 15
    assert desk.compute_anew() == 0
    assert (desk.slots(), desk.hours()) == before


def test_final_figures_of_long_ago_touch_only_what_leads_to_the_next_pair_point(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missed day between two, one before the first, one after the last without any hours."""
    dice, every = Random(7), []
    for number in (*range(1, 60, 8), *range(150, 216, 12), *range(217, 1_400, 30)):
        at = MIDNIGHT + number * SLOT
        every += [*(spend(ad, at, dice.randrange(9_000)) for ad in "12"), friends(at, number)]
    desk.read(*every)
    loaded: list[int] = []

    def count(connection: Connection, dates: Dates) -> tuple[Reading, ...]:
        found = readings_of(connection, dates)
        loaded.append(len(found))
        return found

    monkeypatch.setattr("storage.dated_costs.readings_of", count)
    store = ReadingStore(desk.engine, FACTS.days.__getitem__)
    days = [KST.date_of(MIDNIGHT) + ahead * timedelta(days=1) for ahead in (1, 0, 2, -1, 25)]
    for later, day in enumerate(days):
        late = MIDNIGHT + timedelta(days=30, minutes=later)
        store.save([spend(ad, late, 90_000, day) for ad in "12"], Origin(VisitKind.PAST_DAY))
        settled = desk.settler.settle_dates([desk.watch], day, day, AT + timedelta(days=30))
        assert (settled.rows > 0, settled.failed) == (day >= days[1], {})
        assert desk.compute_anew() == 0, day
    (alone,) = UnitCostStore(desk.engine).days(desk.watch, days[-1], days[-1])
    assert Flag.DAY_ONLY in alone.flags
    assert max(loaded[:3]) < len(every) / 2, "the days after the next pair point were left alone"


def test_members_of_before_touch_only_what_leads_to_the_next_pair_point(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, every, wall = Random(8), [], BusinessDay(SEOUL)
    for number in (*range(-500, 72, 9), *range(73, 2_100, 30)):
        at = MIDNIGHT + number * SLOT
        every += [*(spend(ad, at, dice.randrange(9_000)) for ad in "12"), friends(at, number)]
    desk.read(*every)
    later = desk.slots()
    loaded: list[int] = []

    def count(connection: Connection, dates: Dates) -> tuple[Reading, ...]:
        loaded.append(len(found := readings_of(connection, dates)))
        return found

    monkeypatch.setattr("storage.dated_costs.readings_of", count)
    joined = KST.date_of(MIDNIGHT)
    watches = [desk.watch]
    for days in (2, 5):
        since = MIDNIGHT - timedelta(days=days)
        assert extend_first_members(desk.engine, watches, since, wall, person("lee"), AT) == 3
        first = KST.date_of(since)
        settled = desk.settler.settle_dates(watches, first, joined, AT + timedelta(days=30))
        assert (settled.rows > 0, settled.failed) == (True, {})
        assert desk.compute_anew() == 0, days
        assert len(desk.slots()) > len(later)
    assert max(loaded) < len(every) * 2 / 3, "the days after the next pair point were left alone"


def test_a_window_is_replaced_and_what_lies_before_it_stays(engine: Engine) -> None:
    store = UnitCostStore(engine)
    rows = [
        SlotCost(
            MIDNIGHT + number * SLOT,
            MIDNIGHT + (number - 1) * SLOT,
            1_000 * number,
            3,
            Decimal("333.3333") * number,
            None,
            frozenset({Flag.PENDING, Flag.CORRECTION}),
        )
        for number in range(3)
    ]
    assert store.replace(1, EVERYTHING, WatchCosts(tuple(rows), ()), AT) == 3
    assert store.slots(1, *FOREVER) == tuple(rows)
    assert store.slots(2, *FOREVER) == ()

    late = Window(MIDNIGHT, MIDNIGHT, MIDNIGHT, MIDNIGHT)
    mended = replace(rows[2], spend=7, flags=frozenset())
    assert store.replace(1, late, WatchCosts((rows[0], mended), ()), AT) == 2
    assert store.slots(1, *FOREVER) == (rows[0], mended)


def test_a_metric_that_no_class_declares_is_named(desk: Desk) -> None:
    blind = replace(FACTS, metrics={"moment": {}, "channel": {"friends": FRIENDS}})
    settled = WatchSettler(desk.engine, blind, SEOUL).settle([desk.watch], MIDNIGHT, AT)
    error = settled.failed[desk.watch]
    assert isinstance(error, UnknownName)
    assert "'spend'" in str(error)


def test_net_amounts_follow_the_terms_of_their_time_and_the_word_of_the_watch(
    desk: Desk, engine: Engine
) -> None:
    def read(number: int) -> SlotCost:
        at = MIDNIGHT + number * SLOT
        desk.read(spend("1", at, 1_100 * number), spend("2", at, 0), friends(at, 100 + number))
        return desk.slots()[-1]

    read(1)
    assert (read(2).spend_net, desk.slots()[-1].unit_cost) == (Decimal(1_000), Decimal(1_100))
    without = replace(INVENTORY.accounts[0], terms=AccountTerms(vat_included=False))
    watch = replace(INVENTORY.watches[0], vat=Vat.INCLUDED)
    changed = replace(INVENTORY, accounts=(without, INVENTORY.accounts[1]), watches=(watch,))
    apply(engine, changed, MIDNIGHT + 3 * SLOT)
    last = read(3)
    assert (last.spend, last.spend_net, last.spend_basis) == (1_100, Decimal(1_100), Decimal(1_210))
    assert last.unit_cost == Decimal(1_210)
    assert sum(row.spend_net or 0 for row in desk.hours()) == Decimal(1_000) + Decimal(1_100)
    assert desk.settler.settle([desk.watch], MIDNIGHT, AT).rows == 0


def test_a_watch_whose_account_changed_its_currency_is_refused_and_its_rows_stay(
    desk: Desk, engine: Engine
) -> None:
    for number in (1, 2):
        at = MIDNIGHT + number * SLOT
        desk.read(spend("1", at, 100), spend("2", at, 0), friends(at, 100 + number))
    before = desk.slots()
    dollars = replace(INVENTORY.accounts[0], terms=AccountTerms(currency="USD"))
    accounts = (dollars, INVENTORY.accounts[1])  # as a program of before would have applied it
    apply(engine, replace(INVENTORY, accounts=accounts), MIDNIGHT + 3 * SLOT)
    settled = desk.settler.settle([desk.watch], MIDNIGHT, AT)
    assert "moment/1001 in KRW, moment/1001 in USD" in str(settled.failed[desk.watch])
    assert isinstance(settled.failed[desk.watch], TwoCurrencies)
    assert desk.slots() == before
