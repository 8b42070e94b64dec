from __future__ import annotations

from sqlalchemy import select

from storage.engine import open_engine
from storage.tables import InventoryApplyRow, WatchRow, WatchTargetRow
from storage.transaction import reading
from tests.admin.conftest import Danga
from tests.admin.inventories import changed, whole


def test_apply_shows_what_it_adds_changes_and_closes_then_does_it(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    ran = danga("apply", "--yes")
    assert ran.code == 0
    assert "+ add  watch    봄꽃 친구 추가" in ran.out
    assert ran.out.endswith("Applied.\n")
    danga.write("danga.yaml", changed(("target: 30000", "target: 25000")))
    ran = danga("apply", "--yes")
    assert "~ change  watch  봄꽃 친구 추가  target: 30,000원 -> 25,000원" in ran.out
    danga.write("danga.yaml", whole().partition("\nwatches:")[0])
    ran = danga("apply", "--yes")
    assert "- close  watch   봄꽃 친구 추가" in ran.out


def test_apply_is_safe_to_repeat(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    danga("apply", "--yes")
    ran = danga("apply", "--yes", "--json")
    assert (ran.code, ran.json()["changes"], ran.json()["applied"]) == (0, [], False)
    assert "Everything is so already." in danga("apply").out


def test_a_dry_run_changes_nothing(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    ran = danga("apply", "--dry-run", "--json")
    assert (ran.code, len(ran.json()["changes"]), ran.json()["applied"]) == (0, 11, False)
    assert danga("watch", "list", "--json").json() == {"watches": []}


def test_without_anybody_to_ask_apply_does_nothing_and_says_so(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    ran = danga("apply", stdin="y\n")
    assert ran.code == 2
    assert "11 changes, and nobody to ask" in ran.err
    assert "--yes" in ran.err
    assert danga("watch", "list", "--json").json() == {"watches": []}


def test_history_is_kept_with_its_author(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    danga("apply", "--yes", "--as", "jieun")
    danga.write("danga.yaml", changed(("target: 30000", "target: 25000")))
    danga("apply", "--yes", "--as", "minsu")
    engine = open_engine(f"sqlite:///{danga.workspace}/danga.db")
    with reading(engine) as connection:
        targets = connection.execute(
            select(WatchTargetRow.target_won, WatchTargetRow.valid_to.is_(None))
            .join(WatchRow, WatchRow.id == WatchTargetRow.watch_id)
            .order_by(WatchTargetRow.id)
        ).all()
        authors = connection.scalars(
            select(InventoryApplyRow.author).order_by(InventoryApplyRow.id)
        ).all()
    engine.dispose()
    assert [tuple(row) for row in targets] == [(30_000, False), (25_000, True)]
    assert list(authors) == ["jieun", "minsu"]


def test_a_file_with_faults_changes_nothing_and_names_them_all(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    danga("apply", "--yes")
    danga.write("danga.yaml", changed(("target: 30000 ", "target: much "), ("kind: c", "knd: c")))
    ran = danga("apply", "--yes", "--json")
    assert ran.code == 2
    error = ran.json()["error"]
    assert (error["kind"], error["exit_code"]) == ("BadInput", 2)
    assert {fault["where"].partition(" ")[2] for fault in error["faults"]} == {
        "watches[0].target",
        "watches[0].spend.knd",
        "watches[0].spend.kind",
        "watches[0].results.knd",
        "watches[0].results.kind",
    }
    assert "Traceback" not in ran.err
    assert danga("watch", "list", "--json").json()["watches"][0]["target"] == 30_000


def test_a_file_that_is_not_there_is_named(danga: Danga) -> None:
    ran = danga("apply", "nothing.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("nothing.yaml: does not exist\n")
