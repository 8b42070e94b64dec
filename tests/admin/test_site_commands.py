"""Beginning a site class: no site is visited here."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from crawler.site_loader import load_site
from tests.admin.conftest import Danga


def test_a_new_class_loads_keeps_the_contract_and_its_test_runs(danga: Danga) -> None:
    ran = danga("site", "new", "my-paper", "https://ads.mypaper.example/", "--json")
    assert ran.code == 0
    assert ran.json()["class"] == "sites/my_paper.py:MyPaperSite"
    site = load_site("p", ran.json()["class"], "https://ads.mypaper.example", danga.workspace)
    assert [metric.name for metric in site.metrics] == ["spend"]
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "sites"]
    tested = subprocess.run(words, cwd=danga.workspace, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout
    assert "1 passed" in tested.stdout


def test_a_new_class_has_the_house_format(danga: Danga) -> None:
    danga("site", "new", "my-paper", "https://ads.mypaper.example")
    words = [sys.executable, "-m", "ruff", "format", "--line-length", "100", "--check", "sites"]
    checked = subprocess.run(words, cwd=danga.workspace, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_a_new_class_never_replaces_one_that_is_there(danga: Danga) -> None:
    danga.write("sites/paper.py", "mine")
    ran = danga("site", "new", "paper", "https://ads.mypaper.example")
    assert ran.code == 2
    assert "sites/paper.py: is there already" in ran.err
    assert (danga.workspace / "sites" / "paper.py").read_text() == "mine"
    assert not (danga.workspace / "sites" / "test_paper.py").exists()


@pytest.mark.parametrize(
    ("name", "url"), [("1", "https://x"), ("../x", "https://x"), ("ok", "x"), ("ok", "ftp://x")]
)
def test_a_name_or_an_address_that_is_none_is_bad_input(danga: Danga, name: str, url: str) -> None:
    ran = danga("site", "new", name, url)
    assert ran.code == 2
    assert ("NAME: " in ran.err) or ("URL: " in ran.err)


def test_an_unknown_site_or_one_without_a_login_cannot_be_tried(danga: Danga) -> None:
    assert danga("site", "try", "nothing").code == 2
    danga.write("danga.yaml", "sites: [{name: m, class: moment, base_url: 'http://127.0.0.1:1'}]")
    danga("apply", "--yes")
    ran = danga("site", "try", "m")
    assert ran.code == 2
    assert "site m: has no login" in ran.err


def test_a_broken_class_is_told_with_its_line_and_no_traceback(danga: Danga) -> None:
    danga.write("sites/mine.py", "import nothing_of_that_name\n")
    danga.write(
        "danga.yaml",
        "sites: [{name: m, class: 'sites/mine.py:Mine', base_url: 'http://127.0.0.1:1'}]",
    )
    ran = danga("apply", "--yes")
    assert ran.code == 2
    assert "danga.yaml:1 sites[0].class: sites/mine.py:1: ModuleNotFoundError" in ran.err
    assert "Traceback" not in ran.err


def test_pages_of_an_empty_folder_and_of_a_damaged_one(danga: Danga) -> None:
    assert "No saved pages" in danga("fixture", "check").out
    danga.write("sites/pages/m/a/page.json", json.dumps({"site": "m"}))
    ran = danga("fixture", "check")
    assert ran.code == 2
    assert "page.json: is no saved page" in ran.err


@pytest.mark.parametrize("case", ["../x", "/tmp/x"])
def test_pages_are_saved_below_the_sites_folder_only(danga: Danga, case: str) -> None:
    ran = danga("fixture", "record", "m", case)
    assert (ran.code, "is no name of a folder" in ran.err) == (2, True)
