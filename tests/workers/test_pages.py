"""The marketers' pages are written once something changed, whole, by one process of a machine."""

from __future__ import annotations

import errno
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.browser import Browser
from domain.money import show_won
from storage.logins import LoginBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import KIM, Agency, inventory, unit_costs
from workers import pages
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
    assert (show_won(cost) if cost else f"소진 {show_won(spend)}") in text(folder)


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
