"""`danga plan`: does the inventory fit into the request budgets, and what to change where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer, Row

if TYPE_CHECKING:
    from workers.demand import Demand
    from workers.plan import Plan

_SITES = {
    "site": "site",
    "logins": "logins",
    "accounts": "accounts",
    "slot_minutes": "slot (min)",
    "requests": "needs a slot",
    "given": "gets at most",
    "share": "busy",
    "day_requests": "needs a day",
    "requests_per_day": "ceiling",
    "spread": "starts over",
    "guessed_logins": "guessed",
}
_WATCHES = {
    "watch": "watch",
    "client": "client",
    "logins": "logins",
    "seconds": "apart (s)",
    "cure": "what to change",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "plan", epilog=examples("danga plan", "danga plan --json"))(plan)


def plan(door: Door) -> None:
    """Compare what each site is asked for in a slot with what its request budget gives.

    Also the watches whose two sides may be read more than 120 s apart, and the setting to change.
    From what visits cost in the last two hours; logins never visited are guessed. Nothing is sent.
    Exit code 1 where something does not fit.
    """
    from storage.inventory import InventoryStore
    from workers.house import House
    from workers.plan import plan_of

    with door.engine() as engine:
        house = House(door.settings, engine)
        found = plan_of(engine, InventoryStore(engine).declared(), house.pace)
    if door.as_json:
        door.printer.document(_document(found))
    else:
        _show(door, found)
    if not found.fits:
        raise amiss()


def _document(found: Plan) -> dict[str, Any]:
    return {
        "sites": [_row(one) for one in found.demands],
        "shortages": [
            {"site": one.site, "what": one.what, "cure": one.cure} for one in found.shortages
        ],
        "far_watches": _watch_rows(found),
    }


def _row(demand: Demand) -> Row:
    from workers.planning import spread_for

    budget = demand.policy.budget
    return {
        "site": demand.site,
        "logins": demand.logins,
        "accounts": demand.accounts,
        "guessed_logins": demand.guesses,
        "slot_minutes": demand.policy.slot_minutes,
        "requests": round(demand.requests),
        "given": round(demand.given),
        "rate_share": round(demand.rate_share, 4),
        "places_share": round(demand.places_share, 4),
        "share": round(demand.share, 4),
        "spread": spread_for(demand.share),
        "day_requests": round(demand.day_requests),
        "requests_per_day": budget.requests_per_day,
        "requests_per_second": budget.requests_per_second,
        "bears_per_second": demand.bears,
    }


def _watch_rows(found: Plan) -> list[Row]:
    return [
        {
            "watch": one.watch,
            "client": one.client,
            "logins": list(one.logins),
            "seconds": round(one.seconds),
            "cure": one.cure,
        }
        for one in found.far_watches
    ]


def _show(door: Door, found: Plan) -> None:
    shows = {name: _percent(name) for name in ("share", "spread")}
    right = frozenset(shows)
    rows = [_row(one) for one in found.demands]
    nothing = "No site is applied yet."
    door.show(Answer("sites", _SITES, rows, nothing=nothing, shows=shows, right=right))
    for one in found.shortages:
        door.say(f"\n{one.site} is too small: {one.what}.\n  Change: {one.cure}.")
    if found.far_watches:
        door.say("\nTheir two sides may be read more than 120 s apart (skewed):")
        door.show(Answer("far_watches", _WATCHES, _watch_rows(found)))
    if found.fits and rows:
        door.say("\nEvery account can be read in its slot.")


def _percent(name: str) -> Any:
    return lambda row: f"{row[name]:.0%}"
