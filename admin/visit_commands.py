"""`danga visits`: what was visited, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from admin.door import Door, command
from admin.evidence_commands import LimitOption, LoginOption
from admin.examples import examples
from admin.output import Answer, Row

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


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("danga visits", "danga visits --login kim --limit 5", "danga visits 1234")
    command(app, "visits", epilog=examples(*lines))(visits)


def visits(
    door: Door,
    visit: Annotated[
        int | None, typer.Argument(metavar="VISIT", help="Show the pages of this one.")
    ] = None,
    login: LoginOption = None,
    limit: LimitOption = 20,
) -> None:
    """List the newest visits, or the pages of one."""
    from storage.visit_history import VisitHistory

    with door.engine() as engine:
        history = VisitHistory(engine)
        if visit is None:
            rows = [_row(one, (*_COLUMNS, *_MORE)) for one in history.recent(limit, login)]
            door.show(Answer("visits", _COLUMNS, rows, nothing="No visits yet."))
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
