"""`danga status`: is all well? One screen: what is amiss, sites, workers, logins that wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer, Row
from admin.pace_commands import standing_rows

if TYPE_CHECKING:
    from workers.status import Status

_SITES = {
    "site": "site",
    "state": "state",
    "rate": "a second now",
    "due": "due",
    "waits_seconds": "oldest waits (s)",
    "running": "running",
    "later": "later",
    "on_time": "slots read",
    "newest_age_minutes": "newest (min)",
    "spent_today": "today",
    "requests_per_day": "of a day's",
}
_WORKERS = {
    "kind": "kind",
    "name": "process",
    "age_seconds": "seen (s ago)",
    "package": "package",
}
_LOGINS = {"login": "login", "state": "state", "since": "since", "reason": "what to do"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status", epilog=examples("danga status", "danga status --json"))(status)


def status(door: Door) -> None:
    """Say on one screen whether all is well: workers, queues, slots, sites, logins, numbers' age.

    A process that goes by another package, policy or site class than the database names is shown.
    Nothing is sent. Exit code 1 where something is not well.
    """
    from workers.house import House
    from workers.status import status_of

    with door.engine() as engine:
        house = House(door.settings, engine)
        found = status_of(house)
        sites = [_site(found, row) for row in standing_rows(house)]
    troubles = list(found.troubles())
    if door.as_json:
        door.printer.document(_document(found, sites, troubles))
    else:
        _show(door, found, sites, troubles)
    if troubles:
        raise amiss()


def _document(found: Status, sites: Sequence[Row], troubles: Sequence[str]) -> dict[str, Any]:
    return {
        "well": not troubles,
        "troubles": list(troubles),
        "at": found.now,
        "sites": list(sites),
        "workers": _workers(found),
        "waiting_logins": _logins(found),
    }


def _show(door: Door, found: Status, sites: Sequence[Row], troubles: Sequence[str]) -> None:
    door.say("All is well." if not troubles else f"{len(troubles)} to look at:")
    for trouble in troubles:
        door.say(f"  {trouble}")
    door.say("")
    shows = {"rate": _rate, "on_time": _on_time}
    right = frozenset({*shows, "newest_age_minutes"})
    nothing = "No site is applied yet."
    door.show(Answer("sites", _SITES, sites, nothing=nothing, shows=shows, right=right))
    door.say("")
    door.show(Answer("workers", _WORKERS, _workers(found), nothing="No process is alive."))
    if found.waiting_logins:
        door.say("")
        door.show(Answer("waiting_logins", _LOGINS, _logins(found)))


def _site(found: Status, row: Row) -> Row:
    from storage.site_traffic import Traffic

    now = found.traffic.get(row["site"], Traffic())
    age = None if now.newest_slot is None else found.now - now.newest_slot
    return {
        **row,
        "due": now.due,
        "later": now.later,
        "running": now.running,
        "waits_seconds": round(now.waits_seconds),
        "slots_read": now.read,
        "slots_ended": now.ended,
        "on_time": None if now.on_time is None else round(now.on_time, 4),
        "newest_slot": now.newest_slot,
        "newest_age_minutes": None if age is None else round(age.total_seconds() / 60),
    }


def _workers(found: Status) -> list[Row]:
    return [
        {
            "kind": one.beat.kind,
            "name": one.beat.name,
            "age_seconds": round(one.beat.age_seconds),
            "package": None if one.beat.runs is None else one.beat.runs["package"],
            "differs": list(one.differs),
        }
        for one in found.workers
    ]


def _logins(found: Status) -> list[Row]:
    return [
        {
            "login": one.name,
            "state": one.state,
            "since": one.state_since,
            "reason": one.state_reason or None,
        }
        for one in found.waiting_logins
    ]


def _rate(row: Row) -> str:
    return f"{row['rate']:.3g} of {row['ceiling']:g}"


def _on_time(row: Row) -> str:
    share = row["on_time"]
    return "-" if share is None else f"{share:.0%} of {row['slots_ended']}"
