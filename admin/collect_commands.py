"""`danga collect` and `danga entity discover`: visit now, once, what one asks for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.failures import Exit
from admin.moments import date_of
from admin.output import Answer, Row, warn
from domain.audit import Deed
from domain.errors import BadInput, Fault
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState

if TYPE_CHECKING:
    from storage.logins import LoginRecord
    from storage.visit_record import VisitRecord
    from workers.house import House

LoginsOption = Annotated[
    list[str] | None,
    typer.Option("--login", metavar="LOGIN", help="Only this one; may be said again."),
]
PatienceOption = Annotated[
    float,
    typer.Option("--patience", min=0, metavar="SECONDS", help="How long to wait for the budget."),
]
_COLUMNS = {
    "login": "login",
    "state": "state",
    "verdict": "verdict",
    "pages_read": "read",
    "pages_failed": "failed",
    "readings": "readings",
    "requests": "requests",
    "detail": "detail",
}
_KEYS = ("id", *_COLUMNS, "kind", "planned_at", "business_date", "attempts", "bytes_received")
_ENDED = frozenset({VisitState.DONE, VisitState.PARTIAL, VisitState.FAILED})
_FOUND = {
    "account": "account",
    "name": "name",
    "login": "login",
    "declared": "declared",
    "entities": "listed",
}


def add_to(app: typer.Typer, entity: typer.Typer) -> None:
    """Add `collect` to the program and `discover` to its group `entity`."""
    shown = ("danga collect", "danga collect --login kim", "danga collect --day 2026-03-02")
    command(app, "collect", epilog=examples(*shown))(collect)
    listed = examples("danga entity discover", "danga entity discover --login kim")
    command(entity, "discover", epilog=listed)(discover)


def collect(
    door: Door,
    login: LoginsOption = None,
    day: Annotated[
        str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="A past business date.")
    ] = None,
    patience: PatienceOption = 600.0,
) -> None:
    """Read now, once, within the same budgets as always; unit costs follow at once.

    Where `danga up` or a worker lives, it makes the visits. Exit code 3: a person is needed;
    4: some visits have to wait; 5: for Redis or a browser; 1: some pages were not read.
    """
    past = None if day is None else date_of(day, "--day")
    kind = VisitKind.REGULAR if past is None else VisitKind.PAST_DAY
    with house_of(door) as house:
        records = visit_now(door, house, login, kind, past, patience)
        code = code_of(house, records)
    _show(door, records)
    raise typer.Exit(int(code))


def discover(door: Door, login: LoginsOption = None, patience: PatienceOption = 600.0) -> None:
    """List what the logins can see: accounts to declare, and what is listed in them."""
    with house_of(door) as house:
        records = visit_now(door, house, login, VisitKind.DISCOVER, None, patience)
        code = code_of(house, records)
        rows = list(_found(house, {record.login_id: record.login for record in records}))
    visits = [_row(record) for record in records]
    if door.as_json:
        door.printer.document({"visits": visits, "accounts": rows})
    else:
        door.show(Answer("accounts", _FOUND, rows, nothing="No account was listed."))
        _suggest(door, rows)
        if code is not Exit.OK:
            door.show(Answer("visits", _COLUMNS, visits))
    raise typer.Exit(int(code))


def _suggest(door: Door, rows: Sequence[Row]) -> None:
    undeclared = [row for row in rows if not row["declared"]]
    if undeclared:
        door.say("\nTo measure more of them, add to `accounts:` in danga.yaml:")
    for row in undeclared:
        site, _, external_id = row["account"].partition("/")
        door.say(f'  - {{site: {site}, id: "{external_id}", login: {row["login"]}}}')


@contextmanager
def house_of(door: Door) -> Iterator[House]:
    """Open everything that a visit needs."""
    from workers.house import House

    folder = door.folder
    with House.open(door.settings) as house:
        folder.state.mkdir(exist_ok=True)
        yield house


def visit_now(
    door: Door,
    house: House,
    names: Sequence[str] | None,
    kind: VisitKind,
    day: date | None,
    patience: float,
) -> tuple[VisitRecord, ...]:
    """Visit the logins called `names`, or all, and return how it ended; it is in the audit."""
    from storage.audit import AuditBook
    from workers.collecting import Wish, collect

    logins = _logins(house, names)
    if day is not None:
        _require_shown(house, logins, day)
    wish = Wish(logins, kind, day, patience)
    told = {"kind": kind, "day": None if day is None else day.isoformat()}
    for one in logins:
        AuditBook(house.engine).note(door.person, Deed("visit.ask", f"login {one.name}", "", told))
    with _progress(door) as tell:
        return collect(house, wish, tell)


def _logins(house: House, names: Sequence[str] | None) -> tuple[LoginRecord, ...]:
    from storage.logins import LoginBook

    book = LoginBook(house.engine)
    logins = book.all() if not names else tuple(book.get(name) for name in names)
    if not logins:
        raise BadInput(
            Fault("logins", "none are declared"),
            advice="Declare one in danga.yaml and run `danga apply`.",
        )
    return logins


def _require_shown(house: House, logins: Sequence[LoginRecord], day: date) -> None:
    from workers.wanted_days import sites_showing

    now = house.clock.now()
    if not any(sites_showing(house, login, day, now) for login in logins):
        names = ", ".join(sorted({site for login in logins for site in login.sites}))
        cure = "`past_days` of a site class says how far back its pages go"
        raise BadInput(Fault("--day", f"no page of {names} shows {day}", cure))


@contextmanager
def _progress(door: Door) -> Iterator[Callable[[Sequence[VisitRecord]], None]]:
    """Say on a terminal how far it is; programs and pipes see nothing of it."""
    if door.as_json or not sys.stderr.isatty():
        yield lambda _records: None
        return
    from rich.console import Console

    with Console(stderr=True).status("visiting ...") as status:
        yield lambda records: status.update(" · ".join(map(_brief, records)))


def _brief(record: VisitRecord) -> str:
    return f"{record.login} {record.state} {record.pages_read} pages {record.requests} requests"


def code_of(house: House, records: Sequence[VisitRecord]) -> Exit:
    """The worst of what is left to be done: by a person, here, later, or by looking at a page."""
    from storage.logins import LoginBook
    from storage.site_halts import HaltBook

    waits = [login for login in LoginBook(house.engine).all() if login.waits]
    waiting = [one for one in waits if one.id in {record.login_id for record in records}]
    for login in waiting:
        next_step = f"danga session refresh {login.name}"
        warn(f"{login.name} waits for a person ({login.state_reason}).\n  -> {next_step}")
    for halt in HaltBook(house.engine).all():
        warn(f"{halt}\n  -> danga site resume {halt.site}")
    if waiting:
        return Exit.NEEDS_HUMAN
    later = [record for record in records if record.state not in _ENDED]
    if any(record.verdict is VerdictKind.OURS for record in later):
        warn("It is ours to mend, and the visits wait meanwhile.\n  -> danga doctor")
        return Exit.UNAVAILABLE
    done = all(record.state is VisitState.DONE for record in records)
    return Exit.LATER if later else Exit.OK if done else Exit.AMISS


def _show(door: Door, records: Sequence[VisitRecord]) -> None:
    door.show(Answer("visits", _COLUMNS, [_row(record) for record in records]))


def _row(record: VisitRecord) -> Row:
    return {key: None if (value := getattr(record, key)) == "" else value for key in _KEYS}


def _found(house: House, logins: dict[int, str]) -> Iterator[Row]:
    """Yield the accounts that these logins can see, with the number of entities listed."""
    from storage.accounts import AccountBook
    from storage.entities import EntityBook

    listed = [(one.key.site, one.key.account) for one in EntityBook(house.engine).all()]
    for seen in AccountBook(house.engine).sightings():
        if seen.login_id in logins:
            key = seen.account.key
            yield {
                "account": str(key),
                "name": seen.account.shown_name,
                "login": logins[seen.login_id],
                "declared": seen.declared,
                "entities": listed.count((key.site, key.external_id)),
            }
