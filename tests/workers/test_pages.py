"""The marketers' pages are written once something changed, whole, by one process of a machine."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costs.rows import HourCost, WatchCosts
from costs.window import Window
from crawler.browser import Browser
from domain.money import show_money
from storage.logins import LoginBook
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import KIM, Agency, inventory, unit_costs
from workers import page_explanations, pages
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.page_folder import PageFolder
from workers.pages import NotWritten, Which, pages_round, write_pages

WATCH = "moment/1001 친구"


@pytest.fixture
def folder(house: House) -> PageFolder:
    assert house.settings.pages_folder is not None
    return PageFolder(house.settings.pages_folder)


def text(folder: PageFolder, owner: str | None = "김지은") -> str:
    return folder.page(owner).read_text(encoding="utf-8")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_each_owner_and_everyone_gets_a_page_that_the_folders_group_may_read(
    house: House, folder: PageFolder
) -> None:
    pages_round(house)
    assert folder.page("김지은") == house.settings.workspace / "pages" / "김지은" / "index.html"
    for owner in ("김지은", None):
        assert WATCH in text(folder, owner)
        assert mode(folder.page(owner)) == 0o640
        assert mode(folder.page(owner).parent) == 0o750
        assert "demo-kim" not in text(folder, owner)


def test_what_a_visit_read_stands_on_the_page_after_the_next_round(
    agency: Agency, house: House, folder: PageFolder, browser: Browser, demo: RunningDemo
) -> None:
    for _slot in range(2):
        agency.step(minutes=20)
        collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    pages_round(house)
    *_before, (spend, _results, cost) = unit_costs(house, WATCH).values()
    assert spend
    assert (show_money(cost, "KRW") if cost else f"소진 {show_money(spend, 'KRW')}") in text(folder)
    watch = next(one.id for one in WatchBook(house.engine).all() if one.name == WATCH)
    told = folder.page("김지은").parent / "explained" / str(watch) / "2026-03-03-10.html"
    shown = stored_shown(house)
    assert [one for one in shown if one not in told.read_text(encoding="utf-8")] == []
    assert mode(told) == 0o640
    assert explained(folder, watch)["2026-03-03"][10] == 1


def stored_shown(house: House) -> list[str]:
    """What the pages showed of the watch's ads and channel at the last slot, as texts."""
    with house.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT shown FROM reading WHERE metric IN ('spend', 'friends') AND slot_at ="
            " (SELECT max(slot_at) FROM reading)"
        )
        found = [str(row[0]) for row in rows]
    assert len(found) > 10
    return found


def explained(folder: PageFolder, watch: int) -> dict[str, dict[int, int]]:
    """Which hours of the page lead to the readings behind them, by date."""
    (data,) = re.findall(r'type="application/json" id="data">(.*?)</script>', text(folder))
    heat = json.loads(data)["watches"][str(watch)]["heat"]
    return {day: {hour: cell[4] for hour, cell in enumerate(cells) if cell and len(cell) > 4}
            for day, cells in heat}  # fmt: skip


def test_explanations_come_bit_by_bit_and_go_after_two_days(
    agency: Agency, house: House, folder: PageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = next(one.id for one in WatchBook(house.engine).all() if one.name == WATCH)
    computed = datetime(2026, 3, 3, 1, tzinfo=UTC)
    hours = tuple(
        HourCost(computed - hour * timedelta(hours=1), date(2026, 3, 3), 10 - hour, 9_000, 3,
                 Decimal(3_000), 0, frozenset())
        for hour in range(3)
    )  # fmt: skip
    long_ago = datetime(2026, 3, 1, tzinfo=UTC)
    span = Window(long_ago, long_ago, long_ago, long_ago)
    UnitCostStore(house.engine).replace(watch, span, WatchCosts((), hours), computed)
    monkeypatch.setattr(page_explanations, "MOST_A_ROUND", 2)
    files = folder.page(None).parent / "explained" / str(watch)
    for there in (["09", "10"], ["08", "09", "10"]):
        write_pages(house, folder)
        assert sorted(one.stem[-2:] for one in files.iterdir()) == there
    write_pages(house, folder)
    assert write_pages(house, folder) == ()
    agency.step(minutes=2 * 24 * 60)
    write_pages(house, folder, Which.ALL)
    assert list(files.iterdir()) == []


def test_where_nothing_is_new_nothing_is_written_until_the_page_grows_old(
    house: House, folder: PageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {one.owner for one in write_pages(house, folder)} == {None, "김지은"}
    assert write_pages(house, folder) == ()
    login = LoginBook(house.engine).get("kim")
    with house.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE login SET state = 'needs_human', state_since = '2026-03-03 01:00:00.000000'"
            f" WHERE id = {login.id}"
        )
    assert {one.owner for one in write_pages(house, folder)} == {None, "김지은"}
    assert "로그인 대기" in text(folder)
    assert write_pages(house, folder) == ()
    monkeypatch.setattr(pages, "FRESH", timedelta(0))
    assert len(write_pages(house, folder)) == 2


def test_a_page_that_somebody_removed_comes_back(house: House, folder: PageFolder) -> None:
    write_pages(house, folder)
    folder.page(None).unlink()
    assert [one.owner for one in write_pages(house, folder)] == [None]


def test_two_processes_never_write_at_once(house: House, folder: PageFolder) -> None:
    with folder.alone() as alone:
        assert alone
        assert write_pages(house, folder, Which.ALL) == ()
    assert write_pages(house, folder, Which.ALL)


def test_who_dies_or_finds_the_disk_full_leaves_the_page_of_before(
    house: House, folder: PageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pages(house, folder)
    before = text(folder, None)

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten, match="No space left"):
        write_pages(house, folder, Which.ALL)
    pages_round(house)  # says so in the log, and holds up no tick
    assert text(folder, None) == before
    assert [one.name for one in folder.page(None).parent.iterdir()] == ["index.html"]


def test_the_page_of_an_owner_who_has_gone_is_removed_and_nothing_else(
    agency: Agency, house: House, folder: PageFolder
) -> None:
    write_pages(house, folder)
    (folder.root / "of-somebody-else").mkdir()
    declared = inventory(agency.demo, KIM)
    agency.apply({**declared, "owners": [], "clients": [{"name": "봄꽃마켓"}]})
    write_pages(house, folder)
    assert not folder.page("김지은").parent.exists()
    assert (folder.root / "of-somebody-else").exists()
    assert WATCH in text(folder, None)


def test_names_become_folders_that_no_file_system_minds(folder: PageFolder) -> None:
    names = ["김지은", "Kim", "kim", "../x", "a/b", "a b", "everyone", "<script>", "x" * 300, "."]
    found = [folder.page(name).parent for name in [*names, None]]
    assert len({one.name.lower() for one in found}) == len(found)
    assert {one.parent for one in found} == {folder.root}
    assert all(0 < len(one.name) < 100 and not one.name.startswith(".") for one in found)


def test_a_machine_that_keeps_no_pages_writes_none(agency: Agency, house: House) -> None:
    with (agency.root / ".env").open("a", encoding="utf-8") as env:
        env.write("DANGA_PAGES=off\n")
    with agency.house() as without:
        pages_round(without)
    assert not (agency.root / "pages").exists()
