"""Each row of the verdict table on a page that shows its fact, and the order in which they win."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from crawler.errors import LayoutChanged
from crawler.marks import Marks
from crawler.page import Expected, Page
from crawler.snapshot import Answer, Snapshot
from crawler.verdict_table import judge
from domain.verdict import OK, Verdict, VerdictKind

NOW = datetime(2026, 3, 3, 1, 20, tzinfo=UTC)
MARKS = Marks(
    root="#app",
    ready="[data-ready]",
    sign_in="form.sign-in",
    captcha=".captcha",
    consent=".consent",
    second_factor=".otp",
    bad_credentials=".bad",
    refused=".refused",
    overloaded=".busy",
    maintenance=".maintenance",
    gone=".gone",
    overlay=".overlay",
)
READY = '<div id="app"><p data-ready>소진액</p>{}</div>'
PAGE = Page("creatives", "http://ads.test/moment/1001")
EXPECTED = Expected(PAGE, "봄", frozenset({date(2026, 3, 3)}), frozenset(), NOW)


def _snapshot(html: str, status: int = 200, answers: Sequence[int] = ()) -> Snapshot:
    received = tuple(Answer("http://ads.test/api", code, "{}") for code in answers)
    return Snapshot(PAGE.url, status, html, received, NOW, retry_after_seconds=30)


def _accept(_snapshot: Snapshot, _expected: Expected) -> Verdict:
    return OK


@pytest.mark.parametrize(
    ("html", "status", "answers", "kind"),
    [
        (READY.format(""), 200, (), VerdictKind.OK),
        ("", 407, (), VerdictKind.PROXY_DOWN),
        ("<h1>Bad gateway</h1>", 502, (), VerdictKind.UNREACHABLE),
        ("", 429, (), VerdictKind.OVERLOADED),
        ("", 503, (), VerdictKind.OVERLOADED),
        (READY.format(""), 200, (429,), VerdictKind.OVERLOADED),
        (READY.format('<p class="busy">'), 200, (), VerdictKind.OVERLOADED),
        ("forbidden", 403, (), VerdictKind.REFUSED),
        ('<div id="app"><p class="refused">차단</p></div>', 200, (), VerdictKind.REFUSED),
        ('<div id="app"><p class="captcha">입력</p></div>', 200, (), VerdictKind.CAPTCHA),
        ('<div id="app"><p class="consent">동의</p></div>', 200, (), VerdictKind.CONSENT),
        ('<div id="app"><p class="otp">인증</p></div>', 200, (), VerdictKind.SECOND_FACTOR),
        ('<form class="sign-in"><p class="bad"></form>', 200, (), VerdictKind.BAD_CREDENTIALS),
        ('<div id="app"><form class="sign-in"></div>', 200, (), VerdictKind.SIGNED_OUT),
        ('<div id="app">불러오는 중</div>', 200, (401,), VerdictKind.SIGNED_OUT),
        ('<div id="app"><p class="maintenance">점검</p></div>', 503, (), VerdictKind.MAINTENANCE),
        ('<div id="app"></div>', 200, (), VerdictKind.BLANK),
        ("", 200, (), VerdictKind.BLANK),
        (READY.format('<p class="overlay">'), 200, (), VerdictKind.COVERED),
        ('<div id="app"><p class="gone">없음</p></div>', 200, (), VerdictKind.GONE),
        ("not found", 404, (), VerdictKind.GONE),
        ('<div id="app">불러오는 중</div>', 200, (), VerdictKind.INCOMPLETE),
    ],
)
def test_a_page_gets_the_verdict_of_what_it_shows(
    html: str, status: int, answers: tuple[int, ...], kind: VerdictKind
) -> None:
    assert judge(MARKS, _accept, _snapshot(html, status, answers), EXPECTED).kind is kind


def test_the_first_match_wins_in_the_order_of_the_table() -> None:
    worse_first = ["refused", "captcha", "consent", "otp", "bad", "maintenance", "overlay"]
    kinds = [
        judge(MARKS, _accept, _snapshot(READY.format(_marks(worse_first[i:]))), EXPECTED).kind
        for i in range(len(worse_first))
    ]
    order = list(VerdictKind)
    assert kinds == sorted(kinds, key=order.index)
    assert len(set(kinds)) == len(worse_first)


def _marks(classes: Sequence[str]) -> str:
    return "".join(f'<i class="{name}">x</i>' for name in classes)


def test_an_overload_carries_what_the_site_asked_for() -> None:
    verdict = judge(MARKS, _accept, _snapshot("", 429), EXPECTED)
    assert verdict.retry_after_seconds == 30


def test_what_only_the_class_can_tell_comes_last() -> None:
    def another(_snapshot: Snapshot, _expected: Expected) -> Verdict:
        return Verdict(VerdictKind.WRONG_ACCOUNT, "가을")

    assert judge(MARKS, another, _snapshot(READY.format("")), EXPECTED).detail == "가을"
    blank = judge(MARKS, another, _snapshot('<div id="app"></div>'), EXPECTED)
    assert blank.kind is VerdictKind.BLANK


def test_a_check_that_misses_a_label_is_a_changed_layout() -> None:
    def misses(_snapshot: Snapshot, _expected: Expected) -> Verdict:
        raise LayoutChanged("no 소진액")

    verdict = judge(MARKS, misses, _snapshot(READY.format("")), EXPECTED)
    assert verdict == Verdict(VerdictKind.LAYOUT_CHANGED, "no 소진액")
