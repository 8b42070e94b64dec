from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from crawler.anonymise import Known, anonymised
from crawler.label_table import read_rows
from crawler.page import Expected, Found, Page, Wanted
from crawler.saved_page import (
    SavedPage,
    differences,
    load_page,
    load_result,
    result_of,
    save_page,
    saved_pages,
)
from crawler.site import Site
from crawler.snapshot import Answer, Snapshot
from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.errors import BadInput
from domain.metric import Metric, MetricKind, Unit
from domain.reading import Reading

AT = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)
ACCOUNT = AccountKey("paper", "10012")
HTML = """<html><body><h1 data-account="10012">봄꽃 &amp; 마켓</h1>
<p>김지은 담당 jieun@agency.example 010-1234-5678</p><table><thead><tr><th>ID</th><th>이름</th>
<th>소진액</th></tr></thead><tbody><tr><td>77001</td><td>친구 추가</td><td>10,012원</td></tr>
<tr><td>77002</td><td>친구 추가 2</td><td>77,001원</td></tr></tbody></table></body></html>"""
BODY = {"accountId": 10012, "rows": [{"id": "77001", "spend": 10012}, {"id": "77002", "spend": 1}]}


class Paper(Site):
    """A table of two creatives."""

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("spend", MetricKind.DAILY_CUMULATIVE, Unit.MONEY),
    )

    def lobby(self) -> Page:
        return Page("accounts", self.base_url)

    def pages(self, account: AccountKey, wanted: Wanted, day: date | None) -> Sequence[Page]:
        return [Page("creatives", f"{self.base_url}/{account.external_id}", account)]

    def extract(self, snapshot: Snapshot, expected: Expected) -> Sequence[Reading]:
        return [
            Reading(key, "spend", date(2026, 3, 3), int(row["소진액"][:-1].replace(",", "")),
                    expected.slot_at, snapshot.taken_at)
            for row in rows(snapshot)
            if (key := self.key(snapshot, row["ID"])) in expected.entities
        ]  # fmt: skip

    def discover(self, snapshot: Snapshot) -> Found:
        return Found(
            entities=tuple(
                FoundEntity(self.key(snapshot, row["ID"]), row["이름"]) for row in rows(snapshot)
            )
        )

    def key(self, snapshot: Snapshot, external_id: str) -> EntityKey:
        account = snapshot.select().css("h1").attrib["data-account"]
        return EntityKey(self.name, account, EntityKind.CREATIVE, external_id)


def rows(snapshot: Snapshot) -> list[dict[str, str]]:
    (table,) = snapshot.select().css("table")
    return [dict(row) for row in read_rows(table, ["ID", "이름", "소진액"])]


def page() -> SavedPage:
    keys = [EntityKey("paper", "10012", EntityKind.CREATIVE, one) for one in ("77001", "77002")]
    url = "https://paper.example/10012"
    answers = (Answer(f"{url}/rows", 200, json.dumps(BODY)), Answer(f"{url}/x", 200, "no json"))
    expected = Expected(
        page=Page("creatives", url, ACCOUNT),
        shown_name="봄꽃 & 마켓",
        dates=frozenset({date(2026, 3, 3)}),
        entities=frozenset(keys),
        slot_at=AT,
    )
    snapshot = Snapshot(url, 200, HTML, answers, AT)
    return SavedPage("paper", "sites/paper.py:Paper", "https://paper.example", snapshot, expected)


SITE = Paper("paper", "https://paper.example")


def test_a_page_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    result = result_of(SITE, page())
    save_page(tmp_path / "a" / "b", page(), result)
    (folder,) = saved_pages(tmp_path)
    assert load_page(folder) == page()
    assert load_result(folder) == result
    assert result["readings"][0] == ["creative", "77001", "spend", 10012, "2026-03-03"]


def test_a_result_that_differs_is_told_line_by_line() -> None:
    wanted = result_of(SITE, page())
    snapshot = replace(page().snapshot, html=HTML.replace("77,001원", "77,002원"))
    found = result_of(SITE, replace(page(), snapshot=snapshot))
    assert differences(wanted, found) == [
        'readings: missing ["creative", "77002", "spend", 77001, "2026-03-03"]',
        'readings: unexpected ["creative", "77002", "spend", 77002, "2026-03-03"]',
    ]
    assert differences(wanted, wanted) == []


def test_a_page_that_cannot_be_read_is_a_result_too() -> None:
    snapshot = replace(page().snapshot, html=HTML.replace("소진액", "비용"))
    found = result_of(SITE, replace(page(), snapshot=snapshot))
    assert found["verdict"] == "layout_changed"
    assert differences(result_of(SITE, page()), found)[-1].startswith("verdict: ")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"site": 1}'])
def test_a_folder_that_is_no_saved_page_is_bad_input(tmp_path: Path, content: str) -> None:
    save_page(tmp_path, page(), {})
    (tmp_path / "page.json").write_text(content)
    with pytest.raises(BadInput, match=r"page\.json"):
        load_page(tmp_path)


def known() -> Known:
    gathered = Known()
    gathered.add_page(page())
    gathered.add_found(SITE.discover(page().snapshot))
    return gathered


def test_names_and_ids_are_replaced_everywhere_alike_and_figures_stay() -> None:
    words = known().stand_ins("salt")
    private = anonymised(page(), words)
    everything = "".join(
        (private.snapshot.html, private.snapshot.url, *(a.body for a in private.snapshot.answers))
    )
    for word in ("봄꽃", "친구 추가", "77002", "jieun", "010-1234"):
        assert word not in everything, word
    answer = json.loads(private.snapshot.answers[0].body)
    account = private.expected.page.account
    assert account is not None
    assert str(answer["accountId"]) == account.external_id != "10012"
    assert [row["spend"] for row in answer["rows"]] == [10012, 1]
    result = result_of(SITE, private)
    assert sorted(reading[3] for reading in result["readings"]) == [10012, 77001]
    assert {reading[1] for reading in result["readings"]} == {row["id"] for row in answer["rows"]}


def test_the_same_salt_gives_the_same_stand_ins_and_another_salt_others() -> None:
    first = known().stand_ins("salt")
    assert known().stand_ins("salt") == first
    assert known().stand_ins("pepper") != first
    assert len(set(first.words.values())) == len(first.words)


def test_a_class_that_answers_nonsense_is_named() -> None:
    class Nonsense(Paper):
        def discover(self, snapshot: Snapshot) -> Found:
            return None  # type: ignore[return-value]

    found = result_of(Nonsense("paper", "https://paper.example"), page())
    assert "discover answered no Found" in found["detail"]
