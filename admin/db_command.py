"""`danga db`: the database's tables, their size, and the move to a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.db_copy_command import copy
from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer
from domain.audit import Deed
from domain.business_day import BusinessDay
from domain.errors import BadInput, Fault

if TYPE_CHECKING:
    from storage.old_costs import OldCosts
    from storage.pruning import OldMonth

_COLUMNS = {"what": "what", "month": "month", "rows": "rows", "mib": "MiB", "fate": ""}
_FEWEST_MONTHS = 3


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The database's tables.")
    app.add_typer(group, name="db")
    command(group, "upgrade", epilog=examples("danga db upgrade"))(upgrade)
    pruning = ("danga db prune", "danga db prune --older-than 38", "danga db prune --yes")
    command(group, "prune", epilog=examples(*pruning))(prune)
    copying = (
        "danga db copy --to env:NEW_DATABASE_URL",
        "danga db copy --to mysql://danga@db/danga",
    )
    command(group, "copy", epilog=examples(*copying))(copy)
    reading = ("danga db reader bi", "danga db reader bi --host 10.0.0.5 | sudo mariadb")
    command(group, "reader", epilog=examples(*reading))(reader)


def upgrade(door: Door) -> None:
    """Bring the tables to this program's revision; harmless to run again.

    Months of readings are made ahead, and the views for BI brought up to date.
    """
    from storage import revision, schema
    from storage.audit import AuditBook

    with door.bare_engine() as engine:
        before = revision.current(engine)
        schema.upgrade(engine, door.settings.zone)
        after = revision.current(engine)
        if before != after:
            told = {"before": before, "after": after}
            AuditBook(engine).note(door.person, Deed("db.upgrade", "database", detail=told))
    door.printer.record({"before": before, "after": after, "changed": before != after})


def prune(
    door: Door,
    older_than: Annotated[
        int | None,
        typer.Option(
            "--older-than",
            metavar="MONTHS",
            min=_FEWEST_MONTHS,
            help="Whole months of readings that are kept. Default: DANGA_KEEP_READINGS_MONTHS.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; without, show only.")] = False,
) -> None:
    """Show which old readings, unit costs and records may go, and with --yes let them go.

    A month of readings goes whole, and only when each of its dates has its final figure; what
    was computed from it stays. Of unit costs only generations go that a rebuild has replaced
    (DANGA_KEEP_GENERATIONS_DAYS), none of a closed month. Old visits, sign-ins, links, messages,
    past causes and last pages of days go too, as they do once a day by themselves.
    """
    from storage.old_costs import forget_old_costs, old_costs
    from storage.pruning import old_months
    from storage.pruning import prune as let_go
    from storage.sweeping import count_old, sweep
    from workers.house import House
    from workers.upkeep import first_kept, old_records

    with House.open(door.settings) as house:
        now = door.clock.now()
        kept = older_than or door.settings.keep_readings_months
        months = old_months(house.engine, first_kept(house, now, kept))
        costs = old_costs(house.engine, now - timedelta(days=door.settings.keep_generations_days))
        before = old_records(house, now)
        records = count_old(house.engine, before)
        if yes:
            let_go(house.engine, months, door.person)
            wall = BusinessDay(door.settings.zone)
            forget_old_costs(house.engine, costs, wall, door.person)
            records = sweep(house.engine, before, most=100_000)
    rows = [_month(one, yes) for one in months]
    rows += _costs(costs, yes)
    rows += [_record(*one, yes) for one in records.items()]
    if door.as_json:
        door.printer.document({"old": rows, "done": yes})
        return
    door.show(Answer("old", _COLUMNS, rows, nothing="Nothing is older than it is kept."))
    if rows and not yes:
        door.say("\nNothing was changed. `danga db prune --yes` does it.")


def _month(one: OldMonth, done: bool) -> dict[str, Any]:
    fate = one.kept_because and f"stays: {one.kept_because}"
    return {
        "what": "reading",
        "month": f"{one.month:%Y-%m}",
        "rows": one.rows,
        "mib": None if one.bytes is None else round(one.bytes / 2**20),
        "goes": not one.kept_because,
        "fate": fate or _gone(done),
    }


def _costs(found: Sequence[OldCosts], done: bool) -> Iterator[dict[str, Any]]:
    for month, some in groupby(found, key=lambda one: one.month):
        rows = sum(one.rows for one in some)
        yield _record("unit costs that were replaced", rows, done) | {"month": str(month)}


def _record(name: str, rows: int, done: bool) -> dict[str, Any]:
    return {
        "what": name,
        "month": None,
        "rows": rows,
        "mib": None,
        "goes": True,
        "fate": _gone(done),
    }


def _gone(done: bool) -> str:
    return "gone" if done else "would go"


def reader(
    door: Door,
    user: Annotated[str, typer.Argument(metavar="USER", help="The name of the new user.")],
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="From where it may come; % is anywhere.")
    ] = "%",
) -> None:
    """Print the SQL that makes a user who may read the views for BI, and nothing else.

    For an administrator of the server: Danga's own user makes no users. The account stays locked
    until it is given a password.
    """
    from sqlalchemy.engine import make_url

    from storage.views import reader_statements

    url = make_url(door.settings.database)
    if url.get_backend_name() == "sqlite" or not url.database:
        raise BadInput(
            Fault("danga db reader", "SQLite knows no users"),
            advice="Whoever may read the file may read the views; a server has users.",
        )
    statements = reader_statements(url.database, user, host)
    if door.as_json:
        door.printer.document({"statements": list(statements)})
        return
    for statement in statements:
        typer.echo(f"{statement};")
    typer.echo(f"-- Then: ALTER USER '{user}'@'{host}' IDENTIFIED BY '...' ACCOUNT UNLOCK;")
