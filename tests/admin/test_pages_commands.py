"""`danga pages`: write them now, see where they stand, look at them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from workers.page_folder import EVERYONE

ROOT = Path(__file__).parents[2]


def test_pages_are_written_at_once_and_listed_with_their_age(danga: Danga) -> None:
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    before = danga("pages", "list", "--json").json()["pages"]
    assert {one["written_at"] for one in before} == {None}
    written = danga("pages", "write", "--json").json()["pages"]
    assert [one["owner"] for one in written] == [one["owner"] for one in before]
    for one in written:
        assert Path(one["file"]).stat().st_size == one["bytes"]
    assert "(everyone)" in danga("pages", "list").out
    assert all(one["written_at"] for one in danga("pages", "list", "--json").json()["pages"])


def test_a_machine_without_pages_says_which_setting_brings_them(danga: Danga) -> None:
    danga.write(".env", "DANGA_PAGES=off\n")
    refused = danga("pages", "write")
    assert refused.code == 2
    assert "DANGA_PAGES: is off" in refused.err


def test_the_little_server_shows_pages_to_this_machine_by_its_own_name_only(danga: Danga) -> None:
    page = danga.workspace / "pages" / EVERYONE / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("a page", encoding="utf-8")
    (danga.workspace / "pages" / ".written.json").write_text("{}", encoding="utf-8")
    command = [sys.executable, "-m", "admin.cli", "-w", str(danga.workspace), "pages", "serve"]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        try:
            assert server.stdout is not None
            _look(server.stdout.readline().split(" at ")[1].partition("/everyone/;")[0])
        finally:
            server.terminate()
        assert server.wait(20) == 0


def _look(origin: str) -> None:
    with httpx.Client(trust_env=False) as client:
        found = client.get(f"{origin}/everyone/")
        assert (found.status_code, found.text) == (200, "a page")
        assert found.headers["cache-control"] == "no-store"
        for elsewhere in ("/", "/.written.json", "/%2e%2e/danga.yaml", "/%2ewritten.json"):
            assert client.get(f"{origin}{elsewhere}").status_code == 404
        evil = client.get(f"{origin}/everyone/", headers={"Host": "evil.example"})
        assert evil.status_code == 404
