"""Who hears of a cause, and when: roles, owners' clients, quiet times, the start of work. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.cause import URGENT, BlindWatch, Cause, CauseKind
from domain.person import PersonSpec, Role

FOR_ENGINEERS = frozenset(
    {
        CauseKind.LAYOUT_CHANGED,
        CauseKind.SITE_STOPPED,
        CauseKind.PROXIES_DOWN,
        CauseKind.DISK,
        CauseKind.DATABASE,
        CauseKind.NOTHING_COLLECTED,
    }
)
JUST_TOLD = timedelta(hours=2)
"""Who was told so shortly before work needs no reminder."""
REMIND_WITHIN = timedelta(hours=3)
"""A reminder that comes later than this after the start of work is none."""


def audience(people: Sequence[PersonSpec], cause: Cause) -> tuple[PersonSpec, ...]:
    """Return who is told: operators of everything, engineers of what is technical, owners of what
    blinds their clients. Without an operator the engineers stand in, without both everybody."""
    staff = [one for one in people if _is_staff(one, cause)]
    if not staff:
        staff = [one for one in people if Role.ENGINEER in one.roles] or list(people)
    owners = [one for one in people if Role.OWNER in one.roles and shown_to(one, cause)]
    return tuple(one for one in people if one in staff or one in owners)


def shown_to(person: PersonSpec, cause: Cause) -> tuple[BlindWatch, ...]:
    """Return the blind watches that a person is told of: owners hear of their own only."""
    if person.roles == {Role.OWNER}:
        return tuple(one for one in cause.blind if person.name in one.owners)
    return cause.blind


def held_until(person: PersonSpec, cause: Cause, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet time ends that holds a message back, or None: it goes at once."""
    if person.wake and cause.kind in URGENT:
        return None
    return quiet_end(person, now, zone)


def quiet_end(person: PersonSpec, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet time ends in which `now` lies, or None: it lies in none."""
    local = now.astimezone(zone)
    if person.quiet is None or not person.quiet.hold(local.time()):
        return None
    ends = _at(local.date(), person.quiet.end, zone)
    return ends if ends > now else _at(local.date() + timedelta(days=1), person.quiet.end, zone)


def reminds_of(
    person: PersonSpec, told: Iterable[tuple[Cause, datetime]], now: datetime, zone: ZoneInfo
) -> tuple[Cause, ...]:
    """Return what a person is reminded of at `now`; `told`: open causes and when they counted.

    Empty but within the first hours of work; what they heard shortly before is left out.
    """
    starts = _at(now.astimezone(zone).date(), person.starts, zone)
    if not starts <= now < starts + REMIND_WITHIN:
        return ()
    return tuple(
        cause
        for cause, at in told
        if (held_until(person, cause, at, zone) or at) <= starts - JUST_TOLD
    )


def _is_staff(person: PersonSpec, cause: Cause) -> bool:
    technical = Role.ENGINEER in person.roles and cause.kind in FOR_ENGINEERS
    return Role.OPERATOR in person.roles or technical


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone)
