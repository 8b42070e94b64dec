"""`danga evidence`: what failed pages looked like, and the last page of each day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin.account_keys import account_of
from admin.door import Door, command
from admin.examples import examples
from admin.moments import date_of
from admin.new_file import write_new
from admin.output import Answer
from domain.audit import Deed
from domain.errors import BadInput, Fault
from domain.evidence import Evidence

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.evidence_store import EvidenceStore
    from storage.keyring import Keyring

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
_PROOF = {
    "id": "id",
    "date": "of",
    "taken_at": "read",
    "visit": "visit",
    "kind": "visit kind",
    "bytes": "bytes",
}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    told = "What failed pages looked like, and the last page of each day."
    group = typer.Typer(no_args_is_help=True, help=told)
    app.add_typer(group, name="evidence")
    command(group, "list", epilog=examples("danga evidence list --login kim"))(list_evidence)
    lines = ("danga evidence proof --date 2026-03-03", "danga evidence proof --account moment/1001")
    command(group, "proof", epilog=examples(*lines))(proof)
    lines = ("danga evidence show ID", "danga evidence show ID --to /tmp/page")
    command(group, "show", epilog=examples(*lines))(show)


def list_evidence(door: Door, login: LoginOption = None, limit: LimitOption = 50) -> None:
    """List the evidence of all machines, the newest first."""
    with _store(door) as (store, _engine, _keyring):
        rows = [{key: getattr(kept, key) for key in _COLUMNS} for kept in store.list(login, limit)]
    door.show(Answer("evidence", _COLUMNS, rows, nothing="No evidence: nothing failed lately."))


def proof(
    door: Door,
    account: Annotated[
        str | None, typer.Option("--account", metavar="SITE/ID", help="Only this account.")
    ] = None,
    on: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="One day.")] = None,
    limit: LimitOption = 50,
) -> None:
    """List the last page of each business date and account, kept as proof of its figures.

    A later page of the same date takes its place; the last one is that of the final figures.
    """
    from storage.proof_pages import kept, size

    day = None if on is None else date_of(on, "--date")
    key = None if account is None else account_of(account)
    with door.engine() as engine:
        total = size(engine)
        rows = [
            {
                "id": one.id,
                "account": f"{one.site}/{one.account}",
                "date": one.business_date,
                "taken_at": one.taken_at,
                "slot_at": one.slot_at,
                "visit": one.visit_id,
                "kind": one.kind,
                "bytes": one.bytes,
            }
            for one in kept(engine, key, day, limit)
        ]
    months = door.settings.keep_proof_months
    if door.as_json:
        told = {"pages": total.pages, "bytes": total.bytes, "kept_months": months}
        door.printer.document({"proof": rows, **told})
        return
    door.show(Answer("proof", _PROOF, rows, nothing="No page is kept of that."))
    long = f"kept {months} months" if months else "no more are kept (DANGA_KEEP_PROOF_MONTHS=0)"
    door.say(
        f"\n{total.pages} pages in all, {total.bytes / 2**20:.1f} MiB in the database, {long}."
    )


def show(
    door: Door,
    evidence_id: Annotated[
        str, typer.Argument(metavar="ID", help="One of `evidence list` or `evidence proof`.")
    ],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Write page.html, screenshot and answers there."),
    ] = None,
) -> None:
    """Show what led to a verdict, or a day's last page. Files are written only to a new folder.

    They hold names and figures of customers: delete them when you are done.
    """
    from storage.audit import AuditBook
    from storage.proof_pages import ProofStore

    with _store(door) as (store, engine, keyring):
        keeper = ProofStore(engine, keyring) if "/" in evidence_id else store
        evidence = keeper.show(evidence_id)
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
def _store(door: Door) -> Iterator[tuple[EvidenceStore, Engine, Keyring]]:
    from storage.evidence_store import EvidenceStore
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        yield EvidenceStore(engine, keyring, door.folder.evidence), engine, keyring


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
