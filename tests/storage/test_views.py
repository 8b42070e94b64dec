from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from domain.reading import Reading
from storage import schema
from storage.engine import open_engine
from storage.entities import EntityBook
from storage.local_time import local_time
from storage.readings import ReadingStore
from storage.tables import (
    CostMonthRow,
    LoginRow,
    UnitCostDayRow,
    UnitCostHourRow,
    UnitCostSlotRow,
    VisitRow,
    WatchRow,
)
from storage.views import VIEWS, reader_statements
from tests.storage.inventories import MOMENT, NOW, apply, creative, found, login_id
from tests.storage.test_indexes import KST

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
SEOUL = ZoneInfo("Asia/Seoul")
HOUR = timedelta(hours=1)


def documented() -> dict[str, list[str]]:
    parts = re.split(r"^### View `(\w+)`$", PAGE.read_text(encoding="utf-8"), flags=re.M)
    columns = (re.findall(r"^\| `(\w+)` \| \S", part, flags=re.M) for part in parts[2::2])
    return dict(zip(parts[1::2], columns, strict=True))


def rows(engine: Engine, view: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {view}")).mappings()]


@pytest.fixture
def told(engine: Engine) -> Engine:
    """A watch with two creatives, of which one was read twice in the last slot."""
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring 1"), found("2", "spring 2")], NOW)
    store = ReadingStore(engine, lambda site: KST)
    for value in (1_000, 1_500):
        store.save(
            [Reading(creative("1"), "spend", date(2026, 3, 3), value, NOW, NOW, f"{value:,}")]
        )
    return engine


def amounts(**others: Any) -> dict[str, Any]:
    known = {"spend": 10_000, "results": 3, "unit_cost": Decimal("3333.3333")}
    return {
        **known,
        "unpaired_spend": 0,
        "flags": [],
        "computed_at": NOW,
        "generation": 0,
        **others,
    }


def add(engine: Engine, table: Any, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table).values(**values))


def watch_id(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(WatchRow.id)).scalar_one()


def test_every_column_of_every_view_is_described_and_nothing_else(engine: Engine) -> None:
    asked = inspect(engine)
    real = {name: [column["name"] for column in asked.get_columns(name)] for name in VIEWS}
    assert documented() == real
    assert set(asked.get_view_names()) == set(VIEWS)


def test_a_reading_is_shown_once_with_its_names_and_its_time_on_the_wall(told: Engine) -> None:
    (one,) = rows(told, "v_reading")
    assert (one["client"], one["site"], one["account_id"]) == ("shop", "moment", "1001")
    assert (one["kind"], one["entity_id"], one["entity"]) == ("creative", "1", "spring 1")
    assert (one["value"], one["shown"], one["revision"]) == (1_500, "1,500", 1)
    assert str(one["slot_local"]).startswith("2026-03-03 09:00:00")


def test_hours_and_days_are_those_of_the_generation_that_counts(told: Engine) -> None:
    watch, day = watch_id(told), date(2026, 3, 3)
    hour = {"watch_id": watch, "hour_at": NOW, "business_date": day, "hour": 9}
    for generation, spend in ((0, 1), (1, 10_000)):
        net = {"spend_net": Decimal("9090.9091"), "spend_basis": Decimal(spend)}
        add(told, UnitCostHourRow, **amounts(**hour, generation=generation, spend=spend, **net))
        add(told, UnitCostDayRow, **amounts(watch_id=watch, business_date=day, is_final=True,
                                            generation=generation, spend=spend))  # fmt: skip
    month = {"month": date(2026, 3, 1), "last_date": date(2026, 3, 31)}
    span = {"begins_at": NOW - timedelta(days=3), "ends_at": NOW + timedelta(days=30)}
    add(told, CostMonthRow, watch_id=watch, **month, **span, generation=1, building=None)
    (hourly,), (daily,) = rows(told, "v_unit_cost_hourly"), rows(told, "v_unit_cost_daily")
    for one in (hourly, daily):
        assert (one["client"], one["watch"], one["label"]) == (
            "shop",
            "spring friends",
            "친구 추가 단가",
        )
        assert (one["currency"], one["spend"], one["results"]) == ("KRW", 10_000, 3)
        assert round(Decimal(str(one["unit_cost"])), 4) == Decimal("3333.3333")
    assert (hourly["hour"], hourly["target"], daily["is_final"]) == (9, 3_000, 1)
    for name, kept in (("spend_net", "9090.9091"), ("spend_basis", "10000")):
        assert round(Decimal(str(hourly[name])), 4) == Decimal(kept)


def test_what_is_not_known_is_null_and_never_zero(told: Engine) -> None:
    watch = watch_id(told)
    unknown = {"spend": None, "results": None, "unit_cost": None, "unpaired_spend": None}
    add(told, UnitCostHourRow, **amounts(watch_id=watch, hour_at=NOW, hour=9, **unknown,
                                         business_date=date(2026, 3, 3)))  # fmt: skip
    (hourly,) = rows(told, "v_unit_cost_hourly")
    assert [hourly[name] for name in unknown] == [None] * 4
    (now,) = rows(told, "v_unit_cost_now")
    assert (now["client"], now["owners"], now["target"]) == ("shop", "lee", 3_000)
    for name in ("last_hour_spend", "today_spend", "last_slot_at", "age_minutes", "waiting_logins"):
        assert now[name] is None


def test_now_is_the_last_hour_today_and_who_waits(told: Engine) -> None:
    watch, now = watch_id(told), datetime.now(UTC).replace(microsecond=0)
    for ago, results in ((10, 3), (30, None), (50, 1), (70, 9)):
        end = now - timedelta(minutes=ago)
        span = {"slot_at": end, "interval_start": end - timedelta(minutes=9)}
        basis = Decimal("8000") if ago == 10 else None  # without VAT; not kept at all before
        counted = {"results": results, "spend_basis": basis}
        add(told, UnitCostSlotRow, **amounts(watch_id=watch, **counted, **span))
    add(told, UnitCostDayRow, **amounts(watch_id=watch, is_final=False,
                                        business_date=now.astimezone(SEOUL).date()))  # fmt: skip
    with told.begin() as connection:
        connection.execute(update(LoginRow).values(state="needs_human"))
    (one,) = rows(told, "v_unit_cost_now")
    assert (one["last_hour_spend"], one["last_hour_results"]) == (20_000, 4)
    assert Decimal(str(one["last_hour_unit_cost"])) == 4_500
    assert (one["today_spend"], one["today_results"]) == (10_000, 3)
    assert one["age_minutes"] in {10, 11}
    assert one["waiting_logins"] == "kim"


def test_freshness_names_the_account_whose_numbers_are_old(told: Engine) -> None:
    sides = {one["side"]: one for one in rows(told, "v_freshness")}
    assert (sides["spend"]["account_id"], sides["spend"]["login"]) == ("1001", "kim")
    assert sides["spend"]["last_slot_at"] is None  # months ago
    slot = datetime.now(UTC).replace(microsecond=0) - HOUR
    newer = Reading(creative("2"), "spend", slot.date(), 5, slot, slot)
    ReadingStore(told, lambda site: KST).save([newer])
    (spend,) = (one for one in rows(told, "v_freshness") if one["side"] == "spend")
    assert spend["age_minutes"] in {60, 61}


def test_a_visit_names_its_login(told: Engine) -> None:
    kind = {"kind": "regular", "state": "done", "detail": "", "token": 1, "attempts": 1}
    counts = dict.fromkeys(
        ("requests", "bytes_received", "pages_read", "pages_failed", "readings"), 2
    )
    add(told, VisitRow, login_id=login_id(told), planned_at=NOW, not_before=NOW, **kind, **counts)
    (one,) = rows(told, "v_visit")
    assert (one["login"], one["site"], one["requests"]) == ("kim", "moment", 2)
    assert str(one["planned_local"]).startswith("2026-03-03 09:00:00")


@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/New_York", "Australia/Lord_Howe"])
def test_local_times_are_those_of_the_wall_all_year(sqlite_engine: Engine, zone: str) -> None:
    begin = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    moments = [begin + timedelta(hours=7 * number) for number in range(1250)]
    with sqlite_engine.connect() as connection:
        connection.execute(text("CREATE TEMP TABLE at (at TEXT)"))
        connection.execute(
            text("INSERT INTO at VALUES (:at)"), [{"at": str(m)[:19]} for m in moments]
        )
        shown = connection.scalars(
            text(f"SELECT {local_time('at', ZoneInfo(zone), 'sqlite')} FROM at")
        )
        assert list(shown) == [str(m.astimezone(ZoneInfo(zone)))[:19] for m in moments]


@pytest.fixture
def as_reader(server_url: str) -> Iterator[Engine]:
    """A database with its views, opened as the user whom `danga db reader` makes."""
    engine = open_engine(server_url)
    schema.upgrade(engine)
    user = f"bi_{server_url[-8:]}"
    with engine.begin() as connection:
        for statement in reader_statements(str(engine.url.database), user, "%"):
            connection.execute(text(statement))
        connection.execute(text(f"ALTER USER '{user}'@'%' IDENTIFIED BY 'x-9Y' ACCOUNT UNLOCK"))
    reader = open_engine(engine.url.set(username=user, password="x-9Y").render_as_string(False))
    yield reader
    reader.dispose()
    with engine.begin() as connection:
        connection.execute(text(f"DROP USER '{user}'@'%'"))
    engine.dispose()


def test_the_reader_reads_the_views_and_nothing_else(as_reader: Engine) -> None:
    assert {name: rows(as_reader, name) for name in VIEWS} == {name: [] for name in VIEWS}
    with as_reader.connect() as connection:
        assert set(connection.scalars(text("SHOW TABLES"))) == set(VIEWS)
    for refused in (
        "SELECT * FROM reading",
        "SELECT username FROM login",
        "SELECT ciphertext FROM session_version",
        "UPDATE v_visit SET state = 'x'",
        "DELETE FROM v_reading",
        "DROP VIEW v_reading",
        "CREATE TABLE mine (x INT)",
    ):
        with pytest.raises(DBAPIError, match="denied"), as_reader.begin() as connection:
            connection.execute(text(refused))
