"""Who hears of a cause, and when: roles, owners' clients, quiet times, the start of work. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.business_day import is_working_day, next_working_day
from domain.cause import URGENT, BlindWatch, Cause, CauseKind, CostShown
from domain.person import DigestDays, PersonSpec, Role

FOR_ENGINEERS = frozenset(
    {
        CauseKind.LAYOUT_CHANGED,
        CauseKind.SITE_STOPPED,
        CauseKind.PROXIES_DOWN,
        CauseKind.DISK,
        CauseKind.DATABASE,
        CauseKind.NOT_COMPUTED,
        CauseKind.NOTHING_COLLECTED,
    }
)
JUST_TOLD = timedelta(hours=2)
"""Who was told so shortly before work needs no reminder."""
TIME_TO_ACT = timedelta(hours=2)
"""What is due so soon after the next start of work is told at once."""
REMIND_WITHIN = timedelta(hours=3)
"""A reminder that comes later than this after the start of work is none."""


def audience(people: Sequence[PersonSpec], cause: Cause) -> tuple[PersonSpec, ...]:
    """Return who is told: operators of everything, engineers of what is technical, owners of what
    blinds their clients. Without an operator the engineers stand in, without both everybody.

    What a client costs concerns its owners and every lead; operators where there are none.
    """
    if cause.cost is not None:
        return _marketers(people, cause.cost) or tuple(
            one for one in people if Role.OPERATOR in one.roles
        )
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
    """Return until when a message is held back, by a quiet time or since nothing is wrong before
    its cause is due; None: it goes at once."""
    if person.wake and cause.kind in URGENT:
        return None
    if cause.due is not None:
        work = next_start(person, now, zone)
        if work + TIME_TO_ACT <= cause.due:
            return quiet_end(person, work, zone) or work
    return quiet_end(person, now, zone)


def next_start(person: PersonSpec, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when a person begins to work next, at `now` or after it; not on weekends."""
    day = now.astimezone(zone).date()
    if _at(day, person.starts, zone) < now or not is_working_day(day):
        day = next_working_day(day)
    return _at(day, person.starts, zone)


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
    if not _has_just_begun(person, now, zone):
        return ()
    starts = _at(now.astimezone(zone).date(), person.starts, zone)
    return tuple(
        cause
        for cause, at in told
        if (held_until(person, cause, at, zone) or at) <= starts - JUST_TOLD
    )


def digest_is_due(person: PersonSpec, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a marketer reads at `now` what their clients cost."""
    if not person.roles & {Role.OWNER, Role.LEAD} or person.digest is DigestDays.NONE:
        return False
    works = is_working_day(now.astimezone(zone).date())
    return (works or person.digest is DigestDays.DAILY) and _has_just_begun(person, now, zone)


def _has_just_begun(person: PersonSpec, now: datetime, zone: ZoneInfo) -> bool:
    starts = _at(now.astimezone(zone).date(), person.starts, zone)
    return starts <= now < starts + REMIND_WITHIN


def _marketers(people: Sequence[PersonSpec], cost: CostShown) -> tuple[PersonSpec, ...]:
    return tuple(
        one
        for one in people
        if Role.LEAD in one.roles or (Role.OWNER in one.roles and one.name in cost.owners)
    )


def _is_staff(person: PersonSpec, cause: Cause) -> bool:
    technical = Role.ENGINEER in person.roles and cause.kind in FOR_ENGINEERS
    return Role.OPERATOR in person.roles or technical


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone)
