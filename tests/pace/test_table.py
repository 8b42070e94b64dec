"""The migrated table is the one that the store was written for."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from domain.clock import SystemClock
from domain.grant import Grant
from domain.request_budget import RequestBudget
from pace.budget import Pace
from pace.database_store import DatabaseStore
from pace.table import pace_metadata


def test_the_migrations_make_the_table_that_the_store_uses(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), pace_metadata
        )
    assert [one for one in differences if "pace_state" in str(one)] == []
    assert "pace_state" in inspect(engine).get_table_names()


def test_sites_that_differ_in_case_only_have_budgets_of_their_own(engine: Engine) -> None:
    pace = Pace(DatabaseStore(engine), lambda _: RequestBudget(), SystemClock())
    assert isinstance(pace.ask("moment", "creatives", warm=False), Grant)
    assert pace.snapshot("Moment").spent_today == 0
    assert pace.snapshot("moment").spent_today == 60
