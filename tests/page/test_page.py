"""The marketers' page in a real Chromium, opened from its file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from costs.member import Side
from storage.watch_troubles import WatchTrouble
from tests.page.conftest import PHONE, Opened
from tests.page.sheets import EVERY_STATE, NOW, TODAY, amounts, sheet, standing

TROUBLE_AT = NOW - timedelta(hours=1)


def order(page: Page) -> list[str]:
    return [
        one.get_attribute("id") or ""
        for one in page.locator(".watch:visible").element_handles()
    ]  # fmt: skip


def row(page: Page, number: int) -> str:
    return page.locator(f"#w{number} .main").inner_text()


def test_what_burns_most_money_stands_first(opened: Opened) -> None:
    page = opened(sheet())
    assert order(page) == ["w2", "w3", "w8", "w5", "w6", "w7", "w4", "w1", "w9"]
    first = row(page, 2)
    for said in ("목표 초과", "가온치과 상담 DB", "DB단가", "56,857원", "90%", "높음",
                 "초과 소진 188,000원", "30,271~121,145원", "12분 전", "14:08"):  # fmt: skip
        assert said in first
    assert "0건 / 소진 52,000원" in row(page, 3)


def test_a_watch_that_waits_or_is_refused_shows_no_old_number_as_new(opened: Opened) -> None:
    why = WatchTrouble(10, "봄꽃마켓", "가을", TROUBLE_AT, "two currencies: KRW, USD", "mend it")
    refused = standing(10, "봄꽃마켓", "가을", amounts(61_000, 3), trouble=why)
    empty = replace(EVERY_STATE[6], watch_id=11, empty_sides=(Side.SPEND,))
    page = opened(sheet((*EVERY_STATE, refused, empty)))
    said = row(page, 10).replace("\n", " ")
    assert "계산되지 않음 13:20부터" in said
    assert "two currencies: KRW, USD" in said
    assert "20,333" not in said, "its old unit cost"
    assert "측정할 소재 없음 (소진)" in row(page, 11)
    text = row(page, 5)
    assert "로그인 대기 13:20부터" in text.replace("\n", " ")
    assert "1시간 50분 전" in text
    assert "높음" not in text
    assert "상승" not in text


def test_net_results_provisional_days_and_missing_budgets_are_said(opened: Opened) -> None:
    page = opened(sheet())
    assert "순증" in row(page, 5)
    assert "잠정" in row(page, 6)
    assert "1시간 50분째 새 값 없음" in row(page, 6)
    assert "예산 미등록" in row(page, 9)


SORTED = {
    "name": (["w5", "w6", "w4"], ["w2", "w8", "w9"]),
    "cost": (["w2", "w8", "w1", "w9"], ["w9", "w1", "w8", "w2"]),
    "target": (["w2", "w8", "w1"], ["w1", "w8", "w2"]),
    "hour": (["w2", "w8", "w1", "w9"], ["w9", "w1", "w8", "w2"]),
    "yesterday": (["w2", "w8", "w1", "w9"], ["w9", "w1", "w8", "w2"]),
    "spend": ([], ["w6"]),
    "results": ([], ["w6"]),
    "budget": (["w2"], ["w6"]),
    "age": (["w5", "w6"], ["w2"]),
}
"""Where the order begins, descending and ascending."""
_BLIND = ["w3", "w4", "w5", "w6", "w7"]
UNKNOWN = {"cost": _BLIND, "target": [*_BLIND, "w9"], "hour": _BLIND, "yesterday": _BLIND}
"""Who has no such number."""


def test_each_column_sorts_both_ways_and_what_is_unknown_stays_last(opened: Opened) -> None:
    page = opened(sheet())
    for key, (down, up) in SORTED.items():
        heading = page.locator(f"th[data-key={key}]")
        ways = [("descending", down), ("ascending", up)]
        for way, expected in reversed(ways) if key == "name" else ways:
            heading.locator("button").click()
            expect(heading).to_have_attribute("aria-sort", way)
            assert order(page)[: len(expected)] == expected, (key, way)
            assert key == "name" or order(page)[-1] in UNKNOWN.get(key, ["w7", "w9"])
    page.locator("select[name=sort]").select_option("나쁜 순")
    assert order(page)[0] == "w2"
    assert page.locator("[aria-sort]").count() == 0


def test_filters_by_text_client_and_state_are_counted_and_kept_on_reload(opened: Opened) -> None:
    page = opened(sheet())
    page.get_by_label("광고주·항목 찾기").fill("친구")
    assert order(page) == ["w8", "w5", "w6", "w7", "w1", "w9"]  # by label too
    expect(page.locator("#count")).to_have_text("9개 중 6개")
    page.get_by_role("button", name="로그인 대기").click()
    assert order(page) == ["w5"]
    page.reload()
    assert order(page) == ["w5"]
    page.get_by_label("광고주·항목 찾기").fill("없는 이름")
    expect(page.locator("#nothing")).to_be_visible()
    page.get_by_label("광고주·항목 찾기").fill("")
    page.get_by_role("button", name="전체").click()
    page.locator("select[name=client]").select_option("구름카페")
    assert order(page) == ["w8"]


def test_the_whole_page_speaks_english_after_one_click(opened: Opened) -> None:
    page = opened(sheet(), "open=2")
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    text = row(page, 2)
    for said in ("Over target", "₩56,857", "higher", "overspent ₩188,000", "12 min ago"):
        assert said in text
    names = ("광고 단가", "목표", "소진", "전체", "일예산", "원", "건", "분 전", "측정")
    shown = page.locator("body").inner_text()
    for name in (one.watch for one in EVERY_STATE):
        shown = shown.replace(name, "")
    clients = {one.client for one in EVERY_STATE} | {one.label for one in EVERY_STATE}
    for name in (*clients, "한국어", "김지은"):
        shown = shown.replace(name, "")
    assert [word for word in names if word in shown] == []


def test_a_cell_opens_its_explanation_beside_the_page(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "explained" / "2"
    folder.mkdir(parents=True)
    (folder / "2026-03-03-13.html").write_text("<p>seen on the page: 123,519")
    page = opened(sheet(explained={2: [(TODAY, 13)]}))
    page.get_by_role("button", name="상담 DB").click()
    page.locator("#w2 button[data-day='2026-03-03'][data-hour='13']").click()
    panel = page.locator("#w2 .picked")
    expect(panel).to_contain_text("2026-03-03 13:00–14:00")
    expect(page.frame_locator("#w2 iframe").locator("p")).to_contain_text("seen on the page")
    page.locator("#w2 button[data-day='2026-03-01'][data-hour='9']").click()
    expect(panel.locator("code")).to_have_text("danga report explain '상담 DB' 2026-03-01T09")


def test_the_heat_table_is_walked_by_arrow_keys_and_says_each_hour_in_words(
    opened: Opened,
) -> None:
    page = opened(sheet(), "open=2")
    first = page.locator("#w2 .heat button").first
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "2026-03-02 1:00 · 단가 37,898원 (소진 113,693원, 3건)"
    assert page.locator("#w2 .heat [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#w2 .picked b")).to_have_text("2026-03-02 1:00–2:00")
    missing = page.locator("#w2 .heat .h-missing button").first
    assert "측정 없음" in (missing.get_attribute("title") or "")
    assert missing.inner_text() == ""


def test_the_chart_has_a_title_and_switches_between_hours_and_days(opened: Opened) -> None:
    page = opened(sheet(), "open=2")
    chart = page.get_by_role("img", name="상담 DB: 단가와 소진 추이 (시간별)")
    hours = chart.locator("circle").count()
    page.locator("#w2").get_by_role("button", name="일별").click()
    days = page.get_by_role("img", name="상담 DB: 단가와 소진 추이 (일별)")
    assert days.locator("circle").count() == 14
    assert hours > 30
    assert "최저" in (days.locator("desc").text_content() or "")


def test_a_phone_shows_cards_and_never_scrolls_sideways(opened: Opened) -> None:
    long_names = standing(10, "아주긴이름의광고주" * 8, "w" * 100, amounts(99_000_000, 3))
    page = opened(sheet((*EVERY_STATE, long_names)), "open=2.10", viewport=PHONE)
    for language in ("English", "한국어"):
        page.get_by_role("button", name=language).click()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    box = page.locator("#w2 .cost").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]


def test_nothing_is_ever_requested(opened: Opened) -> None:
    asked: list[str] = []
    page = opened(sheet())
    page.context.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.locator("#w2 .open").click()
    page.locator("#w2 .heat button").first.click()
    assert [one for one in asked if not one.startswith("file:") and one != "data:,"] == []
    assert len([one for one in asked if one.startswith("file:")]) == 1


def test_a_name_that_is_a_script_is_only_a_name(opened: Opened) -> None:
    evil = "<script>window.stolen=1</script>"
    worse = "</script><img src=x onerror=window.stolen=1>"
    hostile = standing(1, evil, worse, amounts(90_000, 3), label="'\"><b>x", owners=(worse,))
    page = opened(sheet((hostile,), owner=None), "open=1")
    page.locator("#w1 .heat button[data-hour='3']").first.click()
    assert page.evaluate("window.stolen") is None
    assert evil in row(page, 1)
    assert worse in row(page, 1)
    assert page.locator("main img").count() == 0
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b onclick=\"stolen=2\">b</b>')")
    assert page.locator("select[name=client] option").nth(1).inner_text() == evil


def test_an_old_page_says_so_itself_and_counts_the_ages_on(opened: Opened) -> None:
    page = opened(sheet(written_at=datetime.now(UTC) - timedelta(hours=2, seconds=5)))
    expect(page.locator("#old")).to_contain_text("이 페이지는 2시간 전 것입니다")
    assert "2시간 12분 전" in row(page, 2)
    assert opened(sheet()).locator("#old").is_hidden()


def test_the_keyboard_alone_opens_a_watch(opened: Opened) -> None:
    page = opened(sheet())
    page.locator("#w2 .open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#d2")).to_be_visible()
    expect(page.locator("#w2 .open")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#d2")).to_be_hidden()


def test_without_scripts_the_list_still_stands(opened: Opened) -> None:
    page = opened(sheet(), java_script_enabled=False)
    assert "56,857원" in row(page, 2)
    assert "Over target" not in row(page, 2)
    assert "JavaScript" in page.locator("noscript").inner_text()


def test_paper_gets_no_buttons(opened: Opened) -> None:
    page = opened(sheet())
    page.emulate_media(media="print")
    assert page.locator(".filters").is_hidden()
    assert page.locator(".languages").is_hidden()
    assert page.locator("#w2 .cost").is_visible()


def test_an_owner_without_watches_is_told_what_to_do(opened: Opened) -> None:
    page = opened(sheet(()))
    expect(page.locator(".empty")).to_contain_text("아직 담당하는 단가 항목이 없습니다")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".empty")).to_contain_text("There is no watch to look after yet")
