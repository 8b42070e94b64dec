"""A person from afar in a live page: a real browser, a page with a form, no web server of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from crawler.browser import Browser
from crawler.live_view import Audience, Frame, LiveView, Question
from crawler.login_context import LoginContext
from crawler.person_input import Answered, Key, Pasted, PersonInput, Pointer, Size, Typed, Wheel
from tests.demo_server import RunningDemo
from tests.servers import free_port

_FORM = """
<!doctype html><meta charset="utf-8"><body style="margin:0;height:3000px">
<input id="name" style="position:absolute;left:0;top:0;width:200px;height:40px">
<button id="agree" style="position:absolute;left:0;top:60px;width:200px;height:40px"
  onclick="this.textContent = confirm('동의합니까?') ? 'yes' : 'no'">?</button>
<button id="note" style="position:absolute;left:0;top:120px;width:200px;height:40px"
  onclick="alert('비밀번호가 틀립니다'); this.textContent = 'told'">!</button>
<a id="away" href="http://elsewhere.example/" target="_blank"
  style="position:absolute;left:0;top:180px;width:200px;height:40px">away</a>
"""


@dataclass
class Screen:
    """What the person got to see."""

    frames: list[Frame] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    turned_back: list[str] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)

    @property
    def audience(self) -> Audience:
        return Audience(
            self.frames.append,
            self.questions.append,
            lambda: self.answers.pop() if self.answers else None,
            self.turned_back.append,
        )


@dataclass
class Seat:
    """A view of the form and its screen."""

    view: LiveView
    screen: Screen
    context: LoginContext

    def until(self, so: Callable[[], object]) -> None:
        for _ in range(500):
            if so():
                return
            self.view.pump(0.01)
        raise AssertionError("it never came so")

    def click(self, x: float, y: float) -> None:
        """At CSS pixels of the page."""
        size = self.context.tab.page.viewport_size
        assert size is not None
        where = x / size["width"], y / size["height"]
        self.do(Pointer("move", *where), Pointer("down", *where), Pointer("up", *where))

    def do(self, *acts: PersonInput) -> None:
        for act in acts:
            self.view.do(act)

    def text(self, selector: str) -> str:
        found = self.context.tab.page.evaluate(
            "([one]) => one.value || one.textContent",
            self.context.tab.page.query_selector_all(selector),
        )
        return str(found)


@pytest.fixture
def seat(browser: Browser, demo: RunningDemo) -> Iterator[Seat]:
    context = browser.open("kim", None, None, frozenset({urlsplit(demo.url).hostname or ""}))
    screen = Screen()
    view = LiveView(context.tab, context.hosts, screen.audience)
    page = context.tab.page
    page.route("**/form", lambda route: route.fulfill(body=_FORM, content_type="text/html"))
    page.goto(f"{demo.url}/form")
    page.unroute_all()
    yield Seat(view, screen, context)
    browser.drop("kim")


def test_the_page_is_drawn_and_drawn_again_when_it_changes(seat: Seat) -> None:
    seat.until(lambda: seat.screen.frames)
    assert seat.screen.frames[0].jpeg.startswith(b"\xff\xd8")
    before = len(seat.screen.frames)
    seat.context.tab.page.evaluate("document.body.style.background = 'teal'")
    seat.until(lambda: len(seat.screen.frames) > before)


def test_what_stands_still_is_drawn_for_who_comes_later(seat: Seat) -> None:
    seat.until(lambda: seat.screen.frames)
    seat.view.pump(0.3)
    before = len(seat.screen.frames)
    seat.view.draw()
    seat.until(lambda: len(seat.screen.frames) > before)


def test_a_person_types_korean_as_an_input_method_composes_it(seat: Seat) -> None:
    seat.click(20, 20)
    seat.do(Typed(0, "ㅎ"), Typed(1, "하"), Typed(1, "한"), Typed(0, "ㄱ"), Typed(1, "그"))
    seat.do(Typed(1, "글"), Typed(0, " ok"))
    assert seat.text("#name") == "한글 ok"
    seat.do(Key("Backspace"), Key("Control+A"), Pasted("붙여넣기 1"))
    assert seat.text("#name") == "붙여넣기 1"


def test_letters_arrive_as_keys_for_forms_that_listen_to_keys(seat: Seat) -> None:
    page = seat.context.tab.page
    page.evaluate("() => { window.keys = []; onkeydown = event => keys.push(event.key) }")
    seat.click(20, 20)
    seat.do(Typed(0, "a1"), Key("Tab"))
    assert page.evaluate("keys") == ["a", "1", "Tab"]


def test_a_question_of_the_page_is_put_to_the_person_who_alone_answers(seat: Seat) -> None:
    for agrees, said in [(True, "yes"), (False, "no")]:
        seat.screen.answers.append(Answered(agrees))
        seat.click(20, 80)
        assert seat.text("#agree") == said
    assert seat.screen.questions == [Question("confirm", "동의합니까?")] * 2


def test_a_notice_of_the_page_is_shown_and_the_page_goes_on(seat: Seat) -> None:
    seat.click(20, 140)
    assert seat.screen.questions == [Question("alert", "비밀번호가 틀립니다")]
    assert seat.text("#note") == "told"


def test_the_page_goes_nowhere_but_to_the_hosts_of_the_site(seat: Seat) -> None:
    page = seat.context.tab.page
    stood = page.url
    seat.click(20, 200)
    seat.until(lambda: seat.screen.turned_back)
    page.evaluate("location.href = 'http://other.example/'")
    seat.until(lambda: len(seat.screen.turned_back) == 2)
    assert seat.screen.turned_back == ["elsewhere.example", "other.example"]
    assert page.url == stood
    assert seat.text("#note") == "!"
    assert seat.view.strayed_to is None


def test_a_page_that_cannot_be_reached_is_no_foreign_host(seat: Seat, demo: RunningDemo) -> None:
    page = seat.context.tab.page
    gone = f"http://{urlsplit(demo.url).hostname}:{free_port()}/"
    page.evaluate("url => { location.href = url }", gone)
    seat.until(lambda: page.url.startswith("chrome-error:"))
    assert seat.view.strayed_to is None
    assert seat.screen.turned_back == []


def test_frames_inside_the_page_may_come_from_elsewhere_as_captchas_do(
    seat: Seat, demo: RunningDemo
) -> None:
    page = seat.context.tab.page
    other = demo.url.replace("127.0.0.1", "localhost")
    page.goto(f"{demo.url}/sign-in")
    page.evaluate(
        """url => {
          const inside = document.createElement('iframe');
          inside.src = url;
          document.body.append(inside);
        }""",
        f"{other}/sign-in",
    )
    seat.until(lambda: any(frame.url.startswith(other) for frame in page.frames))
    seat.until(lambda: page.frames[-1].query_selector("input[name=username]"))
    assert seat.screen.turned_back == []


def test_scrolling_and_the_size_of_a_phone(seat: Seat) -> None:
    page = seat.context.tab.page
    seat.do(Size(390, 700))
    assert page.evaluate("innerWidth") == 390
    seat.do(Wheel(0.5, 0.5, 0, 400))
    seat.until(lambda: page.evaluate("scrollY") == 400)
