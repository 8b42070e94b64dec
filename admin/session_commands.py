"""`danga session`: the sessions in the vault, and how one made elsewhere comes in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin import check_command, session_files, vault_commands
from admin.door import Door, command
from admin.examples import examples
from admin.failures import exit_of_verdict
from admin.login_commands import LoginArgument
from admin.output import Answer, warn
from domain.errors import BadInput, Fault
from domain.session import ends_soon
from workers.settings import has_display, who_asks

if TYPE_CHECKING:
    from storage.logins import LoginRecord
    from storage.session_vault import SessionVersion
    from workers.house import House
    from workers.refreshing import Proof

_REFRESH = ("danga session refresh kim --minutes 5", "danga session refresh kim --window")
_COLUMNS = {
    "login": "login",
    "state": "session",
    "since": "since",
    "reason": "because",
    "signed_in_at": "signed in",
    "age": "age",
    "alive_at": "last read",
    "ends_at": "expected end",
    "ends_soon": "soon",
    "version": "version",
    "saved_at": "saved",
    "saved_by": "by",
}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The saved sessions of the logins.")
    app.add_typer(group, name="session")
    command(group, "list", epilog=examples("danga session list"))(list_sessions)
    command(group, "show", epilog=examples("danga session show kim"))(show)
    command(group, "refresh", epilog=examples(*_REFRESH))(refresh)
    session_files.add_to(group)
    vault_commands.add_to(group)
    check_command.add_to(group)


def list_sessions(door: Door) -> None:
    """List where each login's session stands and what the vault holds of it."""
    from storage.logins import LoginBook
    from storage.session_vault import SessionVault
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        vault = SessionVault(engine, keyring)
        logins = LoginBook(engine).all()
        newest = [next(iter(vault.versions(login.id)), None) for login in logins]
    rows = [_row(login, saved) for login, saved in zip(logins, newest, strict=True)]
    door.show(Answer("sessions", _COLUMNS, rows, nothing="No logins: declare them in danga.yaml."))


def _row(login: LoginRecord, saved: SessionVersion | None) -> dict[str, Any]:
    """Return where a login stands and what the vault holds; `saved` None: nothing."""
    return {
        **_standing(login, saved),
        "version": saved.version if saved else None,
        "saved_at": saved.created_at if saved else None,
        "saved_by": saved.saved_by if saved else None,
    }


def _standing(login: LoginRecord, saved: SessionVersion | None) -> dict[str, Any]:
    return {
        "login": login.name,
        "state": login.state,
        "since": login.state_since,
        "reason": login.state_reason or None,
        "signed_in_at": login.signed_in_at,
        "age": _age(login.signed_in_at),
        "alive_at": login.alive_at,
        "ends_at": saved.ends_at if saved else None,
        "ends_soon": ends_soon(saved.ends_at if saved else None, datetime.now(UTC)),
    }


def _age(since: datetime | None) -> str | None:
    """Return how long ago it was: `3 d 4 h`, `2 h 5 min`."""
    if since is None:
        return None
    minutes = max(int((datetime.now(UTC) - since).total_seconds()) // 60, 0)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"


def show(
    door: Door,
    login: LoginArgument,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="An earlier one.")
    ] = None,
) -> None:
    """Show where LOGIN's session stands, and names, hosts and ends of its cookies.

    No value of a cookie is ever shown.
    """
    from storage.logins import LoginBook
    from storage.session_vault import SessionVault
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        found = LoginBook(engine).get(login)
        vault = SessionVault(engine, keyring)
        summary = vault.summary(found.id, version)
        kept = vault.versions(found.id)
        versions = [one.version for one in kept]
    if summary is None:
        what = "has no saved session" if version is None else f"has no version {version}"
        raise BadInput(
            Fault(login, what, f"kept: {versions}" if versions else ""),
            advice=f"Run `danga session import {login} FILE`, or let a visit sign in.",
        )
    cookies = [
        {"name": one.name, "domain": one.domain, "ends_at": one.ends_at} for one in summary.cookies
    ]
    fields: dict[str, Any] = {
        **_standing(found, next(iter(kept), None)),
        "versions": versions,
        "user_agent": summary.user_agent,
        "origins": list(summary.origins),
    }
    if door.as_json:
        door.printer.document({**fields, "cookies": cookies})
        return
    door.printer.record(fields)
    columns = {"name": "cookie", "domain": "host", "ends_at": "ends"}
    door.show(Answer("cookies", columns, cookies, nothing="No cookies."))


def refresh(
    door: Door,
    login: LoginArgument,
    remote: Annotated[
        bool,
        typer.Option(
            "--remote/--window", help="A link to open anywhere, or a window on this screen."
        ),
    ] = True,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, max=120, help="How long it waits for you.")
    ] = 10.0,
) -> None:
    """Sign LOGIN in yourself; its visits then go on by themselves.

    Prints a one-time link to a page that shows the login's own browser, through its own proxy, on
    any computer or phone that reaches DANGA_REMOTE_PUBLIC_URL (else only on this machine). The
    session counts only when the browser of the visits is signed in with it. Exit code 3 where
    nobody signed in.
    """
    from workers.house import House

    if not remote:
        _require_display(login)
    door.folder.state.mkdir(exist_ok=True)
    with House.open(door.settings) as house:
        proof = (_afar if remote else _at_window)(door, house, login, minutes)
    verdict = proof.verdict
    fields = {"login": login, "verdict": verdict.kind, "detail": verdict.detail}
    door.printer.record({**fields, "accounts": list(proof.accounts)})
    raise typer.Exit(int(exit_of_verdict(verdict)))


def _afar(door: Door, house: House, login: str, minutes: float) -> Proof:
    from workers.remote.serving import Asked, sign_in_afar

    def tell(link: str) -> None:
        warn(f"Open within {minutes:g} minutes, on a computer or a phone, and sign {login} in:")
        warn(f"  {link}")
        if not door.settings.remote.is_public:
            warn("  (on this machine only: docs/remote-sign-in.md says how to open it to others)")

    return sign_in_afar(house, login, Asked(who_asks(), minutes), tell)


def _at_window(door: Door, house: House, login: str, minutes: float) -> Proof:
    from workers.refreshing import Person
    from workers.refreshing import refresh as sign_in

    door.say(f"Sign {login} in at the window within {minutes:g} minutes; it closes itself.")
    return sign_in(house, login, Person(who_asks(), minutes), house.window)


def _require_display(login: str) -> None:
    if not has_display():
        raise BadInput(
            Fault("display", "there is none here: a window cannot be opened"),
            advice=f"Run `danga session refresh {login}` without --window: a link needs none.",
        )
