"""`danga backfill`: past days that are to be read, and how far that is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from admin.backfill_answers import show_plan, show_standing
from admin.collect_commands import house_of
from admin.door import Door, command
from admin.examples import examples
from admin.moments import date_or_fault
from domain.errors import BadInput, Fault

if TYPE_CHECKING:
    from workers.backfill import Choice, Wish
    from workers.house import House

Names = list[str] | None


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    lines = (
        "danga backfill --from 2026-02-01 --to 2026-02-28",
        "danga backfill --from 2026-02-01 --login kim --yes",
        "danga backfill",
    )
    command(app, "backfill", epilog=examples(*lines))(backfill)


def backfill(
    door: Door,
    since: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day: 2026-02-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DAY", help="The last day. Default: yesterday.")
    ] = None,
    login: Annotated[
        Names, typer.Option("--login", metavar="NAME", help="Only this one; may be said again.")
    ] = None,
    client: Annotated[
        Names, typer.Option("--client", metavar="NAME", help="Only logins that read for it.")
    ] = None,
    site: Annotated[
        Names, typer.Option("--site", metavar="NAME", help="Only logins that read it.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also days that were read since they settled.")
    ] = False,
    extend: Annotated[
        bool,
        typer.Option("--extend", help="Let watches younger than --from hold their first ads then."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; without it, only look.")] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Forget the days that wait or were given up.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the audit.")] = "",
) -> None:
    """Read past days, a few in each slot, beside the regular visits; without --from: how far it is.

    Nothing is planned without --yes. A login reads all its accounts in one visit a day.
    """
    from storage.wanted_days import WantedDays
    from workers.backfill import (
        Choice,
        carry_out,
        chosen_logins,
        extend_watches,
        plan_backfill,
    )

    of = Choice(login or (), client or (), site or ())
    given = {"--to": until, "--again": again, "--extend": extend, "--yes": yes}
    _require_fitting(since, [option for option, value in given.items() if value], cancel=cancel)
    with house_of(door) as house:
        if cancel:
            _cancel(door, house, of, reason)
        elif since is None:
            chosen = {one.name for one in chosen_logins(house, of)}
            days = [one for one in WantedDays(house.engine).all() if one.login in chosen]
            show_standing(door, house, days)
        else:
            plan = plan_backfill(house, _wish(door, (since, until), of, again=again))
            planned = carry_out(house, plan, door.person, reason) if yes else None
            extended = extend_watches(house, plan, door.person) if yes and extend else 0
            show_plan(door, plan, planned, extended)


def _require_fitting(since: str | None, given: Sequence[str], *, cancel: bool) -> None:
    faults = []
    if since is None:
        cure = "say the first day, too"
        faults = [Fault(option, "stands without --from", cure) for option in given]
    elif cancel:
        faults.append(Fault("--cancel", "stands beside --from", "give one of the two"))
    if faults:
        raise BadInput(*faults)


def _wish(door: Door, span: tuple[str, str | None], of: Choice, *, again: bool) -> Wish:
    from workers.backfill import Wish

    yesterday = door.clock.now().astimezone(door.settings.zone).date() - timedelta(days=1)
    faults: list[Fault] = []
    first = date_or_fault(span[0], "--from", faults)
    last = date_or_fault(span[1], "--to", faults)
    if faults:
        raise BadInput(*faults)
    assert first is not None
    return Wish(first, last or max(first, yesterday), of, again)


def _cancel(door: Door, house: House, of: Choice, reason: str) -> None:
    from workers.backfill import cancel, chosen_logins

    gone = cancel(house, chosen_logins(house, of), door.person, reason)
    door.printer.record({"forgotten": gone})
