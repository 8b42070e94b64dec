"""A stranger follows docs/adding-a-site.md, block by block, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crawler.site import Site
from domain.clock import FileClock
from domain.money import unit_cost
from tests.demo_server import RunningDemo

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-site.md").read_text(encoding="utf-8")
WRITTEN_URL = "http://127.0.0.1:8600"
BEGIN = datetime.fromisoformat("2026-03-03T10:00+09:00")
SLOT = timedelta(minutes=20)
BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: title=(?P<title>\S+))?\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass
class Stranger:
    """Somebody with a terminal, `danga` on the PATH, and this page."""

    demo: RunningDemo
    clock: FileClock
    here: Path

    def follow(self, block: re.Match[str]) -> None:
        """Do what a block says: write its file, or type its lines."""
        text = block["text"].replace(WRITTEN_URL, self.demo.url)
        if block["title"]:
            (self.here / block["title"]).write_text(text, encoding="utf-8")
        elif block["language"] == "sh":
            if text.startswith("danga collect"):
                self.clock.set(self.demo.step(minutes=20))
            self.type(text)

    def type(self, lines: str) -> str:
        """Run lines in the terminal; the next ones begin in the folder where these end."""
        script = f"set -euo pipefail\n{lines}\npwd >&3"
        read, write = os.pipe()
        done = subprocess.run(
            ["bash", "-c", f"exec 3>&{write}\n{script}"],
            cwd=self.here,
            env=self._environment(),
            input="demo-kim\n",
            capture_output=True,
            text=True,
            pass_fds=[write],
            timeout=120,
        )
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as told:
            ended = told.read().strip()
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        self.here = Path(ended)
        return done.stdout

    def at(self, moment: str) -> None:
        """Let it be `moment`, here and at the site."""
        self.clock.set(self.demo.clock(moment))

    def json(self, command: str) -> Any:
        """Return what a command answers to programs."""
        return json.loads(self.type(f"{command} --json"))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DANGA_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        return {**kept, "PATH": path, "DANGA_CLOCK_FILE": str(self.clock.path)}


def truth(demo: RunningDemo, site: str, metric: str, at: datetime) -> int:
    """Return the sum of a metric over the site's watched entities."""
    told = demo.get("/_demo/truth", login="kim", site=site, at=at.isoformat())
    account, kind = {"lounge": ("cafe701", "channel"), "moment": ("1001", "creative")}[site]
    return sum(
        fact["value"]
        for fact in told
        if (fact["account"], fact["kind"], fact["metric"]) == (account, kind, metric)
    )


@pytest.mark.timeout(480)
def test_a_stranger_who_follows_the_page_ends_in_the_true_unit_cost(tmp_path: Path) -> None:
    """One test, as following the page takes most of a minute and many commands."""
    clock = FileClock(tmp_path / "clock")
    clock.set(BEGIN)
    (tmp_path / "empty").mkdir()
    with RunningDemo("--frozen-at", BEGIN.isoformat()) as demo:
        stranger = Stranger(demo, clock, tmp_path / "empty")
        for block in BLOCK.finditer(PAGE):
            stranger.follow(block)
        assert_the_unit_cost_is_true(stranger)
        assert demo.stats()["logins"] == {"ok": 2, "failed": 0}
        assert_the_values_are_shown(stranger)
        assert_saved_pages_hold_success_and_refusals(stranger)
        assert_nothing_is_stored_around_midnight(stranger)


def assert_the_unit_cost_is_true(stranger: Stranger) -> None:
    (watch,) = stranger.json("danga report now")["watches"]
    first, second = BEGIN + SLOT, BEGIN + 2 * SLOT
    spend, members = (
        truth(stranger.demo, site, metric, second) - truth(stranger.demo, site, metric, first)
        for site, metric in (("moment", "spend"), ("lounge", "members"))
    )
    assert members > 0
    assert Decimal(watch["unit_cost"]) == unit_cost(spend, members)
    assert (watch["spend"], watch["results"]) == (spend, members)


def assert_the_values_are_shown(stranger: Stranger) -> None:
    shown = stranger.json("danga site try lounge --account cafe701")
    assert [page["verdict"] for page in shown["pages"]] == ["ok"]
    members = truth(stranger.demo, "lounge", "members", BEGIN + 2 * SLOT)
    assert {value["metric"]: value["value"] for value in shown["values"]}["members"] == members


def assert_saved_pages_hold_success_and_refusals(stranger: Stranger) -> None:
    below = "sites/pages/lounge"
    rows = stranger.json("danga fixture check")["pages"]
    assert {row["page"].removeprefix(f"{below}/"): row["verdict"] for row in rows} == {
        "lobby/cafes-1": "ok",
        "cafe/cafe-1": "ok",
        "rounded/cafe-1": "layout_changed",
        "another/cafe-1": "wrong_account",
        "midnight/cafe-1": "ok",
    }
    folders = {case: stranger.here / below / case / "cafe-1" for case in ("cafe", "midnight")}
    results = {case: json.loads((at / "result.json").read_text()) for case, at in folders.items()}
    assert {case: len(result["readings"]) for case, result in results.items()} == {
        "cafe": 2,
        "midnight": 0,
    }
    assert "cafe701" not in (folders["cafe"] / "page.html").read_text()


def assert_nothing_is_stored_around_midnight(stranger: Stranger) -> None:
    stranger.at("2026-03-03T23:57+09:00")
    (visit,) = stranger.json("danga collect --login kim-lounge")["visits"]
    assert (visit["state"], visit["pages_read"], visit["readings"]) == ("done", 1, 0)
    stranger.at("2026-03-04T00:06+09:00")
    shown = stranger.json("danga site try lounge --account cafe701")
    assert {value["business_date"] for value in shown["values"]} == {"2026-03-04"}


def test_the_page_names_all_of_the_contract() -> None:
    contract = PAGE.split("## The contract")[1]
    named = set(re.findall(r"^\| ((?:`[\w]+(?:\([\w, ]*\))?`(?:, )?)+) \|", contract, re.M))
    words = {word for row in named for word in re.findall(r"`(\w+)", row)}
    public = {name for name in [*vars(Site), "name", "base_url"] if not name.startswith("_")}
    assert words == {*public, "metrics"} - {"contract"}
