"""`danga costs`: compute unit costs anew from the readings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.moments import date_or_fault
from admin.output import Answer, warn
from admin.report_options import LangOption
from domain.errors import BadInput, Fault
from domain.person import Language
from reports.words import HEADINGS, Both, headings

if TYPE_CHECKING:
    from workers.rebuilding import RebuildOutcome

_COLUMNS = {
    "watch": "watch",
    "month": "month",
    "rows": "rows",
    "differ": "differ",
    "failed": "",
}
_GENERATIONS = {
    "id": Both("세대", "generation"),
    "months": Both("월", "months"),
    "watch": HEADINGS["watch"],
    "rows_differ": Both("바뀐 행", "rows that differed"),
    "begun_by": Both("누가", "by"),
    "begun_at": Both("시작", "begun"),
    "live_at": Both("적용 시각", "counts since"),
}
_NONE = Both(
    "다시 계산한 적이 없습니다.",
    "Nothing was ever rebuilt: every month is as it was computed first.",
)


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Unit costs, computed anew.")
    app.add_typer(group, name="costs")
    lines = (
        "danga costs rebuild --from 2026-03-01 --to 2026-03-31",
        "danga costs rebuild --from 2026-03-01 --to 2026-03-31 --yes",
    )
    command(group, "rebuild", epilog=examples(*lines))(rebuild)
    command(group, "list", epilog=examples("danga costs list"))(list_generations)


def rebuild(
    door: Door,
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day ...")],
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="... to the last.")],
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="NAME", help="Only this watch.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; without it, only look.")] = False,
) -> None:
    """Compute the whole months from --from to --to anew, with what held at each moment.

    Without --yes it says what would change. With it the new rows count all at once, for all
    watches; readings that come meanwhile are in them, and the old rows are kept. Exit code 1
    where a watch could not be computed.
    """
    from workers.house import House
    from workers.rebuilding import compare_costs, rebuild_costs, span_of

    days = _dates(since, until)
    with House.open(door.settings) as house:
        span = span_of(house, *days, watch)
        outcome = rebuild_costs(house, span, door.person) if yes else compare_costs(house, span)
    _show(door, outcome, dry_run=not yes)
    if any(one.failed for one in outcome.months):
        raise amiss()


def list_generations(door: Door, lang: LangOption = None) -> None:
    """List the rebuilds there were, the newest first."""
    from storage.cost_generations import generations

    with door.engine() as engine:
        rows = [
            {
                "id": one.id,
                "months": f"{one.first_month:%Y-%m}..{one.last_month:%Y-%m}",
                "watch": one.watch or "all",
                "rows_differ": one.rows_differ,
                "begun_by": one.begun_by,
                "begun_at": one.begun_at,
                "live_at": one.live_at,
            }
            for one in generations(engine)
        ]
    language = lang or Language(door.settings.language)
    nothing = _NONE.say(language)
    door.show(Answer("generations", headings(_GENERATIONS, language), rows, nothing=nothing))


def _show(door: Door, outcome: RebuildOutcome, *, dry_run: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "watch": one.watch,
            "month": str(one.month),
            "rows": one.difference.rows,
            "differ": one.difference.differ,
            "failed": one.failed,
        }
        for one in outcome.months
    ]
    found = outcome.difference
    if door.as_json:
        told = {"generation": outcome.generation, "rows": found.rows, "differ": found.differ}
        door.printer.document({**told, "dry_run": dry_run, "months": rows})
        return
    telling = [row for row in rows if row["differ"] or row["failed"]]
    door.show(Answer("months", _COLUMNS, telling, nothing="No row differs."))
    if dry_run:
        door.say(f"{found.differ:,} of {found.rows:,} rows would change. Add --yes to do it.")
    else:
        door.say(
            f"{found.differ:,} of {found.rows:,} rows changed (generation {outcome.generation})."
        )
    for row in telling:
        if row["failed"]:
            warn(f"{row['watch']} stays as it was: {row['failed']}")


def _dates(since: str, until: str) -> tuple[date, date]:
    faults: list[Fault] = []
    first, last = date_or_fault(since, "--from", faults), date_or_fault(until, "--to", faults)
    if first is None or last is None:
        raise BadInput(*faults)
    return first, last
