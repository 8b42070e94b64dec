"""What was kept while a layout had changed is read with its true times once the class is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.browser import Browser
from domain.audit import person
from domain.class_state import ClassState
from domain.clock import FileClock
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.audit import AuditBook
from storage.site_classes import SiteClassBook
from storage.tables import ReadingRow
from tests.demo_server import RunningDemo
from tests.mended_classes import class_ref, mend_classes, write_classes
from tests.workers.workspace import (
    KIM,
    Agency,
    Identity,
    count,
    inventory,
    login_of,
    pages_of,
    pass_time,
    stored_numbers,
    true_numbers,
    unit_costs,
    visits_of,
)
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.reextracting import ClassHeld, look_again, store_again
from workers.tick import tick
from workers.visiting import visit_next

BEGIN = "2026-03-03T10:00:00+09:00"
ADS_ONLY = Identity("kim", ("moment/1001",))


@pytest.fixture(scope="module")
def large_demo() -> Iterator[RunningDemo]:
    """Accounts of 45 creatives: three pages each."""
    with RunningDemo("--frozen-at", BEGIN, "--creatives", "45") as demo:
        yield demo


def _with_own_classes(agency: Agency) -> None:
    """Apply kim's inventory with the classes in files of the workspace."""
    write_classes(agency.root)
    declared: dict[str, Any] = inventory(agency.demo, KIM)
    for site in declared["sites"]:
        site["class"] = class_ref(site["name"])
    agency.apply(declared)


def _mend_and_trust(agency: Agency) -> None:
    mend_classes(agency.root)
    with agency.house() as house:
        for site in ("moment", "channel"):
            fingerprint = house.site(site).fingerprint
            SiteClassBook(house.engine).trust(site, fingerprint, person("jieun"), "tried")


def _reextract(house: House, since: datetime) -> None:
    for site in ("moment", "channel"):
        store_again(house, look_again(house, site, since), "jieun")


def _slot(agency: Agency, browser: Browser, *, minutes: float = 20) -> datetime:
    """Let a slot pass as the schedule does it."""
    with agency.house() as house:
        agency.step(minutes=minutes)
        pass_time(house.engine, minutes=minutes)
        tick(house)
        pass_time(house.engine, minutes=10)
        while visit_next(house, browser) is not None:
            continue
        return house.clock.now()


def _accounts_read(house: House) -> list[list[str | None]]:
    return [[page.account for page in pages_of(house.engine, v)] for v in visits_of(house.engine)]


def test_an_account_whose_layout_changed_is_looked_at_each_third_slot(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    collect_here(house, browser, Wish((login_of(house.engine),)))
    demo.knobs(rename_markup="labels")
    for _ in range(7):  # 10:20 ... 12:20
        _slot(agency, browser)
    assert _accounts_read(house)[1:] == [
        ["ch501", "1001"],  # 10:20
        [],
        ["ch501", "1001"],  # 11:00
        [],
        [],
        ["ch501", "1001"],  # 12:00
        [],
    ]
    demo.knobs(rename_markup="off")
    _slot(agency, browser)
    _slot(agency, browser)
    _slot(agency, browser)
    assert [sorted(filter(None, one)) for one in _accounts_read(house)[-3:]] == [
        [],
        ["1001", "ch501"],
        ["1001", "ch501"],
    ]


def test_what_a_person_asks_for_is_read_all_the_same(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    demo.knobs(rename_markup="labels")
    collect_here(house, browser, Wish((login_of(house.engine),)))
    agency.step(minutes=1)
    collect_here(house, browser, Wish((login_of(house.engine),)))
    assert [sorted(filter(None, one)) for one in _accounts_read(house)] == [["1001", "ch501"]] * 2


@pytest.fixture
def broken(agency: Agency, browser: Browser, demo: RunningDemo) -> list[datetime]:
    """A workspace with three good slots, then six in which the class reads no label any more."""
    _with_own_classes(agency)
    for _ in range(2):
        _slot(agency, browser)
    demo.knobs(rename_markup="labels")
    slots = [_slot(agency, browser) for _ in range(7)]
    return slots[::3]


def test_the_mended_class_reads_every_kept_page_with_its_true_time(
    agency: Agency, browser: Browser, demo: RunningDemo, broken: list[datetime]
) -> None:
    with agency.house() as house:
        before = count(house.engine, ReadingRow)
        unmended = look_again(house, "moment", broken[0])
        assert [(one.kept.slot_at, one.ok) for one in unmended.pages] == [
            (slot, False) for slot in broken
        ]
    _mend_and_trust(agency)
    with agency.house() as house:
        plan = look_again(house, "moment", broken[0])
        assert [(one.kept.slot_at, one.ok) for one in plan.pages] == [(at, True) for at in broken]
        assert count(house.engine, ReadingRow) == before, "a plan stores nothing"
        done = store_again(house, plan, "jieun")
        assert all(one.stored == len(one.readings) > 0 for one in done.pages)
        for slot in broken:
            stored = stored_numbers(house.engine, slot)
            assert stored == true_numbers(demo, ADS_ONLY, at=slot)
        store_again(house, look_again(house, "channel", broken[0]), "jieun")
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM, at=slot)
        costs = unit_costs(house, "moment/1001 친구")
        assert set(broken) <= {at for at, (spend, *_) in costs.items() if spend is not None}
        (line,) = AuditBook(house.engine).newest("site moment", "visits.reextract")
        assert (line.actor.name, line.actor.is_person) == ("jieun", True)
        assert line.deed.detail["pages"] == len(broken)


def test_a_second_time_stores_nothing_and_newer_readings_stay(
    agency: Agency, browser: Browser, demo: RunningDemo, broken: list[datetime]
) -> None:
    _mend_and_trust(agency)
    now = _slot(agency, browser, minutes=60)
    with agency.house() as house:
        newest = stored_numbers(house.engine, now)
        assert newest == true_numbers(demo, KIM)
        store_again(house, look_again(house, "moment", broken[0]), "jieun")
        rows = count(house.engine, ReadingRow)
        again = store_again(house, look_again(house, "moment", broken[0]), "jieun")
        assert {one.stored for one in again.pages} == {0}
        assert count(house.engine, ReadingRow) == rows
        assert stored_numbers(house.engine, now) == newest


def test_pages_of_a_long_list_are_kept_together_and_read_as_one(
    tmp_path: Path,
    made_workspace: Path,
    business_clock: FileClock,
    migrated_sqlite_url: str,
    browser: Browser,
    large_demo: RunningDemo,
) -> None:
    large_demo.reset()
    business_clock.set(large_demo.clock(BEGIN))
    agency = Agency(tmp_path / "large", large_demo, business_clock)
    agency.prepare(made_workspace, migrated_sqlite_url)
    _with_own_classes(agency)
    _slot(agency, browser)
    large_demo.knobs(rename_markup="labels")
    slot = _slot(agency, browser, minutes=60)
    _mend_and_trust(agency)
    with agency.house() as house:
        visit = visits_of(house.engine)[-1]
        assert visit.state is VisitState.FAILED
        plan = look_again(house, "moment", slot)
        assert [(one.number, one.verdict, one.detail) for one in plan.pages] == [
            (number, VerdictKind.OK, "") for number in (1, 2, 3)
        ]
        _reextract(house, slot)
        assert stored_numbers(house.engine, slot) == true_numbers(large_demo, KIM, at=slot)


def test_a_page_whose_evidence_is_gone_says_so_and_the_others_are_read(
    agency: Agency, demo: RunningDemo, broken: list[datetime]
) -> None:
    _mend_and_trust(agency)
    with agency.house() as house:
        lost = look_again(house, "moment", broken[0]).pages[0].kept.evidence_id
        (house.settings.folder.evidence / f"{lost}.sealed").unlink()
        plan = look_again(house, "moment", broken[0])
        assert [one.ok for one in plan.pages] == [False, True, True]
        assert plan.pages[0].verdict is None
        assert lost in plan.pages[0].detail
        done = store_again(house, plan, "jieun")
        assert done.pages[0].stored is None
        assert stored_numbers(house.engine, broken[1]) == true_numbers(demo, ADS_ONLY, at=broken[1])


def test_a_new_ad_joins_at_the_slot_of_the_first_page_that_showed_it(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    _with_own_classes(agency)
    _slot(agency, browser)
    demo.knobs(rename_markup="labels")
    created = demo.now().isoformat()
    demo.happen({"type": "create_ad", "account": "1001", "at": created, "id": "c1001-77"})
    first = _slot(agency, browser)
    _mend_and_trust(agency)
    with agency.house() as house:
        _reextract(house, first)
        assert stored_numbers(house.engine, first) == true_numbers(demo, KIM, at=first)
        assert ("moment", "1001", "c1001-77", "spend") in stored_numbers(house.engine, first)


def test_a_class_that_no_visit_tried_yet_stores_nothing(
    agency: Agency, broken: list[datetime]
) -> None:
    mend_classes(agency.root)
    with agency.house() as house:
        with pytest.raises(ClassHeld, match="not trusted yet: not tried") as unknown:
            look_again(house, "moment", broken[0])
        assert "danga collect" in unknown.value.next_step
        assert "danga site trust moment" in unknown.value.next_step
        book = SiteClassBook(house.engine)
        met = book.meet("moment", house.site("moment").fingerprint, "1001")
        assert met.state is ClassState.TRYING
        with pytest.raises(ClassHeld):
            look_again(house, "moment", broken[0])


def test_the_first_class_of_a_site_reads_again_without_a_trial(house: House) -> None:
    assert not SiteClassBook(house.engine).knows("moment")
    assert look_again(house, "moment", datetime(2026, 3, 3, tzinfo=UTC)).pages == ()
