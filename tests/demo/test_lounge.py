"""The third site: a form and a cookie of its own, plain pages, and a truth for those who ask."""

from __future__ import annotations

from parsel import Selector

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

KIM = {"user_id": "kim", "user_pw": "demo-kim"}


def signed_in(visitor: Visitor) -> Visitor:
    answer = visitor.http.post("/lounge/login", data=KIM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lounge/cafes")
    return visitor


def test_a_stranger_is_led_to_the_form(visitor: Visitor) -> None:
    for path in ("/lounge/cafes", "/lounge/cafes/cafe701"):
        assert visitor.get(path).headers["location"] == "/lounge/login"
    assert Selector(visitor.get("/lounge/login").text).css("form#login input[name=user_pw]")


def test_a_wrong_password_is_told_and_opens_nothing(visitor: Visitor) -> None:
    answer = visitor.http.post("/lounge/login", data=KIM | {"user_pw": "wrong"})
    assert "맞지 않습니다" in visitor.get(answer.headers["location"]).text
    assert visitor.get("/lounge/cafes").status_code == 302


def test_its_cookie_opens_nothing_else_and_no_other_opens_it(visitor: Visitor) -> None:
    signed_in(visitor)
    assert visitor.get("/lounge/cafes").status_code == 200
    assert not visitor.opens("/moment/accounts")
    visitor.http.cookies.clear()
    visitor.sign_in("kim")
    assert visitor.get("/lounge/cafes").status_code == 302


def test_a_cafe_shows_the_truth(demo: RunningDemo, visitor: Visitor) -> None:
    told = demo.get("/_demo/truth", login="kim", site="lounge")
    assert {(fact["site"], fact["kind"]) for fact in told} == {("lounge", "channel")}
    signed_in(visitor)
    for cafe in ("cafe701", "cafe702"):
        page = Selector(visitor.get(f"/lounge/cafes/{cafe}").text)
        cells = [cell.replace(",", "") for cell in page.css("#numbers td::text").getall()]
        truth = {one["metric"]: one["value"] for one in told if one["account"] == cafe}
        assert cells == [f"{truth['members']}명", str(truth["posts"])]


def test_another_ones_cafe_is_not_there(visitor: Visitor) -> None:
    signed_in(visitor)
    page = Selector(visitor.get("/lounge/cafes/cafe703").text)
    assert page.css("p.missing")
    assert not page.css("#numbers")


def test_the_truth_of_the_dashboards_does_not_know_it(demo: RunningDemo) -> None:
    assert {fact["site"] for fact in demo.truth()} == {"moment", "channel"}


def test_all_sessions_may_end(demo: RunningDemo, visitor: Visitor) -> None:
    signed_in(visitor)
    assert demo.end_sessions("kim") == 1
    assert visitor.get("/lounge/cafes").status_code == 302
