"""The numbers behind the pages, as a pure function of seed, events and time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.clock import midnight, moment
from demo.curve import DAY_SECONDS, day_curve
from demo.events import BadEvent, Event, LateMidnight, check_events, parse_events
from demo.model import Figures, Level, Model, Row
from demo.world import Sizes, World

WORLD = World(Sizes(), seed=7)
DAY = date(2026, 3, 3)
NOON = moment("2026-03-03T12:00")
NEXT = date(2026, 3, 4)


def row(model: Model, ad: str, day: date, at: datetime) -> Row:
    return next(one for one in model.rows("1001", Level.CREATIVE, day, at) if one.id == ad)


def figures(model: Model, ad: str, day: date, at: datetime) -> Figures:
    return row(model, ad, day, at).figures


def events(*raw: dict[str, object]) -> tuple[Event, ...]:
    return parse_events({"events": list(raw)})


@given(
    total=st.integers(0, 2_000_000),
    seconds=st.lists(st.integers(-10, DAY_SECONDS + 10), min_size=2, max_size=9),
)
def test_a_curve_never_falls_and_ends_at_its_total(total: int, seconds: list[int]) -> None:
    curve = day_curve("key", DAY, total)
    values = [curve.at(second) for second in sorted(seconds)]
    assert values == sorted(values)
    assert (curve.at(0), curve.at(DAY_SECONDS)) == (0, total)


def test_the_same_seed_tells_the_same_and_another_one_tells_otherwise() -> None:
    def told(seed: int) -> list[Row]:
        return Model(World(Sizes(), seed)).rows("1001", Level.CREATIVE, DAY, NOON)

    assert told(7) == told(7)
    assert told(7) != told(8)


def test_a_burning_ad_spends_on_and_converts_nobody_until_it_is_mended() -> None:
    plain = Model(WORLD)
    times = {"at": "2026-03-03T12:00", "until": "2026-03-03T16:00"}
    burns = Model(WORLD, events({"type": "burn", "ad": "c1001-01", "spend_times": 3, **times}))

    def grown(model: Model, since: datetime, until: datetime) -> Figures:
        first, last = (figures(model, "c1001-01", DAY, at) for at in (since, until))
        return Figures(last.spend - first.spend, 0, 0, last.conversions - first.conversions)

    later, evening = NOON + timedelta(hours=4), NOON + timedelta(hours=8)
    assert figures(burns, "c1001-01", DAY, NOON) == figures(plain, "c1001-01", DAY, NOON)
    burnt, usual = grown(burns, NOON, later), grown(plain, NOON, later)
    assert (burnt.spend, burnt.conversions) == (3 * usual.spend, 0)
    assert usual.conversions > 0
    assert grown(burns, later, evening) == grown(plain, later, evening)


def test_groups_and_campaigns_are_the_sums_of_their_ads() -> None:
    model = Model(WORLD)
    sums = [
        sum((one.figures for one in model.rows("1001", level, DAY, NOON)), Figures())
        for level in Level
    ]
    assert sums[0] == sums[1] == sums[2]
    assert sums[0].spend > 0


def test_a_running_ad_spends_and_a_paused_one_never_does() -> None:
    model = Model(WORLD)
    assert figures(model, "c1001-01", DAY, NOON).spend > 0
    paused = row(model, "c1001-08", DAY, NOON)
    assert (paused.status, paused.figures) == ("중지", Figures())


@pytest.mark.parametrize("minutes", [0, 7])
def test_a_midnight_that_comes_late_keeps_the_old_date_and_loses_no_won(minutes: int) -> None:
    punctual, late = Model(WORLD), Model(WORLD, [LateMidnight(NEXT, minutes)])
    turn = midnight(NEXT) + timedelta(minutes=minutes)
    before, after = turn - timedelta(seconds=1), turn
    assert (late.shown_date(before), late.shown_date(after)) == (DAY, NEXT)
    assert figures(late, "c1001-01", NEXT, after) == Figures()
    booked = figures(late, "c1001-01", DAY, after)
    fair = figures(punctual, "c1001-01", DAY, after) + figures(punctual, "c1001-01", NEXT, after)
    assert booked == fair


def test_one_midnight_can_be_late_by_an_event() -> None:
    named = {"type": "late_midnight", "date": "2026-03-04", "minutes": 5}
    model = Model(WORLD, events(named))
    assert model.shown_date(moment("2026-03-04T00:04")) == DAY
    assert model.shown_date(moment("2026-03-05T00:00")) == date(2026, 3, 5)


def test_a_new_ad_starts_from_zero_and_a_yesterday_does_not_know_it() -> None:
    at = moment("2026-03-03T11:00")
    model = Model(
        WORLD, events({"type": "create_ad", "account": "1001", "at": at.isoformat(), "id": "c9"})
    )
    listed = [one.id for one in model.rows("1001", Level.CREATIVE, DAY, at - timedelta(seconds=1))]
    assert "c9" not in listed
    assert figures(model, "c9", DAY, at) == Figures()
    assert figures(model, "c9", DAY, NOON).spend > 0
    yesterday = model.rows("1001", Level.CREATIVE, date(2026, 3, 2), NOON)
    assert "c9" not in [one.id for one in yesterday]


def test_an_ended_ad_stays_with_numbers_that_stand_still() -> None:
    model = Model(WORLD, events({"type": "end_ad", "ad": "c1001-01", "at": "2026-03-03T11:00"}))
    at_end = figures(model, "c1001-01", DAY, moment("2026-03-03T11:00"))
    later = row(model, "c1001-01", DAY, NOON)
    assert (later.status, later.figures) == ("종료", at_end)


def test_a_deleted_ad_vanishes_while_its_group_keeps_what_it_spent() -> None:
    deleted = Model(
        WORLD, events({"type": "delete_ad", "ad": "c1001-01", "at": "2026-03-03T11:00"})
    )
    listed = [one.id for one in deleted.rows("1001", Level.CREATIVE, DAY, NOON)]
    assert "c1001-01" not in listed
    group = deleted.rows("1001", Level.AD_GROUP, DAY, NOON)[0].figures.spend
    others = sum(figures(deleted, f"c1001-0{n}", DAY, NOON).spend for n in range(2, 6))
    ended = figures(Model(WORLD), "c1001-01", DAY, moment("2026-03-03T11:00")).spend
    assert group == others + ended


def test_a_refund_lowers_the_spend_of_its_own_date_from_its_moment_on() -> None:
    at = "2026-03-03T11:00"
    model = Model(WORLD, events({"type": "refund", "ad": "c1001-01", "at": at, "won": 500}))
    plain = Model(WORLD)
    before = moment("2026-03-03T10:59:59")
    assert figures(model, "c1001-01", DAY, before) == figures(plain, "c1001-01", DAY, before)
    for later in (moment(at), moment("2026-03-05T09:00")):
        fell = figures(plain, "c1001-01", DAY, later).spend - 500
        assert figures(model, "c1001-01", DAY, later).spend == fell
    assert figures(model, "c1001-01", NEXT, moment("2026-03-04T09:00")).spend > 0


def test_a_restated_yesterday_changes_in_the_morning_and_today_does_not() -> None:
    restated = {"ad": "c1001-01", "at": "2026-03-04T07:00", "spend": -300, "conversions": 2}
    model = Model(WORLD, events({"type": "restate", **restated}))
    before = figures(model, "c1001-01", DAY, moment("2026-03-04T06:59"))
    after = figures(model, "c1001-01", DAY, moment("2026-03-04T07:00"))
    assert after.spend - before.spend == -300
    assert after.conversions - before.conversions == 2
    at = moment("2026-03-04T08:00")
    assert figures(model, "c1001-01", NEXT, at) == figures(Model(WORLD), "c1001-01", NEXT, at)


def test_friends_grow_until_some_unsubscribe() -> None:
    raw = {"type": "unsubscribe", "channel": "ch501", "at": "2026-03-03T11:00", "people": 25}
    model = Model(WORLD, events(raw))
    before = model.audience("ch501", DAY, moment("2026-03-03T10:59:59"))
    after = model.audience("ch501", DAY, moment("2026-03-03T11:00"))
    assert before.friends - after.friends in {24, 25}
    assert model.audience("ch501", DAY, NOON).friends > after.friends


def test_friends_of_a_past_date_are_those_at_its_end() -> None:
    model = Model(WORLD)
    at_end = model.audience("ch501", DAY, midnight(NEXT))
    assert model.audience("ch501", DAY, moment("2026-03-04T15:00")) == at_end


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ({"type": "explode"}, "explode"),
        ({"type": "refund", "ad": "c1001-01", "at": "soon", "won": 1}, r"events\[0\] \(refund\)"),
        ({"type": "refund", "ad": "c1001-01", "at": "2026-03-03", "won": 1, "x": 1}, "x"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(raw: dict[str, object], named: str) -> None:
    with pytest.raises(BadEvent, match=named):
        events(raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "end_ad", "ad": "c9999-01", "at": "2026-03-03T11:00"},
        {"type": "unsubscribe", "channel": "ch1", "at": "2026-03-03T11:00", "people": 1},
        {"type": "create_ad", "account": "1001", "at": "2026-03-03T11:00", "group": "g7"},
    ],
)
def test_an_event_that_happens_to_nothing_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(BadEvent, match="nothing on this platform"):
        check_events(WORLD, events(raw))
