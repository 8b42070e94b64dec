"""`danga pace show|set|pause|resume`: how fast each site is asked, and for a while otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.halt_commands import (
    ReasonOption,
    SiteArgument,
    SpanOption,
    UntilOption,
    add_pause,
    end_of,
)
from admin.output import Answer, Row
from domain.errors import BadInput, Fault

if TYPE_CHECKING:
    from domain.pace_override import PaceOverride
    from domain.site_halt import SiteHalt
    from pace.standing import Standing
    from workers.house import House

_COLUMNS = {
    "site": "site",
    "state": "state",
    "rate": "a second now",
    "ceiling": "at most",
    "available": "at once",
    "visits": "visits",
    "concurrent_visits": "of",
    "spent_today": "today",
    "requests_per_day": "of a day's",
    "override": "changed",
    "because": "because",
}
_STATES = {"closed": "open", "open": "rests", "half_open": "one looks"}
"""A breaker's position, as an operator says it."""


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="How fast each site is asked now.")
    app.add_typer(group, name="pace")
    command(group, "show", epilog=examples("danga pace show", "danga pace show moment --json"))(
        show
    )
    lines = (
        "danga pace set moment --requests-per-second 0.5 --for 2h --reason 'they asked'",
        "danga pace set moment --default",
    )
    command(group, "set", epilog=examples(*lines))(set_pace)
    add_pause(group, "pace")


def show(
    door: Door,
    site: Annotated[str | None, typer.Argument(metavar="SITE", help="Default: all.")] = None,
) -> None:
    """Show the rate of the moment beside its ceiling, what is left, and what stands in the way."""
    from workers.house import House

    with door.engine() as engine:
        rows = standing_rows(House(door.settings, engine), site)
    right = frozenset({"rate", "ceiling"})
    shows = {name: _number(name) for name in right}
    nothing = "No site is applied yet."
    door.show(Answer("sites", _COLUMNS, rows, nothing=nothing, shows=shows, right=right))


def set_pace(
    door: Door,
    site: SiteArgument,
    per_second: Annotated[
        float | None, typer.Option("--requests-per-second", min=0.001, max=100, help="The ceiling.")
    ] = None,
    burst: Annotated[
        int | None, typer.Option("--burst", min=1, max=10_000, help="At least one cold page.")
    ] = None,
    places: Annotated[
        int | None, typer.Option("--concurrent-visits", min=1, max=100, help="Visits at a time.")
    ] = None,
    until: UntilOption = None,
    span: SpanOption = None,
    default: Annotated[
        bool, typer.Option("--default", help="Let danga.yaml hold again, now.")
    ] = False,
    reason: ReasonOption = "",
) -> None:
    """Change the budget of SITE for a while, on all machines within ten seconds.

    It ends by itself, at --until or after --for; what is to last belongs into danga.yaml. A second
    `set` replaces the first. Not told settings are as danga.yaml says.
    """
    from storage.pace_overrides import OverrideBook
    from storage.sites import SiteBook

    given = {"requests_per_second": per_second, "burst": burst, "concurrent_visits": places}
    changes = {name: value for name, value in given.items() if value is not None}
    end = end_of(until, span, door.settings.zone)
    _require(changes, is_ended=end is not None, is_default=default)
    with door.engine() as engine:
        SiteBook(engine).get(site)
        book = OverrideBook(engine)
        if end is None:
            document = {"site": site, "ended": book.end(site, door.person, reason)}
        else:
            document = _document(book.set(site, changes, end, door.person, reason))
    door.printer.record(document)


def _require(changes: dict[str, float], *, is_ended: bool, is_default: bool) -> None:
    faults = []
    if is_default and (changes or is_ended):
        faults.append(Fault("--default", "stands beside another setting", "say it alone"))
    if not is_default and not changes:
        cure = "say --requests-per-second, --burst or --concurrent-visits, or --default"
        faults.append(Fault("danga pace set", "changes nothing", cure))
    if not is_default and changes and not is_ended:
        cure = "say --for 2h or --until 15:30; what is to last belongs into danga.yaml"
        faults.append(Fault("danga pace set", "has no end", cure))
    if faults:
        raise BadInput(*faults)


def standing_rows(house: House, site: str | None = None) -> list[Row]:
    """Return how the budget of each site stands, or of one.

    Raises:
        UnknownName: there is no such site.
        PaceUnavailable: the budgets cannot be asked.
    """
    from storage.pace_overrides import OverrideBook
    from storage.site_halts import HaltBook
    from storage.sites import SiteBook

    book = SiteBook(house.engine)
    sites = [book.get(site)] if site else [one for one in book.all() if not one.policy.is_import]
    halts = {one.site: one for one in HaltBook(house.engine).all()}
    overrides = {one.site: one for one in OverrideBook(house.engine).all()}
    return [
        _row(one.name, house.pace.snapshot(one.name), halts.get(one.name), overrides.get(one.name))
        for one in sites
    ]


def _row(site: str, now: Standing, halt: SiteHalt | None, override: PaceOverride | None) -> Row:
    rests = now.closed is not None and now.breaker == "closed"
    return {
        "site": site,
        "state": halt.kind if halt else "rests" if rests else _STATES[now.breaker],
        "rate": now.rate,
        "ceiling": now.ceiling,
        "available": now.available,
        "visits": now.concurrent,
        "concurrent_visits": now.concurrent_visits,
        "spent_today": now.spent_today,
        "requests_per_day": now.requests_per_day,
        "override": None if override is None else str(override),
        "override_until": None if override is None else override.until,
        "because": now.wait.reason if now.wait else None,
        "wait_seconds": round(now.wait.seconds) if now.wait else None,
    }


def _document(override: PaceOverride) -> dict[str, Any]:
    return {
        "site": override.site,
        "requests_per_second": override.requests_per_second,
        "burst": override.burst,
        "concurrent_visits": override.concurrent_visits,
        "by": override.by,
        "since": override.since,
        "until": override.until,
        "reason": override.reason or None,
    }


def _number(name: str) -> Any:
    return lambda row: f"{row[name]:.3g}"
