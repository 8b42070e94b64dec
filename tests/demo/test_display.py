"""Pages that lie: each bad display, as a browser sees it, and the JSON behind it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

DEEP = "/moment/accounts/1001/creatives?page=1"
DATA = "/moment/api/accounts/1001/creatives?page=1"


def heads(page: Page) -> list[str]:
    expect(page.locator("table.report")).to_be_visible()
    return page.locator("table.report thead th").all_inner_texts()


def under(page: Page, label: str) -> str:
    """Return the first row's cell under the header that begins with `label`."""
    place = next(n for n, text in enumerate(heads(page)) if text.startswith(label))
    return page.locator("table.report tbody tr").first.locator("td").nth(place).inner_text()


def test_renamed_labels_keep_marks_and_numbers(demo: RunningDemo, tab: Page, kim: Visitor) -> None:
    demo.knobs(rename_markup="labels")
    tab.goto(DEEP)
    assert heads(tab) == [
        "소재 번호",
        "소재 명칭",
        "운영 여부",
        "비용(원)",
        "노출수",
        "클릭수",
        "결과",
    ]
    assert under(tab, "비용") == f"{kim.json(DATA)['rows'][0]['spend']:,}"
    expect(tab.locator("[data-ready]")).to_be_visible()


def test_renamed_marks_keep_the_labels(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(rename_markup="marks")
    tab.goto(DEEP)
    expect(tab.locator("[data-v2-ready]")).to_be_visible()
    assert tab.locator("[data-ready], [data-row], [data-period], [data-total]").count() == 0
    assert tab.locator("thead th").nth(3).inner_text() == "소진액(원)"


def test_both_can_be_renamed_and_the_channel_with_them(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(rename_markup="both")
    tab.goto("/channel/ch501")
    expect(tab.locator("[data-v2-metric=friends]")).to_be_visible()
    assert "친구 수" not in tab.inner_text("#app")


def test_renamed_json_keys_reach_the_same_page(demo: RunningDemo, tab: Page, kim: Visitor) -> None:
    plain = kim.json(DATA)
    demo.knobs(rename_json=True)
    renamed = kim.json(DATA)
    assert "rows" not in renamed
    assert renamed["list"][0]["cost"] == plain["rows"][0]["spend"]
    tab.goto(DEEP)
    assert under(tab, "소진액") == f"{plain['rows'][0]['spend']:,}"
    tab.goto("/channel/ch501")
    expect(tab.locator("[data-metric=friends]")).to_be_visible()


def test_a_half_rendered_table_lacks_rows_that_its_json_has(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    demo.knobs(half_rendered="dom")
    tab.goto(DEEP)
    expect(tab.locator("[data-ready] tbody tr")).to_have_count(4)
    assert len(kim.json(DATA)["rows"]) == 8
    expect(tab.locator("[data-count]")).to_have_text("총 12건")


def test_the_missing_rows_can_come_by_themselves(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(half_rendered="dom", half_rendered_heals_ms=50)
    tab.goto(DEEP)
    expect(tab.locator("[data-ready] tbody tr")).to_have_count(8)


def test_a_truncated_json_still_tells_the_whole_total(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    whole = kim.json(DATA)
    demo.knobs(half_rendered="json")
    cut = kim.json(DATA)
    assert (len(cut["rows"]), cut["total"], cut["count"]) == (4, whole["total"], 12)
    tab.goto(DEEP)
    expect(tab.locator("[data-ready] tbody tr")).to_have_count(4)


@pytest.mark.parametrize("which", ["1001", "all"])
def test_another_accounts_page_comes_under_this_address(
    demo: RunningDemo, tab: Page, kim: Visitor, which: str
) -> None:
    demo.knobs(wrong_account=which)
    tab.goto(DEEP)
    expect(tab.locator("[data-account-name]")).to_have_text("하늘여행사")
    assert tab.url.endswith(DEEP)
    assert kim.json(DATA)["account"] == {"id": "1002", "name": "하늘여행사"}
    assert kim.json(DATA)["rows"][0]["id"] == "c1002-01"


def test_another_channels_page_comes_too(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(wrong_account="ch501")
    tab.goto("/channel/ch501")
    expect(tab.locator("[data-account-id]")).to_have_text("ch502")


@pytest.mark.parametrize(
    ("preset", "label", "dates"),
    [("yesterday", "어제", "2026-03-02"), ("last7", "지난 7일", "2026-02-25/2026-03-03")],
)
def test_a_remembered_period_stays_until_somebody_clicks_today(
    demo: RunningDemo, tab: Page, preset: str, label: str, dates: str
) -> None:
    demo.knobs(remembered_period=preset)
    for _ in range(2):
        tab.goto(DEEP)
        expect(tab.locator("[data-period-label]")).to_have_text(label)
        assert tab.get_attribute("time[data-period]", "datetime") == dates
    tab.click("[data-period-today]")
    expect(tab.locator("[data-period-label]")).to_have_text("오늘")
    tab.goto(DEEP)
    expect(tab.locator("[data-period-label]")).to_have_text("오늘")


def test_a_week_is_the_sum_of_its_days(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(remembered_period="last7")
    week = kim.json(DATA)
    days = [f"2026-02-{day}" for day in range(25, 29)] + [f"2026-03-0{day}" for day in range(1, 4)]
    spent = [kim.json(f"{DATA}&date={day}")["total"]["spend"] for day in days]
    assert week["total"]["spend"] == sum(spent)
    assert week["period"]["date"] is None


def test_a_click_on_yesterday_is_remembered_for_this_account_and_user_only(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    tab.goto(DEEP)
    tab.click("[data-period-yesterday]")
    expect(tab.locator("[data-period-label]")).to_have_text("어제")
    assert kim.json(DATA)["period"]["label"] == "어제"
    assert kim.json(DATA.replace("1001", "1002"))["period"]["label"] == "오늘"


def test_swapped_cells_stand_under_each_others_header(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    row = kim.json(DATA)["rows"][0]
    demo.knobs(columns="swapped")
    tab.goto(DEEP)
    assert (under(tab, "소진액"), under(tab, "노출")) == (
        f"{row['impressions']:,}",
        f"{row['spend']:,}",
    )


def test_moved_columns_are_harmless_to_who_reads_by_label(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    row = kim.json(DATA)["rows"][0]
    demo.knobs(columns="moved")
    tab.goto(DEEP)
    assert heads(tab)[3:5] == ["노출", "소진액(원)"]
    assert (under(tab, "소진액"), under(tab, "노출")) == (
        f"{row['spend']:,}",
        f"{row['impressions']:,}",
    )


def test_a_unit_of_a_thousand_won_stands_in_the_header(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    won = kim.json(DATA)["rows"][0]["spend"]
    demo.knobs(unit="thousand")
    tab.goto(DEEP)
    assert heads(tab)[3] == "소진액(천원)"
    assert under(tab, "소진액") == f"{won // 1000:,}"
    assert kim.json(DATA)["unit"] == "천원"


def test_rounded_amounts_hide_what_their_json_tells(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    won = kim.json(DATA)["rows"][0]["spend"]
    assert won >= 10_000
    demo.knobs(rounded=True)
    tab.goto(DEEP)
    assert under(tab, "소진액").endswith("만")
    assert kim.json(DATA)["rows"][0]["spend"] == won
    tab.goto("/channel/ch501")
    expect(tab.locator("[data-metric=friends]")).to_contain_text("만")


def test_an_overlay_covers_the_page_until_it_is_closed(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(overlay="closable")
    tab.goto(DEEP)
    expect(tab.locator("[data-overlay]")).to_be_visible()
    expect(tab.locator("[data-ready] tbody tr")).to_have_count(8)
    tab.click("[data-overlay-close]")
    expect(tab.locator("[data-overlay]")).to_have_count(0)


def test_an_overlay_can_be_stuck(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(overlay="stuck")
    tab.goto(DEEP)
    tab.click("[data-overlay-close]")
    expect(tab.locator("[data-overlay]")).to_be_visible()


@pytest.mark.parametrize("status", ["403", "404"])
def test_a_withdrawn_account_is_gone_from_list_page_and_json(
    demo: RunningDemo, tab: Page, kim: Visitor, status: str
) -> None:
    demo.knobs(withdrawn="1001,ch501", withdrawn_status=status)
    assert str(kim.get(DATA).status_code) == status
    assert [one["id"] for one in kim.json("/moment/api/accounts")["accounts"]] == ["1002"]
    for path in (DEEP, "/channel/ch501"):
        tab.goto(path)
        expect(tab.locator("[data-gone]")).to_be_visible()
