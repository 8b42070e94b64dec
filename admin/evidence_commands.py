"""`danga evidence`: what failed pages looked like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.new_file import write_new
from admin.output import Answer
from domain.audit import Deed
from domain.errors import BadInput, Fault
from domain.evidence import Evidence

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.evidence_store import EvidenceStore

LoginOption = Annotated[
    str | None, typer.Option("--login", metavar="LOGIN", help="Only of this login.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")]
_COLUMNS = {
    "id": "id",
    "taken_at": "taken",
    "site": "site",
    "login": "login",
    "verdict": "verdict",
    "bytes": "bytes",
    "machine": "machine",
}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="What failed pages looked like.")
    app.add_typer(group, name="evidence")
    command(group, "list", epilog=examples("danga evidence list --login kim"))(list_evidence)
    lines = ("danga evidence show ID", "danga evidence show ID --to /tmp/page")
    command(group, "show", epilog=examples(*lines))(show)


def list_evidence(door: Door, login: LoginOption = None, limit: LimitOption = 50) -> None:
    """List the evidence of all machines, the newest first."""
    with _store(door) as (store, _engine):
        rows = [{key: getattr(kept, key) for key in _COLUMNS} for kept in store.list(login, limit)]
    door.show(Answer("evidence", _COLUMNS, rows, nothing="No evidence: nothing failed lately."))


def show(
    door: Door,
    evidence_id: Annotated[str, typer.Argument(metavar="ID", help="One of `evidence list`.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Write page.html, screenshot and answers there."),
    ] = None,
) -> None:
    """Show what led to a verdict. Files are written only where you name a new folder.

    They hold names and figures of customers: delete them when you are done.
    """
    from storage.audit import AuditBook

    with _store(door) as (store, engine):
        evidence = store.show(evidence_id)
        told = {"evidence": evidence_id, "site": evidence.site, "written": to is not None}
        deed = Deed("evidence.show", f"login {evidence.login}", "", told)
        AuditBook(engine).note(door.person, deed)
    written = [] if to is None else _write(evidence, to)
    door.printer.record(
        {
            "id": evidence_id,
            "site": evidence.site,
            "login": evidence.login,
            "verdict": evidence.verdict.kind,
            "detail": evidence.verdict.detail,
            "page": evidence.page_url,
            "taken_at": evidence.taken_at,
            "log": list(evidence.log),
            "answers": [url for url, _body in evidence.answers],
            "html_characters": len(evidence.html),
            "screenshot": evidence.screenshot is not None,
            "written": [str(path) for path in written],
        }
    )


@contextmanager
def _store(door: Door) -> Iterator[tuple[EvidenceStore, Engine]]:
    from storage.evidence_store import EvidenceStore
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        yield EvidenceStore(engine, keyring, door.folder.evidence), engine


def _write(evidence: Evidence, folder: Path) -> list[Path]:
    """Write the parts into a new folder that only its owner may enter."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        what = f"cannot be made: {error.strerror}"
        raise BadInput(Fault(str(folder), what, "name a new folder")) from None
    parts = {"page.html": evidence.html.encode(), "log.txt": "\n".join(evidence.log).encode()}
    if evidence.screenshot is not None:
        parts["screenshot.png"] = evidence.screenshot
    for number, (url, body) in enumerate(evidence.answers, start=1):
        parts[f"answer-{number}.txt"] = f"{url}\n\n{body}".encode()
    for name, content in parts.items():
        write_new(folder / name, content)
    return [folder / name for name in parts]
