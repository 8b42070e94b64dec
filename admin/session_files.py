"""`danga session import` and `export`: sessions come in from files, and go out for debugging."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.failures import exit_of_verdict
from admin.login_commands import LoginArgument
from admin.new_file import write_new
from admin.output import Answer, warn
from domain.audit import Deed, person
from domain.clock import SystemClock
from domain.errors import BadInput, Fault
from workers.settings import who_asks

if TYPE_CHECKING:
    from storage.session_import import ImportedSession
    from workers.house import House
    from workers.importing import Saved

_MOST_BYTES = 16 * 1024 * 1024
_COOKIES = {"name": "cookie", "domain": "host", "ends_at": "ends"}
_EXPORT_WARNING = (
    "Whoever has this file is signed in as this login, without its password. It is no backup, and "
    "two who use it sign each other out. Delete it when you are done."
)
FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A Playwright state, a cookies.txt, JSON of Cookie-Editor or EditThisCookie, a pickle "
        "of Selenium's get_cookies().",
    ),
]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `danga session`."""
    lines = (
        "danga session import kim cookies.txt --dry-run",
        "danga session import kim state.json --yes",
    )
    command(group, "import", epilog=examples(*lines))(import_session)
    line = "danga session export kim --to /tmp/kim.json"
    command(group, "export", epilog=examples(line))(export)


def import_session(
    door: Door,
    login: LoginArgument,
    file: FileArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only.")] = False,
    no_probe: Annotated[
        bool, typer.Option("--no-probe", help="Save unproved: the next visit proves it.")
    ] = False,
) -> None:
    """Import a session that was made elsewhere; the format is seen by the content.

    Shows which cookies FILE holds, for which hosts, until when, never a value; asks; asks the
    site through the login's proxy whether it is signed in; then saves. Only what belongs to the
    login's sites is taken. Exit code 3 where the site does not know it, 4 where
    nothing was proved and the login is active: then nothing was saved.
    """
    from storage.logins import LoginBook
    from storage.session_import import read_session_file
    from workers.house import House
    from workers.importing import import_proved, import_unproved

    data = _read(file)
    door.folder.state.mkdir(exist_ok=True)
    with House.open(door.settings) as house:
        sites = [house.site(name) for name in LoginBook(house.engine).still_open(login).sites]
        hosts = frozenset().union(*(site.hosts for site in sites))
        imported = read_session_file(data, file.name, hosts, SystemClock().now())
        summary = _summary(house, login, imported)
        if not door.as_json:
            _show(door, summary)
        saved = None
        if not dry_run and (yes or _agreed(door)):
            bring_in = import_unproved if no_probe else import_proved
            saved = bring_in(house, login, imported.session, person(who_asks()))
    _tell(door, summary, saved)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(Fault(str(file), f"cannot be read: {error.strerror}")) from None
    if len(data) > _MOST_BYTES:
        raise BadInput(Fault(str(file), f"is larger than {_MOST_BYTES // 1024 // 1024} MiB"))
    return data


def _summary(house: House, login: str, imported: ImportedSession) -> dict[str, Any]:
    """Return what a person should see before anything is saved."""
    summary = imported.summary
    made_by = imported.session.user_agent
    return {
        "login": login,
        "format": imported.format,
        "cookies": [
            {"name": one.name, "domain": one.domain, "ends_at": one.ends_at}
            for one in summary.cookies
        ],
        "origins": list(summary.origins),
        "ends_at": summary.ends_at,
        "left_out": [f"{out.what} of {out.host}: {out.why}" for out in imported.left_out],
        "user_agent": made_by,
        "warnings": _warnings(house, made_by),
    }


def _warnings(house: House, made_by: str | None) -> list[str]:
    """Say what may make a good session fail here; only a file that names its browser can tell."""
    if made_by is None:
        return []
    with house.browser() as browser:
        ours = browser.user_agent()
    if made_by == ours:
        return []
    return [
        f"It was made by another browser ({made_by}) than visits it ({ours}): a site that binds "
        "sessions to it will sign it out."
    ]


def _show(door: Door, summary: dict[str, Any]) -> None:
    door.show(Answer("cookies", _COOKIES, summary["cookies"], nothing="No cookies."))
    for origin in summary["origins"]:
        door.say(f"Local storage of {origin}")
    for left_out in summary["left_out"]:
        door.say(f"Left out: {left_out}")
    for warning in summary["warnings"]:
        door.say(f"Warning: {warning}")


def _agreed(door: Door) -> bool:
    if door.as_json or not sys.stdin.isatty():
        raise BadInput(
            Fault("danga session import", "nobody to ask whether to save it"),
            advice="Look at it with --dry-run, then say --yes.",
        )
    return typer.confirm("Save it?")


def _tell(door: Door, summary: dict[str, Any], saved: Saved | None) -> None:
    proof = saved.proof if saved else None
    outcome = {
        "version": saved.version if saved else None,
        "state": saved.state if saved else None,
        "verdict": proof.kind if proof else None,
        "detail": proof.detail if proof else None,
    }
    if door.as_json:
        door.printer.document({**summary, **outcome})
    elif saved is None:
        door.say("Nothing was saved.")
    else:
        door.printer.record({"login": summary["login"], **outcome})
    if proof is not None:
        raise typer.Exit(int(exit_of_verdict(proof)))


def export(
    door: Door,
    login: LoginArgument,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="A new file, mode 600.")],
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="An earlier one.")
    ] = None,
) -> None:
    """Write LOGIN's session to a new file, as a Playwright storage state, for debugging.

    The file is a key to the login: the audit says who took it.
    """
    from storage.audit import AuditBook
    from storage.logins import LoginBook
    from storage.session_vault import SessionVault
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        found = LoginBook(engine).get(login)
        saved = SessionVault(engine, keyring).load(found.id, version)
        if saved is None:
            what = "has no saved session" if version is None else f"has no version {version}"
            raise BadInput(Fault(login, what), advice=f"See `danga session show {login}`.")
        session = saved.session
        state = {"cookies": session.cookies, "origins": session.origins}
        if session.user_agent:
            state["userAgent"] = session.user_agent  # type: ignore[assignment]
        # Noted before anybody has it: a file that could not be written is a line too many.
        detail = {"version": saved.version, "to": str(to.absolute())}
        deed = Deed("session.export", f"login {login}", detail=detail)
        AuditBook(engine).note(person(who_asks()), deed)
    write_new(to, json.dumps(state, ensure_ascii=False, indent=1).encode())
    door.printer.record(
        {
            "login": login,
            "version": saved.version,
            "written": to,
            "cookies": len(session.cookies),
            "left_out": [f"session storage of {origin}" for origin in session.session_storage],
        }
    )
    warn(_EXPORT_WARNING)
