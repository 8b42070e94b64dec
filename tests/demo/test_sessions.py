"""How sessions end: by age, by rotation, by a second sign-in, all at once."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo


def test_a_session_lasts_until_it_is_as_old_as_the_knob_says(
    demo: RunningDemo, kim: Visitor
) -> None:
    demo.knobs(session_minutes=30)
    demo.step(minutes=29)
    assert kim.opens()
    demo.step(minutes=1)
    assert not kim.opens()


def test_all_sessions_can_end_at_once(demo: RunningDemo, kim: Visitor) -> None:
    with Visitor(demo.url) as lee:
        lee.sign_in("lee")
        assert demo.stats()["sessions"] == 2
        assert demo.end_sessions() == 2
        assert not kim.opens()
        assert not lee.opens()


def test_the_sessions_of_one_login_can_end_alone(demo: RunningDemo, kim: Visitor) -> None:
    with Visitor(demo.url) as lee:
        lee.sign_in("lee")
        assert demo.end_sessions("lee") == 1
        assert kim.opens()
        assert not lee.opens()


def test_a_second_sign_in_ends_the_first_where_one_session_is_allowed(
    demo: RunningDemo, kim: Visitor
) -> None:
    with Visitor(demo.url) as elsewhere:
        elsewhere.sign_in("kim")
        assert kim.opens()
        demo.knobs(one_session=True)
        elsewhere.sign_in("kim")
        assert not kim.opens()
        assert elsewhere.opens()


def test_each_page_load_brings_a_new_cookie_and_kills_the_old_one(
    demo: RunningDemo, kim: Visitor
) -> None:
    demo.knobs(rotate_cookie=True, rotation_grace_seconds=0)
    first = kim.http.cookies["demo_session"]
    assert kim.opens()
    second = kim.http.cookies["demo_session"]
    assert second != first
    assert kim.json("/moment/api/accounts")
    assert kim.http.cookies["demo_session"] == second
    kim.http.cookies.set("demo_session", first, domain="127.0.0.1")
    assert not kim.opens()


def test_a_rotated_cookie_still_works_within_its_grace(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(rotate_cookie=True, rotation_grace_seconds=60)
    first = kim.http.cookies["demo_session"]
    assert kim.opens()
    assert kim.get("/moment/api/accounts").status_code == 200
    with Visitor(demo.url) as late:
        late.http.cookies.set("demo_session", first)
        assert late.get("/moment/api/accounts").status_code == 200


def test_a_browser_lives_on_rotating_cookies_and_their_copy_dies(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    demo.knobs(rotate_cookie=True, rotation_grace_seconds=0)
    for account in ("1001", "1002", "1001"):
        tab.goto(f"/moment/accounts/{account}/creatives?page=1")
        expect(tab.locator(f"[data-account='{account}']")).to_be_visible()
    assert not kim.opens()
    assert demo.stats()["sessions"] == 1


def test_a_session_that_ends_under_an_open_page_leads_to_the_sign_in(
    demo: RunningDemo, tab: Page
) -> None:
    tab.goto("/moment/accounts")
    expect(tab.locator("[data-ready]")).to_be_visible()
    demo.end_sessions()
    tab.click("a[href^='/moment/accounts/1001']")
    expect(tab.locator("form[name=sign-in]")).to_be_visible()
    assert "next=%2Fmoment%2Faccounts%2F1001" in tab.url
