"""`danga session`: the sessions in the vault, and how one made elsewhere comes in."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin import vault_commands
from admin.door import Door, command
from admin.examples import examples
from admin.failures import exit_of_verdict
from admin.login_commands import LoginArgument
from admin.output import Answer
from domain.audit import person
from domain.clock import SystemClock
from domain.errors import BadInput, Fault
from domain.session import SessionState
from workers.settings import Settings, has_display, who_asks

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.logins import LoginRecord
    from storage.session_import import ImportedSession
    from storage.session_vault import SessionVersion

_MOST_BYTES = 16 * 1024 * 1024
_LEASE_SECONDS = 60.0
_COLUMNS = {
    "login": "login",
    "state": "session",
    "since": "since",
    "reason": "because",
    "signed_in_at": "signed in",
    "age": "age",
    "alive_at": "last read",
    "ends_at": "expected end",
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
    command(group, "refresh", epilog=examples("danga session refresh kim --minutes 5"))(refresh)
    lines = ("danga session import kim cookies.pkl", "danga session import kim state.json")
    command(group, "import", epilog=examples(*lines))(import_session)
    vault_commands.add_to(group)


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
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, max=120, help="How long the window waits.")
    ] = 10.0,
) -> None:
    """Open a visible browser in which you sign LOGIN in; its visits then go on by themselves.

    It goes through the login's own proxy, and the session counts only when the browser of the
    visits is signed in with it. Exit code 3 where nobody signed in.
    """
    from workers.house import House
    from workers.refreshing import Person
    from workers.refreshing import refresh as sign_in

    if not has_display():
        raise BadInput(
            Fault("display", "there is none here: a window cannot be opened"),
            advice=f"Sign in elsewhere and run `danga session import {login} FILE` here.",
        )
    door.folder.state.mkdir(exist_ok=True)
    with House.open(door.settings) as house:
        door.say(f"Sign {login} in at the window within {minutes:g} minutes; it closes itself.")
        verdict = sign_in(house, login, Person(who_asks(), minutes), house.window).verdict
    door.printer.record({"login": login, "verdict": verdict.kind, "detail": verdict.detail})
    raise typer.Exit(int(exit_of_verdict(verdict)))


def import_session(
    door: Door,
    login: LoginArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A pickle of Selenium's get_cookies(), or JSON.")
    ],
) -> None:
    """Import a session that was made elsewhere: cookies of Selenium, or a Playwright state.

    Only what belongs to the login's sites is taken. The next visit proves it.
    """
    from storage.logins import LoginBook
    from storage.session_import import read_session_file

    data = _read(file)
    with door.engine() as engine:
        found = LoginBook(engine).get(login)
        hosts = _hosts(door.settings, engine, found.sites)
        imported = read_session_file(data, file.name, hosts, SystemClock().now())
        version = _save(door, engine, found.id, imported)
    door.printer.record(
        {
            "login": login,
            "format": imported.format,
            "version": version,
            "cookies": len(imported.session.cookies),
            "ends_at": imported.summary.ends_at,
            "left_out": [f"{out.what} of {out.host}: {out.why}" for out in imported.left_out],
        }
    )


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(Fault(str(file), f"cannot be read: {error.strerror}")) from None
    if len(data) > _MOST_BYTES:
        raise BadInput(Fault(str(file), f"is larger than {_MOST_BYTES // 1024 // 1024} MiB"))
    return data


def _hosts(settings: Settings, engine: Engine, sites: tuple[str, ...]) -> frozenset[str]:
    """Return the hosts of the login's sites: only they may receive these cookies."""
    from crawler.site_loader import load_site
    from storage.sites import SiteBook

    policies = {name: SiteBook(engine).get(name).policy for name in sites}
    loaded = (
        load_site(name, policy.site_class, policy.base_url, settings.workspace)
        for name, policy in policies.items()
    )
    return frozenset().union(*(site.hosts for site in loaded))


def _save(door: Door, engine: Engine, login_id: int, imported: ImportedSession) -> int:
    """Save under the login's lease, so that no visit works with the login meanwhile."""
    from storage.leases import LeaseBook
    from storage.logins import LoginBook
    from storage.session_vault import SessionVault
    from workers.keys import open_keyring

    by = who_asks()
    vault = SessionVault(engine, open_keyring(door.settings))
    holder = f"{by} on {socket.gethostname()}:{os.getpid()}"
    with LeaseBook(engine).hold(login_id, holder, "import", _LEASE_SECONDS) as lease:
        newest = vault.newest_version(login_id)
        version = vault.save(login_id, imported.session, newest, f"import by {by}", lease.token)
        logins = LoginBook(engine)
        logins.begun(login_id)
        logins.set_state(login_id, SessionState.SUSPECT, person(by), f"imported by {by}")
    return version
