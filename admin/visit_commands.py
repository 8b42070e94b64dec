"""`danga visits`: what was visited, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from admin.door import Door, command
from admin.evidence_commands import LimitOption, LoginOption
from admin.examples import examples
from admin.output import Answer, Row
from admin.reextract_command import EXAMPLES, reextract
from domain.wanted_day import OPEN

_COLUMNS = {
    "id": "visit",
    "login": "login",
    "kind": "kind",
    "planned_at": "slot",
    "state": "state",
    "verdict": "verdict",
    "pages_read": "read",
    "pages_failed": "failed",
    "readings": "readings",
    "requests": "requests",
    "attempts": "tries",
    "detail": "detail",
}
_MORE = ("business_date", "bytes_received", "worker", "started_at", "finished_at", "not_before")
_PAGE_COLUMNS = {
    "site": "site",
    "page_kind": "page",
    "account": "account",
    "path": "path",
    "verdict": "verdict",
    "readings": "readings",
    "requests": "requests",
    "steps": "steps",
    "evidence_id": "evidence",
    "detail": "detail",
}


class _ListedByDefault(TyperGroup):
    """`danga visits` alone, with an option or with a number is `danga visits list`."""

    default_command = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if first not in self.commands and first not in ctx.help_option_names:
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(cls=_ListedByDefault, help="What was visited, and how it ended.")
    app.add_typer(group, name="visits")
    lines = ("danga visits", "danga visits --login kim --limit 5", "danga visits 1234")
    command(group, "list", epilog=examples(*lines))(list_visits)
    command(group, "reextract", epilog=examples(*EXAMPLES))(reextract)


def list_visits(
    door: Door,
    visit: Annotated[
        int | None, typer.Argument(metavar="VISIT", help="Show the pages of this one.")
    ] = None,
    login: LoginOption = None,
    limit: LimitOption = 20,
) -> None:
    """List the newest visits, or the pages of one. `list` may be left out."""
    from storage.visit_history import VisitHistory
    from storage.wanted_days import WantedDays

    with door.engine() as engine:
        history = VisitHistory(engine)
        if visit is None:
            rows = [_row(one, (*_COLUMNS, *_MORE)) for one in history.recent(limit, login)]
            door.show(Answer("visits", _COLUMNS, rows, nothing="No visits yet."))
            wanted = len(WantedDays(engine).all(OPEN))
            if wanted:
                door.say(f"{wanted:,} past days are still to be read: `danga backfill`.")
            return
        fields = _row(history.get(visit), (*_COLUMNS, *_MORE))
        pages = [_row(page, (*_PAGE_COLUMNS, "bytes_received")) for page in history.pages(visit)]
    if door.as_json:
        door.printer.document({"visit": fields, "pages": pages})
        return
    door.printer.record(fields)
    door.show(Answer("pages", _PAGE_COLUMNS, pages, nothing="No page was visited."))


def _row(record: object, keys: Iterable[str]) -> Row:
    """Return the fields; an empty text is nothing."""
    return {key: None if (value := getattr(record, key)) == "" else value for key in keys}
