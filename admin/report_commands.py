"""`danga report`: unit costs now and by the hour."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer, Row
from domain.business_day import BusinessDay
from domain.errors import BadInput, Fault
from domain.money import show_won

_NOW = {
    "client": "client",
    "watch": "watch",
    "label": "unit cost",
    "unit_cost": "last hour",
    "target_won": "target",
    "spend": "spend",
    "results": "results",
    "today_unit_cost": "today",
    "today_spend": "spend today",
    "age_minutes": "age (min)",
    "note": "",
}
_HOURLY = {
    "client": "client",
    "watch": "watch",
    "hour": "hour",
    "unit_cost": "unit cost",
    "spend": "spend",
    "results": "results",
    "unpaired_spend": "unpaired",
    "flags": "",
}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Unit costs.")
    app.add_typer(group, name="report")
    command(group, "now", epilog=examples("danga report now", "danga report now --json"))(now)
    lines = ("danga report hourly", "danga report hourly --date 2026-03-03 --watch NAME")
    command(group, "hourly", epilog=examples(*lines))(hourly)


def now(door: Door) -> None:
    """Show each watch's unit cost of the last hour and of today.

    Exit code 1 where a watch has no reading yet or waits for a person.
    """
    from reports.standing import standings

    with door.engine() as engine:
        found = standings(engine, door.clock.now(), BusinessDay(door.settings.zone))
    rows = [
        {
            "client": one.client,
            "watch": one.watch,
            "label": one.label,
            "target_won": one.target,
            **_amounts(one.last_hour, ""),
            **_amounts(one.today, "today_"),
            "last_slot_at": one.last_slot_at,
            "age_minutes": None if one.age is None else int(one.age.total_seconds() // 60),
            "flags": sorted(one.last_hour.flags),
            "waiting_logins": list(one.waiting_logins),
            "waits_since": one.waits_since,
        }
        for one in found
    ]
    shows = {
        "unit_cost": lambda row: _cost(row, ""),
        "today_unit_cost": lambda row: _cost(row, "today_"),
        "note": lambda row: _note(row, door),
    }
    nothing = "No watches: declare them in danga.yaml."
    door.show(Answer("watches", _NOW, rows, nothing=nothing, shows=shows))
    if any(row["last_slot_at"] is None or row["waiting_logins"] for row in rows):
        raise amiss()


def hourly(
    door: Door,
    on: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Default: today.")
    ] = None,
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="NAME", help="Only this watch.")
    ] = None,
) -> None:
    """Show a business date hour by hour. An hour without a row was not measured."""
    from reports.unit_cost_hours import unit_costs_by_hour

    day = BusinessDay(door.settings.zone)
    chosen = day.date_of(door.clock.now()) if on is None else _date(on)
    with door.engine() as engine:
        found = unit_costs_by_hour(engine, chosen, day, watch)
    rows = [
        {
            "client": one.client,
            "watch": one.watch,
            "label": one.label,
            "date": chosen,
            "hour": one.cost.hour,
            "hour_at": one.cost.hour_at,
            "unit_cost": one.cost.unit_cost,
            "spend": one.cost.spend,
            "results": one.cost.results,
            "unpaired_spend": one.cost.unpaired_spend,
            "flags": sorted(one.cost.flags),
        }
        for one in found
    ]
    nothing = f"Nothing was measured on {chosen}."
    shows = {"unit_cost": lambda row: _cost(row, "")}
    door.show(Answer("hours", _HOURLY, rows, nothing=nothing, shows=shows))


def _amounts(amounts: Any, prefix: str) -> dict[str, Any]:
    return {
        f"{prefix}unit_cost": amounts.unit_cost,
        f"{prefix}spend": amounts.spend,
        f"{prefix}results": amounts.results,
    }


def _cost(row: Row, prefix: str) -> str:
    """Show won per result; no results are said as such, never as a number."""
    cost, spend = row[f"{prefix}unit_cost"], row[f"{prefix}spend"]
    if cost is not None:
        return show_won(cost)
    if not spend:
        return "-"
    return f"{row[f'{prefix}results'] or 0}건 / 소진 {show_won(spend)}"


def _note(row: Row, door: Door) -> str:
    """An old number that looks new is said first."""
    if row["waiting_logins"]:
        since: datetime = row["waits_since"]
        names = ", ".join(row["waiting_logins"])
        return f"{names} waits for a person since {since.astimezone(door.settings.zone):%H:%M}"
    return "never measured" if row["last_slot_at"] is None else ", ".join(row["flags"])


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(Fault("--date", f"{text} is no date", "write 2026-03-03")) from None
