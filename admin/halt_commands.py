"""`danga site pause|resume|stop`: leave a site alone, on all machines, within seconds."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from admin.door import Door, command
from admin.examples import examples
from domain.clock import SystemClock
from domain.errors import BadInput, Fault
from domain.site_halt import SiteHalt

SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="A site of danga.yaml.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="For the audit and the visits' rows.")
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="15:30, or 2026-03-03T15:30; local time."),
]
SpanOption = Annotated[str | None, typer.Option("--for", metavar="SPAN", help="90m, 2h or 1d.")]
_SPAN = re.compile(r"(?P<number>[1-9][0-9]{0,4})(?P<unit>[mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=366)


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group `site`."""
    add_pause(group, "site")
    command(group, "stop", epilog=examples("danga site stop moment --reason 'they called'"))(stop)


def add_pause(group: typer.Typer, name: str) -> None:
    """Add what `danga site` and `danga pace` have in common: it is the same pause."""
    lines = (
        f"danga {name} pause moment --for 2h --reason 'they asked'",
        f"danga {name} pause moment --until 15:30",
    )
    command(group, "pause", epilog=examples(*lines))(pause)
    command(group, "resume", epilog=examples(f"danga {name} resume moment"))(resume)


def pause(
    door: Door,
    site: SiteArgument,
    until: UntilOption = None,
    span: SpanOption = None,
    reason: ReasonOption = "",
) -> None:
    """Begin no page at SITE for a while; its visits wait and go on by themselves afterwards.

    Without --until and --for: until `danga site resume`. It holds on all machines within ten
    seconds; a page that is open is ended. Slots that end meanwhile are missed.
    """
    from storage.site_halts import HaltBook
    from storage.sites import SiteBook

    end = end_of(until, span, door.settings.zone)
    with door.engine() as engine:
        SiteBook(engine).get(site)
        halt = HaltBook(engine).pause(site, door.person, reason, end)
    _show(door, halt, dropped=0)


def stop(door: Door, site: SiteArgument, reason: ReasonOption = "") -> None:
    """Leave SITE alone until somebody resumes it; drop its planned visits, and plan none.

    It holds on all machines within ten seconds, also after a restart or a loss of Redis; a page
    that is open is ended.
    """
    from storage.site_halts import HaltBook
    from storage.sites import SiteBook

    with door.engine() as engine:
        SiteBook(engine).get(site)
        halt, dropped = HaltBook(engine).stop(site, door.person, reason)
    _show(door, halt, dropped)
    door.say(f"Show them the load: danga site load {site}")


def resume(door: Door, site: SiteArgument, reason: ReasonOption = "") -> None:
    """Visit SITE again, from its next visit on; harmless where it was not halted."""
    from storage.site_halts import HaltBook

    with door.engine() as engine:
        ended = HaltBook(engine).resume(site, door.person, reason)
    door.printer.record(
        {
            "site": site,
            "was": None if ended is None else ended.kind,
            "since": None if ended is None else ended.since,
            "by": None if ended is None else ended.by,
        }
    )


def _show(door: Door, halt: SiteHalt, dropped: int) -> None:
    door.printer.record(
        {
            "site": halt.site,
            "state": halt.kind,
            "by": halt.by,
            "since": halt.since,
            "until": halt.until,
            "reason": halt.reason or None,
            "visits_dropped": dropped,
        }
    )


def end_of(until: str | None, span: str | None, zone: ZoneInfo) -> datetime | timedelta | None:
    """Return when something ends that a person said with --until or --for; None: neither.

    Raises:
        BadInput: both were said, or one that is no time.
    """
    if until is not None and span is not None:
        raise BadInput(Fault("--until", "stands beside --for", "say one of the two"))
    if span is not None:
        found = _SPAN.fullmatch(span)
        if found is None or (length := int(found["number"]) * _UNITS[found["unit"]]) > _LONGEST:
            cure = "write 90m, 2h or 1d, a year at most"
            raise BadInput(Fault("--for", f"{span!r} is no span of time", cure))
        return length
    return None if until is None else _moment(until, SystemClock().now().astimezone(zone))


def _moment(text: str, now: datetime) -> datetime:
    """Return the moment that a person means: a time of day is the next one."""
    try:
        at = datetime.combine(now.date(), time.fromisoformat(text), now.tzinfo)
        at = at if at > now else at + timedelta(days=1)
    except ValueError:
        at = _full(text, now)
    if not now < at <= now + _LONGEST:
        raise BadInput(Fault("--until", f"{text} is past, or more than a year away"))
    return at.astimezone(UTC)


def _full(text: str, now: datetime) -> datetime:
    try:
        if len(text) == len("2026-03-03"):
            return datetime.combine(date.fromisoformat(text), time(), now.tzinfo)
        at = datetime.fromisoformat(text)
    except ValueError:
        cure = "write 15:30, 2026-03-03 or 2026-03-03T15:30"
        raise BadInput(Fault("--until", f"{text!r} is no time", cure)) from None
    return at if at.tzinfo else at.replace(tzinfo=now.tzinfo)
