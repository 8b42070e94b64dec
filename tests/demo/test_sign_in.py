"""Signing in, and everything that may stand behind the password."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

DEEP = "/moment/accounts/1001/creatives?page=1"


def sign_in(page: Page, password: str = "demo-kim") -> None:
    page.fill("form[name=sign-in] [name=username]", "kim")
    page.fill("form[name=sign-in] [name=password]", password)
    page.click("form[name=sign-in] button")


def test_one_sign_in_opens_both_sites(visitor: Visitor) -> None:
    assert not visitor.opens("/moment/accounts")
    assert visitor.sign_in("kim") == "open"
    assert visitor.opens("/moment/accounts")
    assert visitor.opens("/channel/ch501")


def test_a_deep_link_waits_behind_the_sign_in(guest: Page) -> None:
    guest.goto(DEEP)
    sign_in(guest)
    expect(guest.locator("[data-ready][data-view=creatives]")).to_be_visible()
    assert guest.url.endswith(DEEP)


def test_a_plain_form_post_signs_in_too(visitor: Visitor) -> None:
    form = {"username": "kim", "password": "demo-kim", "next": DEEP}
    answer = visitor.http.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, DEEP)
    assert visitor.opens(DEEP)


def test_the_sign_in_leads_to_no_other_host(visitor: Visitor) -> None:
    for target in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        form = {"username": "kim", "password": "demo-kim", "next": target}
        location = visitor.http.post("/sign-in", data=form).headers["location"]
        assert location == "/moment/accounts"


def test_a_wrong_password_says_so(demo: RunningDemo, guest: Page) -> None:
    guest.goto(DEEP)
    sign_in(guest, "wrong")
    expect(guest.locator("[data-bad-credentials]")).to_be_visible()
    expect(guest.locator("form[name=sign-in]")).to_be_visible()
    assert demo.stats()["logins"] == {"ok": 0, "failed": 1}


def test_json_without_a_session_answers_401(visitor: Visitor) -> None:
    answer = visitor.get("/moment/api/accounts")
    assert (answer.status_code, answer.json()) == (401, {"error": "signed_out"})


def test_a_login_sees_its_own_accounts_only(kim: Visitor) -> None:
    listed = kim.json("/moment/api/accounts")["accounts"]
    assert [one["id"] for one in listed] == ["1001", "1002"]
    assert kim.get("/moment/api/accounts/1003").status_code == 404
    assert kim.get("/channel/api/channels/ch502").status_code == 404


def test_signing_out_ends_the_session(demo: RunningDemo, tab: Page, kim: Visitor) -> None:
    tab.goto("/moment/accounts")
    tab.click("form[name=sign-out] button")
    expect(tab.locator("form[name=sign-in]")).to_be_visible()
    assert not kim.opens()
    assert demo.stats()["sessions"] == 0


def test_a_captcha_comes_after_some_sign_ins_in_the_window(
    demo: RunningDemo, visitor: Visitor
) -> None:
    demo.knobs(captcha_after=2, captcha_window_minutes=60)
    assert [visitor.sign_in() for _ in range(3)] == ["open", "open", "captcha"]
    assert visitor.sign_in("lee") == "open"
    assert demo.stats()["captchas"] == 1


def test_sign_ins_that_are_rare_enough_raise_no_captcha(
    demo: RunningDemo, visitor: Visitor
) -> None:
    demo.knobs(captcha_after=2, captcha_window_minutes=60)
    stages = []
    for _ in range(5):
        stages.append(visitor.sign_in())
        demo.step(minutes=31)
    assert stages == ["open"] * 5


def test_only_a_person_gets_past_the_captcha(demo: RunningDemo, guest: Page) -> None:
    demo.knobs(captcha_after=0)
    guest.goto(DEEP)
    sign_in(guest)
    expect(guest.locator("[data-captcha]")).to_be_visible()
    guest.fill("form[name=captcha] [name=captcha]", "0000")
    guest.click("form[name=captcha] button")
    expect(guest.locator("[data-captcha] ~ [data-wrong]")).to_be_visible()
    demo.knobs(captcha_after=1)
    guest.fill("form[name=captcha] [name=captcha]", "8064")
    guest.click("form[name=captcha] button")
    expect(guest.locator("[data-ready]")).to_be_visible()


def test_a_second_factor_keeps_the_pages_shut_until_its_code(
    demo: RunningDemo, guest: Page
) -> None:
    demo.knobs(second_factor=True)
    guest.goto(DEEP)
    sign_in(guest)
    expect(guest.locator("[data-second-factor]")).to_be_visible()
    guest.goto(DEEP)
    expect(guest.locator("[data-second-factor]")).to_be_visible()
    guest.fill("form[name=second-factor] [name=code]", "246810")
    guest.click("form[name=second-factor] button")
    expect(guest.locator("[data-ready]")).to_be_visible()


def test_new_terms_stop_those_who_are_signed_in_until_they_agree(
    demo: RunningDemo, tab: Page, kim: Visitor
) -> None:
    demo.knobs(consent=True)
    assert kim.get("/moment/api/accounts").json() == {"error": "consent"}
    tab.goto(DEEP)
    expect(tab.locator("[data-consent]")).to_be_visible()
    tab.click("form[name=consent] button")
    expect(tab.locator("[data-ready]")).to_be_visible()
    assert tab.url.endswith(DEEP)
