"""A class that has changed reads one account first, compared with its last readings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.browser import Browser
from crawler.sites.moment import MomentSite
from domain.audit import person, program
from domain.class_state import ClassState
from domain.entity import EntityKey, EntityKind
from domain.reading import Reading
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.audit import AuditBook
from storage.site_classes import ClassVersion, SiteClassBook
from storage.visit_history import VisitHistory
from tests.demo_server import RunningDemo
from tests.mended_classes import class_ref, mend_classes, write_classes
from tests.workers.workspace import (
    KIM_EVERYTHING,
    LEE,
    Agency,
    inventory,
    login_of,
    pages_of,
    pass_time,
    stored_numbers,
    true_numbers,
    visits_of,
)
from workers.class_comparison import comparable, implausible
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.reextracting import ClassHeld, look_again
from workers.tick import tick
from workers.visiting import visit_next

SITE = MomentSite("moment", "http://ads.example")
NINE = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


@pytest.fixture
def own(agency: Agency) -> Agency:
    """kim and lee with the sites' classes in files of the workspace."""
    write_classes(agency.root)
    declared = inventory(agency.demo, KIM_EVERYTHING, LEE)
    for site in declared["sites"]:
        site["class"] = class_ref(site["name"])
    agency.apply(declared)
    return agency


def _write(agency: Agency, more: str) -> None:
    """Change moment's class: the source as it is, and `more` behind it."""
    write_classes(agency.root)
    path = agency.root / class_ref("moment").partition(":")[0]
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")


def _collect(house: House, browser: Browser, *logins: str) -> None:
    chosen = tuple(login_of(house.engine, name) for name in logins or ("kim", "lee"))
    collect_here(house, browser, Wish(chosen))


def _version(house: House) -> ClassVersion:
    found = SiteClassBook(house.engine).find("moment", house.site("moment").fingerprint)
    assert found is not None
    return found


THOUSANDS = """

_whole = MomentSite.extract


def _in_thousands(self, snapshot, expected):
    from dataclasses import replace

    return [replace(one, value=one.value // 1000) for one in _whole(self, snapshot, expected)]


MomentSite.extract = _in_thousands
"""


def test_the_first_version_of_a_class_is_trusted(own: Agency, browser: Browser) -> None:
    with own.house() as house:
        _collect(house, browser)
        assert _version(house).state is ClassState.TRUSTED


def test_a_plausible_change_is_read_on_one_account_and_the_others_follow_at_once(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with own.house() as house:
        _collect(house, browser)
    _write(own, "\n# a harmless line\n")
    own.step(minutes=20)
    with own.house() as house:
        _collect(house, browser)
        version = _version(house)
        assert (version.state, version.canary) == (ClassState.TRUSTED, "1001")
        slot = house.clock.now()
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM_EVERYTHING, LEE)
        kim = next(v for v in reversed(visits_of(house.engine)) if v.login == "kim")
        assert kim.state is VisitState.DONE
        accounts = [page.account for page in pages_of(house.engine, kim)]
        assert accounts.index("1001") < accounts.index("1002")
        assert sorted(filter(None, accounts)) == ["1001", "1002", "ch501"]


def test_a_change_that_reads_other_numbers_is_held_on_one_account_and_told(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with own.house() as house:
        _collect(house, browser)
    _write(own, THOUSANDS)
    own.step(minutes=20)
    with own.house() as house:
        _collect(house, browser, "kim")
        slot = house.clock.now()
        assert {site for site, *_ in stored_numbers(house.engine, slot)} == {"channel"}
        version = _version(house)
        assert (version.state, version.canary) == (ClassState.HELD, "1001")
        assert "numbers fell" in version.detail
        visit = visits_of(house.engine)[-1]
        assert visit.verdict is VerdictKind.LAYOUT_CHANGED
        assert "danga site trust moment" in visit.detail
        moment = [page for page in pages_of(house.engine, visit) if page.site == "moment"]
        assert [page.account for page in moment] == ["1001"]
        (line,) = AuditBook(house.engine).newest("site moment", "site.class")
        assert (line.actor, line.deed.detail["to"]) == (program("class trial"), "held")
        with pytest.raises(ClassHeld):
            look_again(house, "moment", slot)


def test_the_pages_of_a_held_class_are_kept_and_a_mended_one_reads_them(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with own.house() as house:
        _collect(house, browser)
    _write(own, THOUSANDS)
    slots = []
    for _ in range(2):
        own.step(minutes=21)
        with own.house() as house:
            _collect(house, browser)
            slots.append(house.clock.now())
    _write(own, "")
    with own.house() as house:
        pages = look_again(house, "moment", slots[0]).pages
        assert {one.kept.account.external_id for one in pages} == {"1001", "1002", "1003"}
        assert all(one.ok for one in pages)


def test_a_person_may_trust_a_held_class(own: Agency, browser: Browser) -> None:
    with own.house() as house:
        _collect(house, browser)
    _write(own, THOUSANDS)
    own.step(minutes=20)
    with own.house() as house:
        _collect(house, browser, "kim")
        fingerprint = house.site("moment").fingerprint
        book = SiteClassBook(house.engine)
        assert book.trust("moment", fingerprint, person("jieun"), "they bill in thousands now")
        assert not book.trust("moment", fingerprint, person("jieun"), "again")
        own.step(minutes=20)
        _collect(house, browser, "kim")
        assert ("moment", "1001", "c1001-01", "spend") in stored_numbers(
            house.engine, house.clock.now()
        )


def test_a_class_that_reads_the_page_no_better_is_tried_again_and_the_others_are_kept(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with own.house() as house:
        _collect(house, browser)
    demo.knobs(rename_markup="labels")
    _write(own, "\n# not mended\n")
    own.step(minutes=21)
    with own.house() as house:
        _collect(house, browser)
        assert _version(house).state is ClassState.TRYING
        assert "소재 ID" in _version(house).detail
        kept = VisitHistory(house.engine).kept_pages(
            "moment", house.clock.now(), VerdictKind.LAYOUT_CHANGED
        )
        assert "1003" in {one.account.external_id for one in kept}
        demo.knobs(rename_markup="off")
        own.step(minutes=20)
        _collect(house, browser)
        assert _version(house).state is ClassState.TRUSTED


def test_after_the_class_is_mended_no_account_waits_for_its_third_slot(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    for minutes in (20, 20, 20):  # 10:20, 10:40, 11:00
        with own.house() as house:
            own.step(minutes=minutes)
            tick(house)
            pass_time(house.engine, minutes=20)
            while visit_next(house, browser) is not None:
                continue
        demo.knobs(rename_markup="labels" if minutes else "off")
    mend_classes(own.root)
    with own.house() as house:
        own.step(minutes=20)  # 11:20, no third slot
        tick(house)
        pass_time(house.engine, minutes=20)
        while visit_next(house, browser) is not None or _waiting(house):
            pass_time(house.engine, minutes=1)
        slot = house.clock.now()
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM_EVERYTHING, LEE)


def _waiting(house: House) -> bool:
    return any(v.state is VisitState.DEFERRED for v in visits_of(house.engine))


def test_of_many_who_meet_a_changed_class_one_tries_it(house: House) -> None:
    book = SiteClassBook(house.engine)
    book.meet("moment", "old", "1001")
    met = [book.meet("moment", "new", account) for account in ("1002", "1001", "1003")]
    assert {(one.state, one.canary) for one in met} == {(ClassState.TRYING, "1002")}
    pass_time(house.engine, minutes=6)
    assert book.meet("moment", "new", "1003").canary == "1003", "nobody decided it"
    stale = met[0]
    assert not book.decide(stale, ClassState.TRUSTED, "too late", program("tests"))
    assert book.meet("moment", "old", "1001").state is ClassState.TRUSTED


def _reading(entity: str, metric: str, value: int, minutes: int = 0, day: int = 3) -> Reading:
    at = NINE + timedelta(minutes=minutes)
    key = EntityKey("moment", "1001", EntityKind.CREATIVE, entity)
    return Reading(key, metric, date(2026, 3, day), value, at, at)


def _series(*values: Reading) -> dict[tuple[EntityKey, str], list[Reading]]:
    return {(one.entity, one.metric): [one] for one in values}


ADS = [f"c{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("now", "fault"),
    [
        ([_reading(ad, "spend", 50_500, 20) for ad in ADS], ""),
        (
            [_reading(ad, "spend", 49_000 if ad == "c1" else 50_500, 20) for ad in ADS],
            "",
        ),
        (
            [_reading(ad, "spend", 45_454, 20) for ad in ADS],
            "12 of 12 numbers fell",
        ),
        (
            [_reading(ad, "spend", 9_000_000 if ad == "c1" else 50_500, 20) for ad in ADS],
            "spend of c1 shows 9,000,000 after 50,000",
        ),
        ([_reading(ad, "spend", 50_500, 20) for ad in ADS[1:]], "is not any more"),
        ([_reading(ad, "spend", 20_000, 1440, day=4) for ad in ADS], ""),
        ([_reading(ad, "spend", 10, 1080, day=4) for ad in ADS], ""),
        (
            [_reading(ad, "spend", 50, 4 * 1440, day=7) for ad in ADS],
            "spend adds up to 600 after 600,000 on 2026-03-03",
        ),
        ([_reading(ad, "spend", 0 if ad == "c1" else 90_000, 4 * 1440, day=7) for ad in ADS], ""),
    ],
    ids=[
        "goes on",
        "one refund",
        "net of VAT",
        "a jump",
        "one is missing",
        "the next day",
        "early the next day",
        "thousands after days",
        "days later",
    ],
)
def test_numbers_have_to_go_on_from_the_last_ones(now: list[Reading], fault: str) -> None:
    before = _series(*[_reading(ad, "spend", 50_000) for ad in ADS])
    found = implausible(SITE, before, now)
    assert fault in found
    assert bool(fault) == bool(found)


def test_a_days_sum_is_compared_only_at_the_same_time_of_a_day_long_past() -> None:
    before = _series(_reading("c1", "spend", 50_000))
    assert comparable(SITE, before, [_reading("c1", "spend", 9, 20)])
    assert comparable(SITE, before, [_reading("c1", "spend", 9, 4 * 1440, day=7)])
    assert not comparable(SITE, before, [_reading("c1", "spend", 9, 4 * 1440 + 300, day=7)])
    assert not comparable(SITE, {}, [_reading("c1", "spend", 9)])


def test_a_class_mended_after_days_is_compared_with_the_last_numbers_there_are(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with own.house() as house:
        _collect(house, browser)
    _write(own, THOUSANDS)
    own.step(minutes=3 * 24 * 60)
    with own.house() as house:
        _collect(house, browser)
        version = _version(house)
        assert (version.state, version.canary) == (ClassState.HELD, "1001")
        assert "adds up to" in version.detail or "fell" in version.detail
    _write(own, "\n# mended\n")
    own.step(minutes=21)
    with own.house() as house:
        _collect(house, browser)
        assert _version(house).state is ClassState.TRUSTED
        slot = house.clock.now()
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM_EVERYTHING, LEE)


def test_a_class_with_nothing_to_compare_is_not_trusted_until_a_person_does(
    own: Agency, browser: Browser
) -> None:
    with own.house() as house:
        _collect(house, browser)
    _write(own, "\n# after a long time\n")
    own.step(minutes=40 * 24 * 60)
    with own.house() as house:
        _collect(house, browser)
        slot = house.clock.now()
        version = _version(house)
        assert version.state is ClassState.TRYING
        assert version.detail.startswith("nothing to compare")
        assert "danga site trust moment" in version.detail
        assert "moment" not in {site for site, *_ in stored_numbers(house.engine, slot)}
        with pytest.raises(ClassHeld):
            look_again(house, "moment", slot)
        book = SiteClassBook(house.engine)
        book.trust("moment", version.fingerprint, person("jieun"), "looked at")
        assert "1003" in {
            p.kept.account.external_id for p in look_again(house, "moment", slot).pages
        }


def test_an_account_with_numbers_tries_the_class_where_the_first_had_none(
    own: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with own.house() as house:
        _collect(house, browser, "lee")
    _write(own, "\n# a harmless line\n")
    own.step(minutes=20)
    with own.house() as house:
        _collect(house, browser, "kim")
        version = _version(house)
        assert (version.state, version.canary) == (ClassState.TRYING, "1001")
        assert version.detail.startswith("nothing to compare")
        _collect(house, browser, "lee")
        version = _version(house)
        assert (version.state, version.canary) == (ClassState.TRUSTED, "1003")


def test_a_class_changed_before_its_site_gave_any_number_is_trusted(
    own: Agency, browser: Browser
) -> None:
    with own.house() as house:
        SiteClassBook(house.engine).meet("moment", "a first draft", "1001")
        _collect(house, browser)
        assert _version(house).state is ClassState.TRUSTED
