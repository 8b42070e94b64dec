"""`danga login`: the identities on the sites, and their passwords."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer, Row
from domain.audit import person
from domain.errors import BadInput, Fault
from domain.inventory import ProxyWish
from domain.session import SessionState
from domain.sign_in import SignInKind
from domain.verdict import VerdictKind
from workers.settings import who_asks

if TYPE_CHECKING:
    from storage.logins import LoginRecord

LoginArgument = Annotated[str, typer.Argument(metavar="LOGIN", help="A name of `login list`.")]
_COLUMNS = {
    "name": "login",
    "sites": "sites",
    "username": "user name",
    "credentials": "password",
    "proxy": "proxy",
    "state": "session",
    "since": "since",
    "reason": "because",
}
_LONGEST = 1024


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The identities on the sites.")
    app.add_typer(group, name="login")
    command(group, "list", epilog=examples("danga login list", "danga login list --json"))(
        list_logins
    )
    lines = ("danga login password kim", "pass show kim | danga login password kim")
    command(group, "password", epilog=examples(*lines))(password)
    command(group, "disable", epilog=examples("danga login disable kim --reason 'on leave'"))(
        disable
    )
    command(group, "enable", epilog=examples("danga login enable kim"))(enable)


def list_logins(door: Door) -> None:
    """List the logins with their session's state."""
    from storage.logins import LoginBook

    with door.engine() as engine:
        rows = [_row(login) for login in LoginBook(engine).all()]
    door.show(Answer("logins", _COLUMNS, rows, nothing="No logins: declare them in danga.yaml."))


def _row(login: LoginRecord) -> Row:
    return {
        "name": login.name,
        "sites": list(login.sites),
        "username": login.username,
        "credentials": login.credential_source or "none",
        "proxy": _proxy(login.proxy),
        "state": login.state,
        "since": login.state_since,
        "reason": login.state_reason or None,
    }


def _proxy(wish: ProxyWish | None) -> str:
    if wish is None:
        return "direct"
    chosen = f"id {wish.id}" if wish.id else f"label {wish.label}" if wish.label else "any"
    return f"{chosen}, else direct" if wish.direct_allowed else chosen


def password(door: Door, login: LoginArgument) -> None:
    """Store the password of LOGIN, encrypted; asked for, or read from stdin.

    It is stored under a key of its own and handed to nothing but the site's sign-in form. A
    login that waits because its password was refused goes on with the new one.
    """
    from storage.credential_store import CredentialStore
    from storage.logins import LoginBook
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        logins = LoginBook(engine)
        known = logins.still_open(login)
        store = CredentialStore(engine, keyring, door.settings.environment)
        store.keep_password(known.id, _asked(), door.person)
        if known.state is SessionState.NEEDS_HUMAN and _was_refused(known.state_reason):
            why = "a new password was entered"
            logins.set_state(known.id, SessionState.SUSPECT, person(who_asks()), why)
    door.printer.record({"login": login, "stored": True})


ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; for the audit.")]


def disable(door: Door, login: LoginArgument, reason: ReasonOption = "") -> None:
    """Switch LOGIN off: its visits wait until somebody switches it on again.

    A visit that is under way is brought to its end.
    """
    from storage.logins import LoginBook

    who = person(who_asks())
    why = f"switched off by {who.name}" + (f": {reason}" if reason else "")
    with door.engine() as engine:
        logins = LoginBook(engine)
        logins.set_state(logins.get(login).id, SessionState.DISABLED, who, why)
        _show_state(door, logins.get(login))


def enable(door: Door, login: LoginArgument, reason: ReasonOption = "") -> None:
    """Let LOGIN go on, which was switched off or is contested.

    Its next visit proves its session.
    """
    from storage.logins import LoginBook
    from storage.sign_ins import SignInBook
    from storage.visit_schedule import VisitSchedule

    who = person(who_asks())
    why = f"switched on by {who.name}" + (f": {reason}" if reason else "")
    with door.engine() as engine:
        logins = LoginBook(engine)
        known = logins.get(login)
        if not logins.enable(known.id, who, why):
            raise BadInput(
                Fault(login, f"is neither switched off nor contested: it is {known.state}"),
                advice=f"Run `danga session refresh {login}` where it waits for a person.",
            )
        SignInBook(engine).by_person(known.id, SignInKind.CLEARED, who, door.clock.now())
        VisitSchedule(engine).wake(known.id)
        _show_state(door, logins.get(login))


def _show_state(door: Door, login: LoginRecord) -> None:
    door.printer.record({"login": login.name, "state": login.state, "reason": login.state_reason})


def _was_refused(reason: str) -> bool:
    """Whether a person is waited for because of the password, and not of a captcha."""
    return reason.startswith(VerdictKind.BAD_CREDENTIALS) or "no password" in reason


def _asked() -> str:
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer
    line = sys.stdin.readline(_LONGEST + 2).rstrip("\r\n")
    if not line or len(line) > _LONGEST:
        what = "holds no password" if not line else f"holds more than {_LONGEST} characters"
        raise BadInput(Fault("stdin", f"its first line {what}"))
    return line
