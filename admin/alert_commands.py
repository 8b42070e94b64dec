"""`danga alert`: what costs too much now, which watches are muted, and the morning's digest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from admin.collect_commands import house_of
from admin.door import Door, command
from admin.examples import examples
from admin.moments import moment_of
from admin.output import Answer
from domain.business_day import BusinessDay
from domain.errors import BadInput, Fault
from domain.person import DigestDays, Language
from storage.errors import UnknownName

_ALERTS = {
    "kind": "alert",
    "client": "client",
    "watch": "watch",
    "since": "since",
    "told_at": "told",
    "seen": "seen",
    "muted_until": "muted until",
}
_MUTES = {"watch": "watch", "until": "muted until", "by": "by", "reason": "reason"}

WatchArgument = Annotated[str, typer.Argument(metavar="WATCH", help="A watch of danga.yaml.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="For the audit, and for who asks why.")
]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Cost alerts of watches.")
    app.add_typer(group, name="alert")
    command(group, "list", epilog=examples("danga alert list"))(list_alerts)
    lines = (
        "danga alert mute '달빛커피 친구' --reason 'a test until tonight'",
        "danga alert mute '달빛커피 친구' --until 2026-03-06T09:00",
    )
    command(group, "mute", epilog=examples(*lines))(mute)
    lines = ("danga alert digest", "danga alert digest --owner 김지은 --lang en")
    command(group, "digest", epilog=examples(*lines))(show_digest)
    command(group, "unmute", epilog=examples("danga alert unmute '달빛커피 친구'"))(unmute)


def list_alerts(door: Door) -> None:
    """List the cost alerts that are there now, and the watches that are muted."""
    from domain.cause import COSTS
    from storage.alert_mutes import MuteBook
    from storage.causes import CauseBook

    with door.engine() as engine:
        mutes = MuteBook(engine).holding(door.clock.now()).values()
        causes = [one for one in CauseBook(engine).open() if one.cause.kind in COSTS]
    until = {one.watch: one.until for one in mutes}
    alerts: list[dict[str, Any]] = [
        {
            "kind": one.cause.kind.value,
            "client": one.cause.cost.client,
            "watch": one.cause.subject,
            "since": one.since,
            "told_at": one.told_at,
            "seen": one.cause.reason,
            "target": one.cause.cost.target,
            "spend": one.cause.cost.spend,
            "results": one.cause.cost.results,
            "minutes": round(one.cause.cost.span.total_seconds() / 60),
            "currency": one.cause.cost.currency,
            "muted_until": until.get(one.cause.subject),
        }
        for one in causes
        if one.cause.cost is not None
    ]
    muted = [
        {"watch": one.watch, "until": one.until, "by": one.by, "reason": one.reason}
        for one in mutes
    ]
    if door.as_json:
        door.printer.document({"alerts": alerts, "mutes": muted})
        return
    door.show(Answer("alerts", _ALERTS, alerts, nothing="Nothing costs too much."))
    door.say("")
    door.show(Answer("mutes", _MUTES, muted, nothing="No watch is muted."))


def mute(
    door: Door,
    watch: WatchArgument,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="2026-03-03T15:30; default: midnight."),
    ] = None,
    reason: ReasonOption = "",
) -> None:
    """Tell nobody of WATCH's cost alerts until midnight (of DANGA_TIME_ZONE), or until TIME.

    It ends by itself: what still costs too much then is told then.
    """
    from storage.alert_mutes import MuteBook

    now = door.clock.now()
    day = BusinessDay(door.settings.zone)
    end = day.ends(day.date_of(now)) if until is None else _end(door, until, now)
    with door.engine() as engine:
        muted = MuteBook(engine).mute(watch, end, door.person, reason)
    door.printer.record(
        {"watch": watch, "until": muted.until, "by": muted.by, "reason": reason or None}
    )


def unmute(door: Door, watch: WatchArgument, reason: ReasonOption = "") -> None:
    """Tell of WATCH's cost alerts again; harmless where it was not muted."""
    from storage.alert_mutes import MuteBook

    with door.engine() as engine:
        was = MuteBook(engine).unmute(watch, door.clock.now(), door.person, reason)
    door.printer.record({"watch": watch, "was_muted": was})


def show_digest(
    door: Door,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Of their clients only.")
    ] = None,
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Default: the person's, else DANGA_LANGUAGE.")
    ] = None,
) -> None:
    """Show the morning's digest as it would be written now; nothing is sent."""
    from storage.causes import CauseBook
    from storage.inventory import InventoryStore
    from workers.notify.digests import text_for

    with house_of(door) as house:
        declared = InventoryStore(house.engine)
        if owner is not None and owner not in {one.name for one in declared.declared().owners}:
            raise UnknownName(f"There is no owner {owner!r}", advice="See `danga client list`.")
        person = next((one for one in declared.people() if one.name == owner), None)
        text = text_for(
            house,
            DigestDays.WEEKDAYS if person is None else person.digest,
            owner,
            lang or (Language(door.settings.language) if person is None else person.language),
            CauseBook(house.engine).open(),
            house.clock.now(),
        )
    if door.as_json:
        door.printer.document(
            {"title": text.title if text else None, "text": text.body if text else None}
        )
    elif text is None:
        door.say("There is no watch to tell of.")
    else:
        typer.echo(f"{text.title}\n\n{text.body}")


def _end(door: Door, until: str, now: datetime) -> datetime:
    end = moment_of(until, door.settings.zone, "--until")
    if end <= now:
        raise BadInput(Fault("--until", f"{until} is past", "name a moment that lies ahead"))
    return end
