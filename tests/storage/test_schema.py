from __future__ import annotations

import multiprocessing

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from storage import revision, schema
from storage.engine import open_engine
from storage.tables import Base

_COLLATIONS = """
    SELECT DISTINCT table_collation FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name NOT IN ('alembic_version')
    AND table_type = 'BASE TABLE'
"""


def test_migrations_on_an_empty_database_give_the_schema_of_the_program(database_url: str) -> None:
    engine = open_engine(database_url)
    schema.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    # The pace's table is pace's own; its tests compare it.
    assert [one for one in differences if "pace" not in str(one)] == []


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    engine = open_engine(database_url)
    assert not revision.is_current(engine)
    schema.upgrade(engine)
    schema.upgrade(engine)
    assert revision.is_current(engine)
    engine.dispose()


def migrate(url: str) -> None:
    engine = open_engine(url)
    schema.upgrade(engine)
    engine.dispose()


def test_two_machines_that_upgrade_at_once_do_it_one_after_the_other(database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    upgrades = [spawn.Process(target=migrate, args=(database_url,)) for _ in range(2)]
    for upgrade in upgrades:
        upgrade.start()
    for upgrade in upgrades:
        upgrade.join(60)
        assert upgrade.exitcode == 0
    engine = open_engine(database_url)
    assert revision.is_current(engine)
    engine.dispose()


def test_all_revisions_form_one_line_and_the_last_file_is_its_end() -> None:
    line = ScriptDirectory.from_config(schema._config())
    assert line.get_heads() == [revision.newest()]


def test_ids_are_case_sensitive_and_names_korean_whatever_the_server_begins_with(
    server_url: str,
) -> None:
    engine = open_engine(server_url)
    schema.upgrade(engine)
    with engine.connect() as connection:
        server = connection.scalar(text("SELECT @@global.collation_server"))
        collations = connection.scalars(text(_COLLATIONS)).all()
    engine.dispose()
    assert server in {"latin1_swedish_ci", "utf8mb4_0900_ai_ci"}
    assert collations == ["utf8mb4_bin"]
