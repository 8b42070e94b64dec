"""What the site noticed: every request to its pages, none to the control paths."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo


def test_requests_are_counted_by_site_kind_path_address_and_second(
    demo: RunningDemo, kim: Visitor
) -> None:
    demo.reset_stats()
    asset = kim.get("/channel/channels").text.split('rel="stylesheet" href="')[1].split('"')[0]
    for path in (asset, "/channel/api/channels", "/moment/accounts", "/favicon.ico"):
        kim.get(path)
    with Visitor(demo.url, address="127.0.0.7", via="1.1 proxy-a") as other:
        other.get("/sign-in")
    told = demo.stats()
    assert told["total"] == 6
    assert sum(told["by_second"].values()) == 6
    assert told["by_site"] == {"channel": 3, "moment": 1, "favicon.ico": 1, "sign-in": 1}
    assert told["by_kind"] == {"document": 3, "asset": 2, "json": 1}
    assert told["by_path"]["/channel/api/channels"] == 1
    assert told["by_address"] == {"127.0.0.1": 5, "127.0.0.7": 1}
    assert told["by_via"] == {"direct": 5, "1.1 proxy-a": 1}
    assert told["by_status"] == {"200": 5, "302": 1}


def test_the_control_paths_are_never_counted(demo: RunningDemo) -> None:
    demo.reset_stats()
    demo.truth()
    demo.step(minutes=1)
    demo.knobs(rounded=True)
    assert demo.stats()["total"] == 0


def test_refused_requests_are_counted_too(demo: RunningDemo, kim: Visitor) -> None:
    demo.reset_stats()
    demo.knobs(too_many_above_per_second=0)
    kim.get("/moment/accounts")
    assert demo.stats()["by_status"] == {"429": 1}


def test_the_peaks_show_who_came_at_once(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(latency_ms=200)
    demo.reset_stats()
    with ThreadPoolExecutor(5) as crowd:
        list(crowd.map(kim.get, ["/sign-in"] * 5))
    told = demo.stats()
    assert told["peak_concurrent"] == 5
    assert told["peak_within_a_second"] == 5
    assert 1 <= told["peak_per_second"] <= 5
    assert told["concurrent"] == 0


def test_logins_captchas_and_sessions_are_counted(demo: RunningDemo, visitor: Visitor) -> None:
    demo.knobs(captcha_after=2)
    visitor.sign_in(password="wrong")
    visitor.sign_in()
    visitor.sign_in()
    told = demo.stats()
    assert told["logins"] == {"ok": 1, "failed": 1}
    assert (told["captchas"], told["sessions"]) == (1, 1)
    demo.reset_stats()
    assert demo.stats()["logins"] == {"ok": 0, "failed": 0}
