"""Numbers that people bring: from a file to unit costs, corrected, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from costs.flag import Flag
from domain.clock import FileClock
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.errors import BadInput
from domain.reading import Reading
from reports.explain import explain
from storage.audit import AuditBook
from storage.collected import CollectedBook
from storage.dated_costs import CostComputer
from storage.entities import EntityBook
from storage.inventory import InventoryStore
from storage.reading_imports import ImportBook
from storage.tables import ReadingRow
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook
from tests.workers.sheets.books import faults, opened
from workers.house import House
from workers.inventory_file import load_inventory
from workers.reading_import.bringing import Outcome, bring, look, look_back, take_back
from workers.rebuilding import compare_costs, span_of
from workers.settings import open_settings
from workers.settling import settle_after, site_facts
from workers.tick import plan_slots

SEOUL = timedelta(hours=9)
DAY = date(2026, 3, 3)
BEGIN = datetime(2026, 2, 28, 15, tzinfo=UTC)
ADS = EntityKey("moment", "1001", EntityKind.CREATIVE, "7")
LEADS = EntityKey("crm", "bom", EntityKind.CHANNEL, "bom")
INVENTORY = """
sites:
  - {name: moment, class: moment, base_url: "https://m.example.com"}
  - name: crm
    class: import
    metrics: [{name: leads}, {name: valid_leads}, {name: stock, kind: gauge}]
clients: [{name: 봄꽃}]
logins: [{name: kim, sites: [moment]}]
accounts:
  - {site: moment, id: 1001, login: kim, client: 봄꽃}
  - {site: crm, id: bom, client: 봄꽃}
watches:
  - name: 봄꽃 DB
    client: 봄꽃
    target: 30000
    spend: {account: moment/1001, kind: creative}
    results: {account: crm/bom, kind: channel, metric: valid_leads}
"""
HEADS = ["단가 항목", "날짜", "값"]


def local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment on the wall of Seoul."""
    return datetime.combine(day, time(hour, minute), UTC) - SEOUL


@dataclass
class Desk:
    """A house whose ads spend 1,000 won in 20 minutes, and a call centre that nobody visits."""

    house: House
    folder: Path
    clock: FileClock

    def spend(self, day: date, upto: int = 72) -> None:
        """Read the spend of a date at its slots, and its final 72,000 the next morning."""
        readings = [self._spent(day, n * 1000, local(day) + n * timedelta(minutes=20))
                    for n in range(upto)]  # fmt: skip
        if upto == 72:
            readings.append(self._spent(day, 72_000, local(day + timedelta(days=1), 8)))
        self.house.readings.save(readings)
        settle_after(self.house, readings)

    def _spent(self, day: date, value: int, slot_at: datetime) -> Reading:
        return Reading(ADS, "spend", day, value, slot_at, slot_at)

    def sheet(self, *rows: list[Any], heads: list[str] = HEADS) -> Any:
        return opened(self.folder, heads, *rows)

    def bring(self, *rows: list[Any], heads: list[str] = HEADS) -> Outcome:
        return bring(self.house, self.sheet(*rows, heads=heads), "jieun")

    def told(self, *rows: list[Any], heads: list[str] = HEADS) -> list[str]:
        return faults(lambda: look(self.house, self.sheet(*rows, heads=heads), "jieun"))

    def rebuilt_otherwise(self) -> int:
        """How many rows a rebuild of the month would give otherwise."""
        span = span_of(self.house, DAY, DAY, None)
        return compare_costs(self.house, span).difference.differ

    def id(self, outcome: Outcome) -> int:
        assert outcome.import_id is not None
        return outcome.import_id

    @property
    def watch(self) -> int:
        return WatchBook(self.house.engine).all()[0].id

    def day(self, day: date = DAY) -> tuple[int | None, int | None, Decimal | None]:
        (found,) = UnitCostStore(self.house.engine).days(self.watch, day, day)
        return found.spend, found.results, found.unit_cost

    def revisions(self) -> list[tuple[int, int | None, int | None]]:
        """Revision, value and import of the last reading, in order."""
        rows = select(ReadingRow).where(ReadingRow.import_id.is_not(None))
        with self.house.engine.connect() as connection:
            found = connection.execute(rows.order_by(ReadingRow.slot_at, ReadingRow.revision)).all()
        last = found[-1].slot_at
        return [(r.revision, r.value, r.import_id) for r in found if r.slot_at == last]


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    clock = FileClock(tmp_path / "clock")
    clock.set(BEGIN)
    (tmp_path / "danga.yaml").write_text(INVENTORY, encoding="utf-8")
    (tmp_path / ".env").write_text(f"DANGA_CLOCK_FILE={clock.path}\n", encoding="utf-8")
    house = House(open_settings(tmp_path), engine)
    spec = load_inventory(tmp_path / "danga.yaml", tmp_path)
    InventoryStore(engine).apply(spec, "test", BEGIN)
    key = next(one.key for one in spec.accounts if one.key.site == "moment")
    EntityBook(engine).follow(key, [FoundEntity(ADS, "spring")], BEGIN)
    clock.set(local(DAY + timedelta(days=2), 9))
    return Desk(house, tmp_path, clock)


def test_the_leads_of_a_date_are_divided_by_all_that_the_date_has_spent(desk: Desk) -> None:
    desk.spend(DAY)
    desk.spend(DAY + timedelta(days=1), upto=9)
    outcome = desk.bring(["봄꽃 DB", DAY, "9건"])
    assert outcome.import_id is not None
    assert desk.day() == (72_000, 9, Decimal("8000.0000"))
    assert [(one.day, one.before[1], one.after[1]) for one in outcome.moved] == [(DAY, None, 9)]
    hours = UnitCostStore(desk.house.engine).hours(desk.watch, local(DAY), local(DAY, 23))
    assert len(hours) == 24
    assert all(Flag.ESTIMATED in one.flags for one in hours)
    assert desk.rebuilt_otherwise() == 0
    computer = CostComputer(site_facts(desk.house), desk.house.settings.zone)
    why = explain(desk.house.engine, computer, desk.watch, local(DAY, 14))
    brought = {one.seen.metric: one.brought for one in why.readings}
    (record,) = ImportBook(desk.house.engine).newest()
    told = brought["valid_leads"]
    assert told is not None
    assert (told.id, told.author, told.source) == (record.id, "jieun", record.source)
    assert brought["spend"] is None, "a visit read it"


def test_where_midnight_was_missed_the_rest_of_a_date_comes_with_the_next(desk: Desk) -> None:
    for day in (DAY, DAY + timedelta(days=2)):
        desk.spend(day)
    desk.clock.set(local(DAY + timedelta(days=3), 9))
    desk.bring(["봄꽃 DB", DAY, 9])
    assert desk.day() == (71_000, 9, Decimal("7888.8889"))
    desk.bring(["봄꽃 DB", DAY + timedelta(days=1), 5], ["봄꽃 DB", DAY + timedelta(days=2), 12])
    assert desk.day() == (72_000, 9, Decimal("8000.0000"))


def test_a_look_shows_what_storing_gives_and_stores_nothing(desk: Desk) -> None:
    desk.spend(DAY)
    sheet = desk.sheet(["봄꽃 DB", DAY, 9])
    seen = look(desk.house, sheet, "jieun")
    assert seen.import_id is None
    assert ImportBook(desk.house.engine).newest() == ()
    stored = bring(desk.house, sheet, "jieun")
    assert (seen.moved, seen.readings) == (stored.moved, stored.readings)
    again = bring(desk.house, sheet, "jieun")
    assert (again.import_id, again.readings, again.moved) == (None, 0, ())


def test_the_leads_of_each_hour_stay_in_their_hour(desk: Desk) -> None:
    desk.spend(DAY)
    rows: list[list[Any]] = [["봄꽃 DB", DAY, hour, hour % 3] for hour in range(24)]
    desk.bring(*rows, heads=["단가 항목", "날짜", "시", "값"])
    hours = UnitCostStore(desk.house.engine).hours(desk.watch, local(DAY), local(DAY, 22))
    assert [one.results for one in hours] == [hour % 3 for hour in range(23)]
    assert [one.spend for one in hours] == [3_000] * 23
    assert not any(Flag.ESTIMATED in one.flags for one in hours)


def test_a_running_figure_pairs_with_the_slot_that_it_names(desk: Desk) -> None:
    desk.clock.set(local(DAY, 15))
    desk.spend(DAY, upto=45)
    heads = ["단가 항목", "날짜", "시각", "값"]
    desk.bring(["봄꽃 DB", DAY, "10:00", 4], ["봄꽃 DB", DAY, time(14, 20), 10], heads=heads)
    first, second = UnitCostStore(desk.house.engine).slots(
        desk.watch, local(DAY), local(DAY, 14, 20)
    )
    assert (first.spend, first.results) == (30_000, 4)
    assert (second.spend, second.results, second.slot_at) == (13_000, 6, local(DAY, 14, 20))


def test_a_jump_that_a_person_brings_is_not_held(desk: Desk) -> None:
    for day in (DAY, DAY + timedelta(days=1)):
        desk.spend(day)
    desk.bring(["봄꽃 DB", DAY, 1], ["봄꽃 DB", DAY + timedelta(days=1), 5_000])
    assert desk.day(DAY + timedelta(days=1))[1] == 5_000


def test_a_correction_is_a_revision_and_undoing_one_is_another(desk: Desk) -> None:
    desk.spend(DAY)
    first, second = desk.bring(["봄꽃 DB", DAY, 9]), desk.bring(["봄꽃 DB", DAY, 8])
    plan = second.plan
    assert plan is not None
    assert [(one.before, one.status) for one in plan.dates] == [(9, "changed")]
    assert desk.day()[1] == 8
    looked = look_back(desk.house, desk.id(second), "minsu")
    third = take_back(desk.house, desk.id(second), "minsu")
    assert looked.moved == third.moved
    assert desk.day()[1] == 9
    fourth = take_back(desk.house, desk.id(first), "minsu")
    ids = [desk.id(one) for one in (first, second, third, fourth)]
    assert desk.revisions() == [
        (0, 9, ids[0]),
        (1, 8, ids[1]),
        (2, 9, ids[2]),
        (3, None, ids[3]),
    ]
    # Nothing is known any more, which is not zero.
    assert desk.day()[1:] == (None, None)
    assert desk.rebuilt_otherwise() == 0
    again = faults(lambda: take_back(desk.house, ids[0], "x"))
    assert f"was taken back by import {ids[3]}" in again[0]
    assert "takes another back" in faults(lambda: take_back(desk.house, ids[2], "x"))[0]
    fifth = desk.bring(["봄꽃 DB", DAY, 8])
    assert desk.revisions()[-1] == (4, 8, desk.id(fifth))
    assert desk.day()[1] == 8


def test_undoing_leaves_what_was_corrected_since(desk: Desk) -> None:
    desk.spend(DAY)
    first, second = desk.bring(["봄꽃 DB", DAY, 9]), desk.bring(["봄꽃 DB", DAY, 8])
    assert take_back(desk.house, desk.id(first), "minsu").readings == 0
    assert desk.day()[1] == 8
    take_back(desk.house, desk.id(second), "minsu")
    assert desk.day()[1] is None  # not 9, which was taken back


def test_an_import_is_kept_with_its_author_its_file_and_an_audit_line(desk: Desk) -> None:
    sheet = desk.sheet(["봄꽃 DB", DAY, 9])
    bring(desk.house, sheet, "jieun")
    (one,) = ImportBook(desk.house.engine).newest()
    assert (one.author, one.source, one.sha256, one.readings) == (
        "jieun",
        "names.xlsx",
        sheet.sha256,
        3,
    )
    line = AuditBook(desk.house.engine).newest(limit=1)[0]
    assert (line.actor.name, line.deed.action, line.deed.reason) == (
        "jieun",
        "reading.import",
        "names.xlsx",
    )
    with desk.house.engine.connect() as connection:
        shown = connection.scalars(select(ReadingRow.shown)).all()
    assert set(shown) == {"9 (names.xlsx 매핑!C2)"}


def test_a_date_that_visits_have_read_is_not_overwritten(desk: Desk) -> None:
    desk.spend(DAY)
    heads = ["매체", "광고계정", "단위", "소재 ID", "지표", "날짜", "값", "통화"]
    row = ["moment", "1001", "소재", 7, "소진액", DAY, "₩70,000", "KRW"]
    (fault,) = desk.told(row, heads=heads)
    assert "visits have read moment/1001/creative/7 spend of 2026-03-03" in fault
    row[5] = DAY - timedelta(days=1)
    assert desk.bring(row, heads=heads).readings == 3


def test_every_bad_row_is_told_at_once_and_nothing_is_stored(desk: Desk) -> None:
    heads = ["단가 항목", "매체", "광고계정", "지표", "날짜", "시", "값", "통화"]
    far, today = date(2016, 3, 3), DAY + timedelta(days=2)
    rows: list[list[Any]] = [
        ["봄꽃 디비", None, None, None, DAY, None, 1, None],
        ["봄꽃 DB", None, None, None, today, None, 1, None],
        ["봄꽃 DB", None, None, None, far, None, 1, None],
        ["봄꽃 DB", None, None, None, 46084, None, -3, None],
        ["봄꽃 DB", None, None, None, DAY, 25, 1.5, None],
        [None, "crm", "bon", "leads", DAY, None, 1, None],
        [None, "crm", "bom", "leeds", DAY, None, "2백건", None],
        [None, None, None, None, None, None, None, None],
        [None, "crm", "bom", "leads", DAY, 1, 4, None],
        [None, "crm", "bom", "DB", date(2026, 3, 2), None, 4, None],
        [None, "crm", "bom", "leads", date(2026, 3, 2), None, 5, None],
    ]
    place = "names.xlsx 매핑!"
    told = desk.told(*rows, heads=heads)
    assert {one.partition(": ")[0] for one in told} == {
        f"{place}{cell}"
        for cell in ("A2", "E3", "E4", "E5", "G5", "F6", "G6", "C7", "D8", "G10", "G12")
    }
    told_of = {one.partition(": ")[0].removeprefix(place): one for one in told}
    assert "did you mean 봄꽃 DB?" in told_of["A2"]
    assert "cannot be known before 2026-03-06 00:01" in told_of["E3"]
    assert "more than 5 years back" in told_of["E4"]
    assert "it would show 2026-03-03" in told_of["E5"]
    assert "-3 is negative" in told_of["G5"]
    assert "no whole number" in told_of["G6"]
    assert "did you mean bom?" in told_of["C7"]
    assert "did you mean leads?" in told_of["D8"]
    assert "the hour 0 of 2026-03-03 is missing" in told_of["G10"]
    assert "stands twice" in told_of["G12"]
    with pytest.raises(BadInput):
        desk.bring(*rows, heads=heads)
    assert ImportBook(desk.house.engine).newest() == ()


def test_what_a_date_was_brought_by_cannot_change_halfway(desk: Desk) -> None:
    heads = ["단가 항목", "날짜", "시", "값"]
    first = desk.bring(["봄꽃 DB", DAY, 0, 1], ["봄꽃 DB", DAY, 1, 2], heads=heads)
    (fault,) = desk.told(["봄꽃 DB", DAY, 9])
    assert "was brought by other hours or times" in fault
    assert f"--undo {first.import_id}" in fault
    take_back(desk.house, desk.id(first), "x")
    desk.bring(["봄꽃 DB", DAY, 9])


def test_spend_of_another_currency_is_never_converted(desk: Desk) -> None:
    heads = ["매체", "광고계정", "단위", "소재 ID", "지표", "날짜", "값", "통화"]
    rows = [
        ["moment", "1001", "소재", 7, "spend", DAY, 70, "USD"],
        ["moment", "1001", "소재", 7, "spend", DAY, "$70", None],
        ["moment", "1001", "소재", 8, "spend", DAY, 70, None],
    ]
    told = desk.told(*rows, heads=heads)
    assert "moment/1001 is in KRW, not in USD" in told[0]
    assert "$70 names a currency" in told[1]
    assert "moment/1001 has no 8" in told[2]


def test_nobody_visits_an_import_and_nobody_is_told_that_it_is_late(desk: Desk) -> None:
    plan_slots(desk.house, desk.clock.now())
    watched = CollectedBook(desk.house.engine).watched()
    assert {one.key.site for one in watched} == {"moment"}
    assert [one.key for one in EntityBook(desk.house.engine).all() if one.key.site == "crm"] == [
        LEADS
    ]


BAD = [
    ("class: import\n", "class: import\n    base_url: http://x.com\n", "has metrics, and no base"),
    ('base_url: "https://m.example.com"', "metrics: [{name: a}]", "has no base_url"),
    ("sites: [moment]", "sites: [moment, crm]", "nobody signs in at crm"),
    ("id: bom,", "id: bom, login: kim,", "nobody reads crm"),
    ("login: kim, client", "client", "is missing"),
    ("kind: channel", "kind: campaign", "one thing, itself: a channel"),
]


@pytest.mark.parametrize(("old", "new", "told"), BAD)
def test_an_import_that_is_declared_wrongly_is_told(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in INVENTORY
    (tmp_path / "danga.yaml").write_text(INVENTORY.replace(old, new), encoding="utf-8")
    found = faults(lambda: load_inventory(tmp_path / "danga.yaml", tmp_path))
    assert told in " | ".join(found)
