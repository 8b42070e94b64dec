"""`danga report explain`: how one hour of a watch comes about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer
from costs.flag import Flag
from domain.errors import BadInput, Fault
from domain.person import Language
from workers.nearest import suggest

if TYPE_CHECKING:
    from reports.explain import ExplainedInterval, Explanation, SeenReading

_INTERVALS = {
    "interval_start": "from",
    "slot_at": "to",
    "spend": "spend",
    "results": "results",
    "unit_cost": "unit cost",
    "unpaired_spend": "unpaired",
    "notes": "",
}
_MEMBERS = {
    "slot_at": "to",
    "side": "side",
    "entity": "entity",
    "name": "name",
    "metric": "metric",
    "amount": "amount",
    "unpaired": "unpaired",
    "notes": "",
}
_READINGS = {
    "slot_at": "slot",
    "entity": "entity",
    "metric": "metric",
    "date": "of",
    "shown": "shown",
    "value": "value",
    "revision": "revision",
    "observed_at": "seen",
    "known_at": "known",
    "visit": "visit",
    "login": "login",
    "worker": "worker",
    "evidence": "kept",
}
_PROOF = {"id": "last page of the day", "taken_at": "read", "visit": "visit", "kind": "visit kind"}
_CHANGES = {"at": "when", "author": "who", "what": "what", "name": "name", "detail": ""}


def add_to(group: typer.Typer) -> None:
    """Add the command to the group `report`."""
    lines = ("danga report explain '봄꽃 친구 추가' 2026-03-03T14",)
    command(group, "explain", epilog=examples(*lines))(explain)


def explain(
    door: Door,
    watch: Annotated[str, typer.Argument(metavar="WATCH", help="A watch of danga.yaml.")],
    hour: Annotated[str, typer.Argument(metavar="HOUR", help="2026-03-03T14, local.")],
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Default: DANGA_LANGUAGE, else ko.")
    ] = None,
) -> None:
    """Show the readings behind one hour: deltas, text on the page, visits, who changed what."""
    from reports.explain import explain as explained
    from storage.dated_costs import CostComputer
    from storage.watches import WatchBook
    from workers.house import House
    from workers.settling import site_facts

    begins = _hour(door, hour)
    with House.open(door.settings) as house:
        known = {one.name: one.id for one in WatchBook(house.engine).all()}
        if watch not in known:
            fault = Fault("WATCH", f"there is no watch {watch}", suggest(watch, known))
            raise BadInput(fault)
        computer = CostComputer(site_facts(house), door.settings.zone)
        found = explained(house.engine, computer, known[watch], begins)
    _show(door, found, lang or Language(door.settings.language))


def _hour(door: Door, text: str) -> datetime:
    try:
        asked = datetime.fromisoformat(text)
    except ValueError:
        asked = None
    if asked is None or len(text) <= len("2026-03-03") or asked.minute or asked.second:
        raise BadInput(Fault("HOUR", f"{text} is no hour", "write 2026-03-03T14"))
    begins = asked if asked.tzinfo else asked.replace(tzinfo=door.settings.zone)
    if begins > door.clock.now():
        raise BadInput(Fault("HOUR", f"{text} lies in the future", "name an hour past"))
    return begins.astimezone(UTC)


def _show(door: Door, found: Explanation, language: Language) -> None:
    intervals = [_interval(one, language) for one in found.intervals]
    members = [row for one in found.intervals for row in _members(one, language)]
    readings = [_reading(one) for one in found.readings]
    changes = [
        {"at": one.at, "author": one.author, "what": f"{one.kind} {one.what}"}
        | {"name": one.name, "detail": one.detail}
        for one in found.changes
    ]
    proof = [
        {"id": one.id, "taken_at": one.taken_at, "visit": one.visit_id}
        | {"kind": one.kind, "bytes": one.bytes}
        for one in found.proof
    ]
    head = _head(found, language)
    if door.as_json:
        parts = {"intervals": intervals, "members": members, "readings": readings}
        door.printer.document({**head, **parts, "proof": proof, "changes": changes})
        return
    door.printer.record(head)
    for name, columns, rows in (
        ("intervals", _INTERVALS, intervals),
        ("members", _MEMBERS, members),
        ("readings", _READINGS, readings),
        ("proof", _PROOF, proof),
        ("changes", _CHANGES, changes),
    ):
        door.say("")
        door.show(Answer(name, columns, rows, nothing=f"No {name}."))
    if proof:
        door.say("\nOpen a page, from the database: `danga evidence show ID --to DIR`.")


def _head(found: Explanation, language: Language) -> dict[str, Any]:
    cost = found.cost
    flags = cost.flags if cost else frozenset[Flag]()
    return {
        "client": found.client,
        "watch": found.watch,
        "hour_at": found.hour_at,
        "spend": cost and cost.spend,
        "results": cost and cost.results,
        "unit_cost": cost and cost.unit_cost,
        "unpaired_spend": cost and cost.unpaired_spend,
        "flags": sorted(flags),
        "notes": _notes(flags, language),
    }


def _interval(one: ExplainedInterval, language: Language) -> dict[str, Any]:
    cost = one.cost
    return {
        "interval_start": cost.interval_start,
        "slot_at": cost.slot_at,
        "spend": cost.spend,
        "results": cost.results,
        "unit_cost": cost.unit_cost,
        "unpaired_spend": cost.unpaired_spend,
        "flags": sorted(cost.flags),
        "notes": _notes(cost.flags, language),
    }


def _members(one: ExplainedInterval, language: Language) -> Iterator[dict[str, Any]]:
    for share in one.members:
        yield {
            "slot_at": one.cost.slot_at,
            "side": share.side,
            "entity": str(share.entity),
            "name": share.name,
            "metric": share.metric,
            "amount": share.amount,
            "unpaired": share.unpaired,
            "flags": sorted(share.flags),
            "notes": _notes(share.flags, language),
        }


def _reading(one: SeenReading) -> dict[str, Any]:
    seen, visit = one.seen, one.visit
    return {
        "slot_at": seen.slot_at,
        "side": one.side,
        "entity": str(one.entity),
        "name": one.name,
        "metric": seen.metric,
        "date": seen.business_date,
        "shown": seen.shown,
        "value": seen.value,
        "revision": seen.revision,
        "restated": one.is_restated,
        "observed_at": seen.observed_at,
        "known_at": seen.known_at or seen.observed_at,
        "visit": seen.visit_id,
        "login": visit and visit.login,
        "worker": visit and visit.worker,
        "evidence": list(visit.evidence) if visit else [],
    }


def _notes(flags: Iterable[Flag], language: Language) -> str:
    from reports.words import FLAGS

    return ", ".join(FLAGS[flag].say(language) for flag in sorted(flags))
