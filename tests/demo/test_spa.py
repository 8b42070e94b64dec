"""The single-page app when nothing is wrong: what it costs, what it shows, where it leads."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

DEEP = "/moment/accounts/1001/creatives?page=1"


def ready(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("[data-ready]")).to_be_visible()


def test_a_cold_page_costs_about_forty_requests_and_a_megabyte(
    demo: RunningDemo, tab: Page, context: BrowserContext
) -> None:
    received: list[float] = []
    network = context.new_cdp_session(tab)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    demo.reset_stats()
    ready(tab, DEEP)
    tab.wait_for_load_state("networkidle")
    assert 36 <= demo.stats()["total"] <= 44
    assert 900_000 <= sum(received) <= 1_200_000


def test_a_warm_page_costs_three_to_five(demo: RunningDemo, tab: Page) -> None:
    ready(tab, DEEP)
    tab.wait_for_load_state("networkidle")
    demo.reset_stats()
    ready(tab, "/moment/accounts/1002/creatives?page=1")
    tab.wait_for_load_state("networkidle")
    warm = demo.stats()
    assert 3 <= warm["total"] <= 5
    assert "asset" not in warm["by_kind"]


def test_the_empty_page_fills_without_a_complaint_in_the_console(tab: Page) -> None:
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/moment/accounts", DEEP, "/channel/channels", "/channel/ch501"):
        ready(tab, path)
    assert said == []


def test_the_table_shows_what_its_json_says(tab: Page, kim: Visitor) -> None:
    ready(tab, DEEP)
    content = kim.json("/moment/api/accounts/1001/creatives?page=1")
    heads = tab.locator("table.report thead th").all_inner_texts()
    assert heads == ["소재 ID", "소재 이름", "상태", "소진액(원)", "노출", "클릭", "전환"]
    for row in content["rows"]:
        cells = tab.locator(f"tr[data-row='{row['id']}'] td").all_inner_texts()
        numbers = [row[key] for key in ("spend", "impressions", "clicks", "conversions")]
        assert cells == [row["id"], row["name"], row["status"], *(f"{n:,}" for n in numbers)]
    total = tab.locator("tr[data-total] > *").all_inner_texts()
    assert (total[0], total[3]) == ("합계", f"{content['total']['spend']:,}")
    expect(tab.locator("[data-count]")).to_have_text("총 12건")


def test_the_page_names_account_and_period(tab: Page) -> None:
    ready(tab, DEEP)
    assert tab.inner_text("[data-account-name]") == "달빛커피"
    assert tab.inner_text("[data-account-id]") == "1001"
    assert tab.inner_text("[data-period-label]") == "오늘"
    assert tab.get_attribute("time[data-period]", "datetime") == "2026-03-03"


def test_a_past_date_is_labelled_and_linked(tab: Page) -> None:
    ready(tab, f"{DEEP}&date=2026-03-02")
    assert tab.inner_text("[data-period-label]") == "어제"
    ready(tab, f"{DEEP}&date=2026-02-20")
    assert tab.inner_text("[data-period-label]") == "2월 20일"
    tab.click("[data-page='2']")
    expect(tab.locator("[aria-current=page]")).to_have_text("2")
    assert tab.get_attribute("time[data-period]", "datetime") == "2026-02-20"


def test_pages_split_the_rows_while_the_total_is_of_all(tab: Page) -> None:
    ready(tab, DEEP)
    first = set(tab.locator("tbody tr").evaluate_all("rows => rows.map(r => r.dataset.row)"))
    total = tab.inner_text("tr[data-total]")
    assert tab.inner_text("tr[data-subtotal]").split()[1:] != total.split()[1:]
    tab.click("[data-page='2']")
    expect(tab.locator("tr[data-row='c1001-12']")).to_be_visible()
    second = set(tab.locator("tbody tr").evaluate_all("rows => rows.map(r => r.dataset.row)"))
    assert (len(first), len(second), first & second) == (8, 4, set())
    assert tab.inner_text("tr[data-total]") == total


def test_the_router_goes_on_and_back_without_a_document(demo: RunningDemo, tab: Page) -> None:
    ready(tab, "/moment/accounts")
    demo.reset_stats()
    tab.click("a[href^='/moment/accounts/1001']")
    expect(tab.locator("[data-view=creatives]")).to_be_visible()
    tab.click("nav.tabs a[href*='campaigns']")
    expect(tab.locator("[data-view=campaigns]")).to_be_visible()
    tab.go_back()
    expect(tab.locator("[data-view=creatives]")).to_be_visible()
    tab.go_back()
    expect(tab.locator("[data-view=accounts]")).to_be_visible()
    assert "document" not in demo.stats()["by_kind"]


def test_the_lobbies_list_what_the_login_sees(tab: Page) -> None:
    ready(tab, "/moment/accounts")
    listed = tab.locator("tr[data-account]").evaluate_all("rows => rows.map(r => r.innerText)")
    assert [line.split("\t") for line in listed] == [["1001", "달빛커피"], ["1002", "하늘여행사"]]
    ready(tab, "/channel/channels")
    assert tab.locator("tr[data-account]").count() == 1


def test_the_channel_page_shows_its_friends_and_the_date(tab: Page, kim: Visitor) -> None:
    ready(tab, "/channel/ch501")
    shown = kim.json("/channel/api/channels/ch501")
    assert tab.inner_text("[data-metric=friends]") == f"{shown['friends']:,}"
    assert tab.inner_text("[data-metric=subscribers]") == f"{shown['subscribers']:,}"
    assert tab.locator("dt").all_inner_texts() == ["친구 수", "소식받기 수", "기준일"]
    assert tab.inner_text("[data-account-name]") == "달빛커피 채널"


def test_an_address_that_leads_nowhere_is_gone(tab: Page) -> None:
    for path in ("/moment/accounts/9999/creatives?page=1", "/moment/nowhere/at/all"):
        tab.goto(path)
        expect(tab.locator("[data-gone]")).to_be_visible()
