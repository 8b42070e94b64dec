"""How little an ordinary slot loads, and when that is not enough, in worked examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from costs.member import Member
from costs.short_window import ShortWindow, short_window
from domain.business_day import BusinessDay
from domain.reading import Reading
from tests.costs.history import SEOUL, THE_DAY, ad, at, one_ad_one_channel, read_both
from tests.costs.store import Store, rows_of

_DAYS = {"moment": BusinessDay(SEOUL), "channel": BusinessDay(SEOUL)}
_PAIRS = [at("00:00") + number * timedelta(minutes=20) for number in range(31)]
_YESTERDAY = THE_DAY - timedelta(days=1)


def _before(moment: datetime) -> datetime | None:
    return max((pair for pair in _PAIRS if pair < moment), default=None)


def _short(changed: datetime, *members: Member) -> ShortWindow | None:
    members = members or tuple(one_ad_one_channel().members)
    return short_window(changed, _before, _DAYS.values(), SEOUL, members)


def _shown(slot_at: datetime, day: date) -> Reading:
    return Reading(ad("a"), "spend", day, 5, slot_at, slot_at)


def test_an_ordinary_slot_needs_no_reading_older_than_two_hours() -> None:
    found = _short(at("10:20"))
    assert found is not None
    assert found.start == at("09:40")
    assert found.window.hours_from == at("09:00")
    assert found.window.begins == found.window.replace_after == at("08:40")
    assert found.window.load_since == at("08:00")


def test_a_watch_that_has_just_begun_has_no_short_window() -> None:
    assert _short(at("01:20")) is None


def test_what_a_newcomer_showed_before_may_lie_further_back() -> None:
    old = one_ad_one_channel().members[0]
    assert _short(at("10:20"), replace(old, valid_from=at("08:20"))) is None
    assert _short(at("10:20"), replace(old, valid_from=at("08:00"))) is not None


def test_a_date_that_ends_later_at_another_site_is_not_cut_off() -> None:
    kolkata = BusinessDay(ZoneInfo("Asia/Kolkata"))  # its midnight is 03:30 in Seoul
    members = one_ad_one_channel().members
    for changed, enough in ((at("04:00"), False), (at("04:40"), True)):
        found = short_window(changed, _before, [_DAYS["moment"], kolkata], SEOUL, members)
        assert (found is not None) is enough


def test_a_page_that_turns_its_day_late_reaches_back_into_the_date_before() -> None:
    found = _short(at("02:40"))
    assert found is not None
    start = found.start
    assert start == at("02:00")
    assert found.holds([_shown(start, THE_DAY)], _DAYS)
    assert not found.holds([_shown(start, _YESTERDAY)], _DAYS)


def test_a_page_that_turned_its_day_early_has_written_into_the_hour_to_come() -> None:
    found = _short(at("10:20"))
    assert found is not None
    tomorrow = THE_DAY + timedelta(days=1)
    assert not found.holds([_shown(found.window.begins, tomorrow)], _DAYS)


def test_a_final_figure_in_the_same_slot_says_nothing_of_the_page() -> None:
    found = _short(at("10:20"))
    assert found is not None
    assert found.holds([_shown(found.start, _YESTERDAY), _shown(found.start, THE_DAY)], _DAYS)


def test_a_day_of_slots_is_settled_by_short_windows_alone() -> None:
    history = one_ad_one_channel()
    for number in range(1, 72):
        read_both(history, at("00:00") + number * timedelta(minutes=20), 900 * number, number)
    store = Store(history.series(), short=True)
    for reading in history.readings:
        store.settle([reading])
    assert store.shortened > 2 * 60
    assert rows_of(store.costs()) == rows_of(history.costs())
