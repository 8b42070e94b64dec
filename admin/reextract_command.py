"""`danga visits reextract`: read again what was kept while a class did not know the page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, amiss
from admin.moments import moment_of
from admin.output import Answer, Row
from domain.errors import BadInput, Fault
from workers.settings import who_asks

if TYPE_CHECKING:
    from workers.reextracting import PageAgain, Plan

EXAMPLES = (
    "danga visits reextract moment --since 2026-03-03T02:00 --dry-run",
    "danga visits reextract moment --since 2026-03-03T02:00 --yes --as jieun",
)
_COLUMNS = {
    "slot_at": "slot",
    "login": "login",
    "account": "account",
    "page": "page",
    "number": "no",
    "verdict": "verdict",
    "readings": "readings",
    "stored": "new",
    "detail": "detail",
}


def reextract(
    door: Door,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Whose class was mended.")],
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="TIME", help="The first slot; in DANGA_TIMEZONE or with offset."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    author: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who does it. Default: you.")
    ] = None,
) -> None:
    """Read pages kept as `layout_changed` through the class of now, with their true times.

    Shows what comes out per account and slot, asks, then stores it and computes the unit costs
    anew. Asks the site for nothing and overwrites nothing; safe to repeat. Exit code 1 where a
    page still cannot be read.
    """
    from workers.house import House
    from workers.reextracting import look_again, store_again

    moment = moment_of(since, door.settings.zone, "--since")
    by = author or who_asks()
    with House.open(door.settings) as house:
        plan = look_again(house, site, moment)
        readable = any(page.ok for page in plan.pages)
        done = readable and not dry_run and (yes or _agreed(door, plan))
        if done:
            plan = store_again(house, plan, by)
    _tell(door, plan, by, done=done)
    if any(not page.ok for page in plan.pages):
        raise amiss()


def _tell(door: Door, plan: Plan, by: str, *, done: bool) -> None:
    if door.as_json:
        pages = [_row(page) for page in plan.pages]
        door.printer.document({"pages": pages, "done": done, "author": by})
        return
    _show(door, plan)
    door.say("Stored; unit costs were computed anew." if done else "Nothing was changed.")


def _agreed(door: Door, plan: Plan) -> bool:
    if door.as_json or not sys.stdin.isatty():
        raise BadInput(
            Fault("danga visits reextract", f"{len(plan.pages)} pages, and nobody to ask"),
            advice="Look at them with --dry-run, then say --yes.",
        )
    _show(door, plan)
    return typer.confirm("Store these readings?")


def _show(door: Door, plan: Plan) -> None:
    rows = [_row(page) for page in plan.pages]
    door.show(Answer("pages", _COLUMNS, rows, nothing="No page of that site was kept since then."))


def _row(page: PageAgain) -> Row:
    return {
        "slot_at": page.kept.slot_at,
        "login": page.kept.login,
        "account": str(page.kept.account),
        "page": page.kept.page_kind,
        "number": page.number,
        "verdict": page.verdict or "not readable",
        "readings": len(page.readings),
        "stored": page.stored,
        "detail": page.detail or None,
        "visit": page.kept.visit_id,
        "evidence": page.kept.evidence_id,
    }
