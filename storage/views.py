"""Views with stable names, for BI tools and people who speak SQL.

They are made anew by every `danga db upgrade`: a table may change underneath while their columns
stay. What each column means stands in `docs/data-dictionary.md`. Unit costs are those of the
generations that count; NULL means unknown, as in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.collection_views import freshness, readings, visits
from storage.rights import lacks_the_right
from storage.unit_cost_views import Query, unit_cost_daily, unit_cost_hourly, unit_cost_now
from storage.view_words import Words

log = structlog.get_logger(__name__)

VIEWS: Mapping[str, Callable[[Words], Query]] = {
    "v_unit_cost_now": unit_cost_now,
    "v_unit_cost_hourly": unit_cost_hourly,
    "v_unit_cost_daily": unit_cost_daily,
    "v_reading": readings,
    "v_visit": visits,
    "v_freshness": freshness,
}
ADVICE = (
    "For BI, let an administrator of the database give this user the rights CREATE VIEW and "
    "SHOW VIEW, and run `danga db upgrade` again."
)


def make_views(connection: Connection, zone: ZoneInfo) -> None:
    """Make the views; local times in them are those of `zone`.

    On MySQL they may be there already, and whoever reads them just now goes on. A user who may
    make none goes without: nothing of Danga's own reads them.
    """
    words = Words(connection.dialect, zone)
    head = "CREATE VIEW" if connection.dialect.name == "sqlite" else "CREATE OR REPLACE VIEW"
    for name, query in VIEWS.items():
        shown = query(words).compile(
            dialect=connection.dialect, compile_kwargs={"literal_binds": True}
        )
        try:
            connection.exec_driver_sql(f"{head} {name} AS {shown}")
        except DBAPIError as error:
            if not lacks_the_right(error):
                raise
            log.warning("views.not_made", because=str(error.orig), advice=ADVICE)
            return


def drop_views(connection: Connection) -> None:
    """Drop them: SQLite renames no table while a view speaks of one that is not there."""
    for name in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")


def reader_statements(database: str, user: str, host: str) -> tuple[str, ...]:
    """Return the SQL that makes a user who may read the views and nothing else (MySQL).

    The account is locked until an administrator gives it a password. Names are quoted.
    """
    account = f"{_quoted(user)}@{_quoted(host)}"
    place = "`" + database.replace("`", "``") + "`"
    return (
        f"CREATE USER IF NOT EXISTS {account} ACCOUNT LOCK",
        *(f"GRANT SELECT ON {place}.`{name}` TO {account}" for name in VIEWS),
    )


def _quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"
