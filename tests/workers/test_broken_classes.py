"""A site class of a user's own that raises, or answers nonsense, stops its account only."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from crawler.browser import Browser
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.logins import LoginBook
from storage.visit_record import PageRecord
from tests.demo_server import RunningDemo
from tests.workers.workspace import (
    KIM_EVERYTHING,
    Agency,
    Identity,
    inventory,
    pages_of,
    pass_time,
    stored_numbers,
    true_numbers,
    unit_costs,
    visits_of,
)
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.tick import tick

CHANNEL_ONLY = Identity("kim", ("channel/ch501",))
FRAME = '''
"""A class that somebody is still writing."""

from crawler.page import Page
from crawler.sites.moment import MomentSite


class OurMoment(MomentSite):
{body}
'''
BROKEN = {
    "def extract(self, snapshot, expected):\n    return {}['spend']": (
        "OurMoment.extract raised KeyError: 'spend' (line 9 of our_moment.py)"
    ),
    "def extract(self, snapshot, expected):\n    return None": "extract answered NoneType",
    "def extract(self, snapshot, expected):\n    return ['1,000']": "something that is no Reading",
    "def extract(self, snapshot, expected):\n    return list(super().extract(snapshot, expected)) * 2": (  # noqa: E501
        "twice the same number"
    ),
    "def classify(self, snapshot, expected):\n    return 'fine'": "classify answered str",
    "def discover(self, snapshot):\n    return []": "discover answered list, not Found",
    "def pages(self, account, wanted, day):\n    return None": "pages answered NoneType",
    "def pages(self, account, wanted, day):\n    return ['/creatives']": "no Page",
    "def pages(self, account, wanted, day):\n    import json\n    json.loads('{')": (
        "raised JSONDecodeError: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1) (line 10 of our_moment.py)"
    ),
    "def next_page(self, page, snapshot):\n    return page": "numbers have to grow",
}


def _write(agency: Agency, body: str) -> Path:
    path = agency.root / "sites" / "our_moment.py"
    path.write_text(FRAME.format(body=indent(dedent(body), "    ")).lstrip(), encoding="utf-8")
    return path


def _apply(agency: Agency) -> None:
    declared = inventory(agency.demo, KIM_EVERYTHING)
    declared["sites"][0]["class"] = "sites/our_moment.py:OurMoment"
    agency.apply(declared)


@pytest.mark.parametrize(("body", "said"), list(BROKEN.items()), ids=list(BROKEN.values()))
def test_its_pages_are_layout_changed_and_the_other_accounts_go_on(
    agency: Agency, browser: Browser, demo: RunningDemo, body: str, said: str
) -> None:
    _write(agency, body)
    _apply(agency)
    with agency.house() as house:
        (visit,) = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
        assert (visit.state, visit.verdict) == (VisitState.PARTIAL, VerdictKind.LAYOUT_CHANGED)
        failed = _failed(house)
        assert {page.account for page in failed} == {"1001", "1002"}
        assert all(page.verdict is VerdictKind.LAYOUT_CHANGED for page in failed)
        assert said in failed[0].detail
        assert stored_numbers(house.engine, visit.planned_at) == true_numbers(demo, CHANNEL_ONLY)


def _failed(house: House) -> list[PageRecord]:
    (visit,) = visits_of(house.engine)
    return [page for page in pages_of(house.engine, visit) if page.verdict is not VerdictKind.OK]


def test_a_class_that_no_longer_loads_fails_its_visits_and_stops_no_tick_and_no_other_cost(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    path = _write(agency, "pass")
    declared = inventory(demo, KIM_EVERYTHING)
    declared["sites"].append({**declared["sites"][0], "name": "ours"})
    declared["sites"][-1]["class"] = "sites/our_moment.py:OurMoment"
    declared["logins"].append(
        {"name": "lee", "sites": ["ours"], "username": "lee", "credentials": "stored"}
    )
    declared["accounts"].append({"site": "ours", "id": "1003", "login": "lee"})
    agency.apply(declared)
    path.write_text("this is no Python", encoding="utf-8")
    with agency.house() as house:
        tick(house)
        pass_time(house.engine, minutes=10)
        visits = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
        ended = {visit.login: (visit.state, visit.verdict) for visit in visits}
        assert ended["lee"] == (VisitState.FAILED, VerdictKind.LAYOUT_CHANGED)
        assert ended["kim"] == (VisitState.DONE, VerdictKind.OK)
        lee = next(visit for visit in visits if visit.login == "lee")
        assert "our_moment.py:1" in lee.detail
        assert unit_costs(house, "moment/1001 친구")
