from __future__ import annotations

import stat
import subprocess
import sys
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from domain.business_day import BusinessDay
from domain.reading import Reading
from domain.visit import VisitKind
from storage.engine import open_engine
from storage.entities import EntityBook
from storage.errors import DatabaseAway, SpoolUnwritable
from storage.readings import ReadingStore
from storage.spool import Spool
from storage.tables import ReadingRow
from tests.servers import MariaDb
from tests.storage.inventories import MOMENT, NOW, SLOT, apply, creative, found

KST = BusinessDay(ZoneInfo("Asia/Seoul"), time(8))
FIRST = Reading(creative("1"), "spend", date(2026, 3, 3), 5, NOW, NOW, "5원")
SECOND = replace(FIRST, value=9, slot_at=NOW + SLOT)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(engine: Engine) -> ReadingStore:
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring")], NOW)
    return ReadingStore(engine, lambda site: KST)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def values(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(ReadingRow.value).order_by(ReadingRow.slot_at)))


def test_what_waited_is_stored_in_order_and_once(
    engine: Engine, store: ReadingStore, spool: Spool
) -> None:
    spool.append([FIRST])
    spool.append([SECOND, replace(SECOND, metric="clicks")])
    spool.append([])
    assert spool.replay(store) == (FIRST, SECOND, replace(SECOND, metric="clicks"))
    assert values(engine) == [5, 9, 9]
    assert spool.waiting() == ()
    assert spool.replay(store) == ()


def test_only_its_owner_may_read_the_spool(spool: Spool, tmp_path: Path) -> None:
    spool.append([FIRST])
    (path,) = spool.waiting()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_line_that_was_cut_off_is_put_aside_and_the_rest_is_stored(
    engine: Engine, store: ReadingStore, spool: Spool
) -> None:
    spool.append([FIRST])
    (path,) = spool.waiting()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])  # the process died in the middle of a line
    spool.append([SECOND])
    assert spool.replay(store) == (FIRST, SECOND)
    assert values(engine) == [5, 9]
    (damaged,) = spool.damaged()
    assert damaged.read_bytes() == whole[:40] + b"\n"
    assert spool.waiting() == ()


@pytest.mark.parametrize(
    "line",
    [
        b"[]\n",
        b"\xff\xfe\n",
        b'{"kind":"regular"}\n',
        b'{"kind":"never","readings":[]}\n',
        b'{"kind":"regular","readings":[{"entity":["moment","1001","creative"]}]}\n',
    ],
)
def test_nonsense_is_put_aside(spool: Spool, line: bytes, sqlite_engine: Engine) -> None:
    spool.append([FIRST])
    (path,) = spool.waiting()
    path.write_bytes(line)
    assert spool.replay(ReadingStore(sqlite_engine, lambda site: KST)) == ()
    assert len(spool.damaged()) == 1


def test_readings_of_an_entity_nobody_knows_are_kept_for_a_person(
    engine: Engine, store: ReadingStore, spool: Spool
) -> None:
    spool.append([replace(FIRST, entity=creative("99"))])
    spool.append([FIRST])
    assert spool.replay(store) == (FIRST,)
    assert b'"99"' in spool.damaged()[0].read_bytes()


def test_a_replay_that_died_in_the_middle_begins_again_and_doubles_nothing(
    engine: Engine, store: ReadingStore, spool: Spool
) -> None:
    spool.append([FIRST])
    spool.append([SECOND])
    (path,) = spool.waiting()
    path.rename(path.with_suffix(".replaying"))
    store.save([FIRST])
    spool.append([replace(SECOND, slot_at=NOW + 2 * SLOT)])
    assert len(spool.replay(store)) == 3
    assert values(engine) == [5, 9, 9]


def test_an_unchanged_past_day_stays_one_when_it_comes_through_the_spool(
    engine: Engine, store: ReadingStore, spool: Spool
) -> None:
    settled = KST.settled(FIRST.business_date)
    store.save([FIRST])
    for slot_at in (settled, settled + SLOT):
        spool.append([replace(FIRST, slot_at=slot_at)], VisitKind.PAST_DAY)
    spool.replay(store)
    assert values(engine) == [5, 5]


def test_each_process_writes_a_file_of_its_own(spool: Spool, tmp_path: Path) -> None:
    spool.append([FIRST])
    code = "import sys; from pathlib import Path; from storage.spool import Spool; from tests"
    code += ".storage.test_spool import SECOND; Spool(Path(sys.argv[1])).append([SECOND])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "spool")], cwd=ROOT, check=True)
    assert len(spool.waiting()) == 2


def test_while_the_database_is_away_nothing_is_lost(
    mariadb: MariaDb, migrated_mariadb_url: str, spool: Spool
) -> None:
    engine = open_engine(migrated_mariadb_url)
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring")], NOW)
    store = ReadingStore(engine, lambda site: KST)
    store.save([FIRST])
    mariadb.stop()
    try:
        with pytest.raises(DatabaseAway):
            store.save([SECOND])
        spool.append([SECOND])
        with pytest.raises(DatabaseAway):
            spool.replay(store)
    finally:
        mariadb.start()
    assert spool.replay(store) == (SECOND,)
    assert values(engine) == [5, 9]
    engine.dispose()


def test_a_disk_that_takes_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    with pytest.raises(SpoolUnwritable, match="spool"):
        Spool(tmp_path / "spool").append([FIRST])
