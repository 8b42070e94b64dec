"""`danga session check`: do the sessions live?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from admin.collect_commands import PatienceOption, code_of, house_of, visit_now
from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer, Row, warn
from domain.errors import BadInput, Fault
from domain.session import ENDS_SOON, ends_soon
from domain.visit import VisitKind

if TYPE_CHECKING:
    from storage.visit_record import VisitRecord
    from workers.house import House

_COLUMNS = {
    "login": "login",
    "state": "session",
    "verdict": "verdict",
    "alive_at": "last read",
    "ends_at": "expected end",
    "requests": "requests",
    "reason": "because",
}


def add_to(group: typer.Typer) -> None:
    """Add the command to `danga session`."""
    lines = ("danga session check kim", "danga session check --all")
    command(group, "check", epilog=examples(*lines))(check)


def check(
    door: Door,
    logins: Annotated[
        list[str] | None, typer.Argument(metavar="[LOGIN]...", help="Names of `login list`.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All logins.")] = False,
    patience: PatienceOption = 600.0,
) -> None:
    """Ask each site for its lobby, within the budgets, and say whether the sessions live.

    A session that is over is signed in anew where a visit would. A login that waits for a person
    is not asked. Exit codes as of `danga collect`.
    """
    if bool(logins) == every:
        what = "names no login" if not logins else "names logins and --all"
        raise BadInput(Fault("session check", what, "name some, or say --all"))
    with house_of(door) as house:
        records = visit_now(door, house, logins, VisitKind.PROBE, None, patience)
        rows = [_row(house, record) for record in records]
        code = code_of(house, records)
    hours = ENDS_SOON.total_seconds() / 3600
    for row in rows:
        if row["ends_soon"]:
            step = f"danga session refresh {row['login']}"
            warn(f"The session of {row['login']} ends within {hours:.0f} hours.\n  -> {step}")
    door.show(Answer("sessions", _COLUMNS, rows))
    raise typer.Exit(int(code))


def _row(house: House, record: VisitRecord) -> Row:
    from storage.logins import LoginBook

    login = LoginBook(house.engine).with_id(record.login_id)
    ends_at = house.vault.ends_at(login.id)
    return {
        "login": login.name,
        "state": login.state,
        "reason": login.state_reason or None,
        "alive_at": login.alive_at,
        "ends_at": ends_at,
        "ends_soon": ends_soon(ends_at, datetime.now(UTC)),
        "visit": record.id,
        "visit_state": record.state,
        "verdict": record.verdict,
        "detail": record.detail or None,
        "requests": record.requests,
    }
