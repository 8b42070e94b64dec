"""A watch that cannot be computed says so wherever people look, until it can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from sqlalchemy import delete, insert, select

from admin.store_checks import store_checks
from domain.account import AccountKey
from domain.cause import CauseKind
from domain.entity import EntityKind
from storage.entities import EntityBook
from storage.tables import AccountRow, AccountTermsRow, WatchRow, WatchTroubleRow
from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from tests.admin.measured import APPLIED, WATCH, level, measured, opened, read, spend, step
from tests.reports.rows import seoul
from workers.notify.causes import present
from workers.notify.gather import gather
from workers.settings import open_settings


def test_a_watch_that_is_refused_is_told_with_its_cure_until_it_is_computed_again(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    monkeypatch.setenv("DANGA_BROWSER", "/bin/true")
    measured(danga, ("2026-03-03T13:00", 1_000, 50), ("2026-03-03T13:20", 3_000, 51))
    (row,) = danga("report", "now", "--json").json()["watches"]
    assert (row["trouble"], row["spend"]) == (None, 2_000)
    _change_the_currency(danga)  # as a program of before would have applied it
    structlog.reset_defaults()  # the log of the command before ended with it
    read(danga, spend("2026-03-03T13:40", 90_000), level("2026-03-03T13:40", 52))

    ran = danga("report", "now", "--json")
    (row,) = ran.json()["watches"]
    assert (ran.code, row["spend"]) == (1, 2_000), "what was right stays"
    assert "moment/1001 in KRW, moment/1001 in USD" in row["trouble"]
    said = danga("report", "now", "--lang", "en").out
    assert "not computed since 2026-03-03 13:40" in said
    assert row["cure"] in said
    assert "2026-03-03 13:40부터 계산되지 않음" in danga("report", "now").out
    fresh = danga("report", "freshness", "--json")
    (told,) = fresh.json()["troubles"]
    assert (fresh.code, told["watch"], told["cure"]) == (1, WATCH, row["cure"])
    assert f"{WATCH}: not computed" in danga("report", "freshness", "--lang", "en").out
    doctor = {one["check"]: one for one in danga("doctor", "--json").json()["checks"]}
    assert (doctor["costs"]["health"], doctor["costs"]["cure"]) == ("FAIL", row["cure"])
    assert f"{WATCH} since 2026-03-03 13:40: " in doctor["costs"]["detail"], "in Seoul"
    with _another_trouble(danga, "Ask mina."):
        (costs,) = [
            one for one in store_checks(open_settings(danga.workspace)) if one.name == "costs"
        ]
    assert costs.cure == f"둘째: Ask mina. {WATCH}: {row['cure']}"
    with opened(danga) as house:
        causes = [one.cause for one in present(gather(house, house.clock.now(), ()).facts)]
        (told,) = [one for one in causes if one.kind is CauseKind.NOT_COMPUTED]
    assert "moment/1001 in KRW, moment/1001 in USD" in told.subject
    assert [one.watch for one in told.blind] == [WATCH]

    with opened(danga) as house, house.engine.begin() as connection:
        connection.execute(delete(AccountTermsRow).where(AccountTermsRow.currency == "USD"))
    structlog.reset_defaults()
    read(danga, spend("2026-03-03T14:00", 5_000), level("2026-03-03T14:00", 53))
    (row,) = danga("report", "now", "--json").json()["watches"]
    assert row["trouble"] is None
    assert danga("report", "freshness", "--json").json()["troubles"] == []


def test_a_watch_over_no_entity_or_over_deleted_ones_says_which_side_has_none(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    step(danga, APPLIED)
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    ran = danga("report", "now", "--json")
    (row,) = ran.json()["watches"]
    assert (ran.code, row["empty_sides"]) == (1, ["results", "spend"])
    assert (row["spend"], row["unit_cost"]) == (None, None)
    assert "측정할 소재 없음 (결과, 소진)" in danga("report", "now").out
    refused = danga("report", "explain", WATCH, "2026-02-27T00")
    assert (refused.code, "had no ads on 2026-02-27" in refused.err) == (2, True)

    measured(danga, ("2026-03-03T13:00", 1_000, 50), ("2026-03-03T13:20", 3_000, 51))
    (row,) = danga("report", "now", "--json").json()["watches"]
    assert (row["empty_sides"], row["spend"]) == ([], 2_000)
    with opened(danga) as house:
        later, kinds = seoul("2026-03-03T13:40"), frozenset({EntityKind.CREATIVE})
        account = AccountKey("moment", "1001")
        assert EntityBook(house.engine).listed(account, frozenset(), later, kinds)
    read(danga, level("2026-03-03T13:40", 52))
    (row,) = danga("report", "now", "--json").json()["watches"]
    assert (row["empty_sides"], row["spend"]) == (["spend"], 2_000)
    assert "no entity left to read (spend)" in danga("report", "now", "--lang", "en").out


@contextmanager
def _another_trouble(danga: Danga, cure: str) -> Iterator[None]:
    """Let a second watch be in trouble meanwhile."""
    watch, trouble = WatchRow.__table__, WatchTroubleRow.__table__
    with opened(danga) as house:
        with house.engine.begin() as connection:
            first = connection.execute(select(watch)).mappings().one()
            second = {**first, "id": first["id"] + 1, "name": "둘째"}
            connection.execute(insert(WatchRow).values(second))
            why = {"since": seoul("2026-03-03T13:40"), "reason": "it is", "cure": cure}
            connection.execute(insert(WatchTroubleRow).values(watch_id=second["id"], **why))
        yield
        with house.engine.begin() as connection:
            connection.execute(delete(WatchTroubleRow).where(trouble.c.watch_id == second["id"]))
            connection.execute(delete(WatchRow).where(watch.c.id == second["id"]))


def _change_the_currency(danga: Danga) -> None:
    table = AccountTermsRow.__table__
    with opened(danga) as house, house.engine.begin() as connection:
        rows = select(table).join(AccountRow, AccountRow.id == table.c.account_id)
        old = connection.execute(rows.where(AccountRow.external_id == "1001")).mappings().one()
        fresh = {**old, "id": None, "currency": "USD", "valid_from": seoul("2026-03-03T13:30")}
        connection.execute(insert(AccountTermsRow).values(fresh))
