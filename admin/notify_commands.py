"""`danga notify`: who is told what, and whether it arrives."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer
from storage.errors import UnknownName

_CAUSES = {
    "kind": "cause",
    "subject": "of",
    "since": "since",
    "told_at": "told",
    "reason": "seen",
    "blind": "without fresh numbers",
}
_MESSAGES = {
    "made_at": "written",
    "person": "to",
    "target": "by",
    "title": "message",
    "state": "state",
    "tries": "tries",
    "last_error": "last error",
}
_TRIED = {"person": "person", "target": "by", "result": "result", "detail": "detail"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    notify = typer.Typer(no_args_is_help=True, help="Who is told what, and whether it arrives.")
    command(notify, "list", epilog=examples("danga notify list"))(list_notifications)
    lines = ("danga notify test", "danga notify test --to 김지은")
    command(notify, "test", epilog=examples(*lines))(send_trials)
    app.add_typer(notify, name="notify")


def list_notifications(
    door: Door,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Messages at most.")] = 20,
) -> None:
    """List what is wrong now, and the newest messages: sent, waiting, given up."""
    from storage.causes import CauseBook
    from storage.outbox import Outbox

    with door.engine() as engine:
        causes = CauseBook(engine).open()
        messages = Outbox(engine).recent(limit)
    open_rows: list[dict[str, Any]] = [
        {
            "kind": one.cause.kind.value,
            "subject": one.cause.subject,
            "since": one.since,
            "told_at": one.told_at,
            "reason": one.cause.reason,
            "blind": [f"{blind.client} ({blind.watch})" for blind in one.cause.blind],
        }
        for one in causes
    ]
    message_rows: list[dict[str, Any]] = [
        {
            "id": one.id,
            "about": one.about,
            "person": one.person,
            "target": one.target,
            "title": one.title,
            "made_at": one.made_at,
            "held_until": one.held_until,
            "state": one.state.value,
            "tries": one.tries,
            "last_error": one.last_error,
            "ended_at": one.ended_at,
        }
        for one in messages
    ]
    if door.as_json:
        door.printer.document({"causes": open_rows, "messages": message_rows})
        return
    door.show(Answer("causes", _CAUSES, open_rows, nothing="Nothing is wrong."))
    door.say("")
    door.show(Answer("messages", _MESSAGES, message_rows, nothing="No message was ever written."))


def send_trials(
    door: Door,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="Only to them.")] = None,
) -> None:
    """Send a test message to everybody, or to one person, and say what came out.

    It goes out at once, also in their quiet time. The addresses are those of this machine.
    """
    from storage.inventory import InventoryStore
    from workers.notify.trying import try_addresses

    with door.engine() as engine:
        people = InventoryStore(engine).people()
    chosen = [one for one in people if to in (None, one.name)]
    if to is not None and not chosen:
        raise UnknownName(
            f"Nobody is called {to!r} in `notify:`",
            advice="See `notify:` in danga.yaml, and `danga apply` it.",
        )
    rows = [
        {
            "person": one.person,
            "target": one.target,
            "result": "ok" if one.arrived else "FAIL",
            "detail": one.detail,
        }
        for one in try_addresses(door.settings, chosen)
    ]
    nothing = "Nobody is to be told: name people in `notify:` of danga.yaml, and `danga apply` it."
    door.show(Answer("tried", _TRIED, rows, nothing=nothing))
    if not rows or any(row["result"] != "ok" for row in rows):
        raise amiss()
