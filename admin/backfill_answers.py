"""What `danga backfill` answers: what a request takes, and how far the wanted days are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from admin.door import Door
from admin.output import Answer, Row
from domain.wanted_day import OPEN, WantedState

if TYPE_CHECKING:
    from storage.wanted_days import WantedDay
    from workers.backfill import BackfillPlan, LoginShare, SiteShare
    from workers.house import House

_LOGINS = {
    "login": "login",
    "site": "site",
    "days": "to read",
    "read": "read before",
    "planned": "asked for before",
    "not_shown": "not shown",
    "note": "note",
}
_SITES = {
    "site": "site",
    "visits": "visits",
    "waiting": "asked for before",
    "requests_per_visit": "requests each",
    "known_from": "known from",
    "requests": "requests",
    "slot_budget": "budget of a slot",
    "regular_per_slot": "regular visits take",
    "day_budget": "budget of a day",
    "visits_per_slot": "visits in a slot",
    "takes": "takes",
}
_STANDING = {
    "login": "login",
    "site": "site",
    "since": "from",
    "until": "to",
    "days": "days",
    "read": "read",
    "planned": "planned",
    "waiting": "left",
    "given_up": "given up",
    "takes": "takes about",
}
_GIVEN_UP = {"login": "login", "day": "day", "tries": "tries", "visit": "visit", "detail": "why"}


def show_plan(door: Door, plan: BackfillPlan, planned: int | None, extended: int) -> None:
    """Say what a plan takes, and what was done of it; `planned` None: it was only looked at."""
    logins = [_login(one) for one in plan.logins]
    sites = [_site(one) for one in plan.sites]
    if door.as_json:
        head = {"from": plan.wish.since, "to": plan.wish.until, "visits": plan.visits}
        head |= {"planned": planned or 0, "members_extended": extended}
        young = [{"watch": one.name, "since": one.since} for one in plan.young]
        door.printer.document({**head, "logins": logins, "sites": sites, "young_watches": young})
        return
    door.show(Answer("logins", _LOGINS, logins))
    if sites:
        door.say("")
        shows = {"takes": lambda row: _span(row["takes_seconds"])}
        door.show(Answer("sites", _SITES, sites, shows=shows))
    door.say(f"\n{_sum(plan)}")
    for line in _what_follows(plan, planned, extended):
        door.say(line)


def _what_follows(plan: BackfillPlan, planned: int | None, extended: int) -> Iterator[str]:
    if extended:
        yield f"{extended} members of {len(plan.young)} watches hold since {plan.wish.since} now."
    elif plan.young:
        names = ", ".join(f"{one.name} ({one.since})" for one in plan.young)
        yield f"Younger than that: {names}. Days before give readings, but no unit costs;"
        yield "with --extend the ads of a watch's first day count for them, too."
    if planned:
        yield f"{planned:,} days are wanted now; `danga backfill` says how far they are."
    elif planned is not None:
        yield "No day is new: all were asked for or read before, or cannot be read."
    elif plan.visits:
        yield "Nothing was planned: say --yes to do it."


def _sum(plan: BackfillPlan) -> str:
    logins, days = len(plan.logins), len(plan.wish.days)
    less = [
        (sum(one.read for one in plan.logins), "read before"),
        (sum(one.planned for one in plan.logins), "asked for before"),
        (sum(one.not_shown for one in plan.logins), "not shown by their sites"),
        (sum(days for one in plan.logins if not one.is_listed), "of logins that list nothing yet"),
    ]
    left = "".join(f" - {count:,} {why}" for count, why in less if count)
    return f"{logins:,} logins x {days:,} days = {logins * days:,}{left} = {plan.visits:,} visits."


def _login(one: LoginShare) -> Row:
    return {
        "login": one.login.name,
        "site": one.login.sites[0],
        "days": len(one.days),
        "read": one.read,
        "planned": one.planned,
        "not_shown": one.not_shown,
        "pages_go_back_days": one.past_days,
        "note": _note(one),
    }


def _note(one: LoginShare) -> str | None:
    sites = ", ".join(one.login.sites)
    if not one.past_days:
        return f"the pages of {sites} show no past days at all"
    if not one.is_listed:
        return f"nothing of it is listed yet: `danga collect --login {one.login.name}` first"
    if one.not_shown:
        return f"the pages of {sites} go {one.past_days} days back"
    if one.login.waits:
        return f"waits for a person: `danga session refresh {one.login.name}`"
    return None


def _site(one: SiteShare) -> Row:
    room = one.room
    return {
        "site": one.site,
        "visits": one.visits,
        "waiting": one.waiting,
        "requests_per_visit": room.per_visit,
        "known_from": room.known_from,
        "requests": one.visits * room.per_visit,
        "slot_budget": room.slot_budget,
        "regular_per_slot": room.regular_per_slot,
        "day_budget": room.budget.requests_per_day,
        "visits_per_slot": f"{float(room.visits_per_slot):.2f}",
        "takes_seconds": _seconds(one.takes),
    }


def show_standing(door: Door, house: House, days: Sequence[WantedDay]) -> None:
    """Say how far the wanted days of some logins are, and which were given up."""
    rows = list(_standing(house, days))
    failed = [
        {
            "login": one.login,
            "day": one.day,
            "tries": one.tries,
            "visit": one.visit_id,
            "detail": one.detail,
        }
        for one in days
        if one.state is WantedState.GIVEN_UP
    ]
    if door.as_json:
        door.printer.document({"logins": rows, "given_up": failed})
        return
    shows = {"takes": lambda row: _span(row["takes_seconds"])}
    nothing = "No past days are wanted: `danga backfill --from DAY` asks for them."
    door.show(Answer("logins", _STANDING, rows, nothing=nothing, shows=shows))
    if failed:
        door.say("")
        door.show(Answer("given_up", _GIVEN_UP, failed))
        door.say("Ask for them again once the cause is mended, or forget them with --cancel.")


def _standing(house: House, days: Sequence[WantedDay]) -> Iterator[Row]:
    from workers.past_day_room import room_of

    left: dict[str, int] = defaultdict(int)
    by_login: dict[str, list[WantedDay]] = defaultdict(list)
    for one in days:
        left[one.site] += one.state in OPEN
        by_login[one.login].append(one)
    now = house.clock.now()
    takes = {site: room_of(house, site, now).takes(count) for site, count in left.items()}
    for login, found in sorted(by_login.items()):
        count = {state: sum(one.state is state for one in found) for state in WantedState}
        waits = count[WantedState.WAITING] + count[WantedState.PLANNED]
        yield {
            "login": login,
            "site": found[0].site,
            "since": found[0].day,
            "until": found[-1].day,
            "days": len(found),
            **{state.value: number for state, number in count.items()},
            "takes_seconds": _seconds(takes[found[0].site]) if waits else 0,
        }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def _span(seconds: int | None) -> str:
    """Return how long that is, as people say it; None: the site's budget has no room."""
    if seconds is None:
        return "the budget has no room"
    hours = -(-seconds // 3600)
    return f"{hours} h" if hours < 48 else f"{-(-hours // 24)} days"
