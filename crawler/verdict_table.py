"""The verdict table: what a page turned out to be. First match in this order wins.

Pure: it sees a `Snapshot`, what was expected, and the marks and checks of the site class. The
first three rows (ours, proxy down, unreachable) are mostly decided below a page, where there is
no snapshot at all: `trouble.py` names them with the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parsel import Selector

from crawler.errors import LayoutChanged
from crawler.marks import Marks
from crawler.page import Expected
from crawler.snapshot import Snapshot
from domain.verdict import OK, Verdict, VerdictKind

Check = Callable[[Snapshot, Expected], Verdict]
"""What only the site class can tell: `Site.check`."""


@dataclass(frozen=True, slots=True)
class _Facts:
    marks: Marks
    check: Check
    snapshot: Snapshot
    expected: Expected
    html: Selector

    def shows(self, mark: str) -> bool:
        return bool(mark) and bool(self.html.css(mark))

    @property
    def status(self) -> int:
        return self.snapshot.status or 200

    @property
    def answer_statuses(self) -> frozenset[int]:
        return frozenset(answer.status for answer in self.snapshot.answers)

    @property
    def ready(self) -> bool:
        return self.shows(self.marks.ready) if self.marks.ready else not self.blank

    @property
    def blank(self) -> bool:
        root = self.html.css(self.marks.root)
        return not root or not "".join(root.css("::text").getall()).strip()


_Row = Callable[[_Facts], Verdict | None]


def judge(marks: Marks, check: Check, snapshot: Snapshot, expected: Expected) -> Verdict:
    """Return the first row of the table that matches; `OK` when the page may be read."""
    facts = _Facts(marks, check, snapshot, expected, snapshot.select())
    for row in TABLE:
        verdict = row(facts)
        if verdict is not None:
            return verdict
    return OK


def _proxy_down(facts: _Facts) -> Verdict | None:
    if facts.status == 407:
        return Verdict(VerdictKind.PROXY_DOWN, "407: the proxy refuses its user or password")
    return None


def _unreachable(facts: _Facts) -> Verdict | None:
    if facts.status >= 500 and facts.status != 503:
        return Verdict(VerdictKind.UNREACHABLE, f"status {facts.status}")
    return None


def _overloaded(facts: _Facts) -> Verdict | None:
    said = {429, 503} & (facts.answer_statuses | {facts.status})
    if facts.shows(facts.marks.maintenance):
        return None
    if said or facts.shows(facts.marks.overloaded):
        detail = f"status {min(said)}" if said else "the page says so"
        return Verdict(VerdictKind.OVERLOADED, detail, facts.snapshot.retry_after_seconds)
    return None


def _refused(facts: _Facts) -> Verdict | None:
    if facts.shows(facts.marks.refused):
        return Verdict(VerdictKind.REFUSED, f"a refusal page with status {facts.status}")
    if facts.status == 403 and not facts.shows(facts.marks.gone):
        return Verdict(VerdictKind.REFUSED, "status 403")
    return None


def _shown(kind: VerdictKind, mark: Callable[[Marks], str], words: str) -> _Row:
    def row(facts: _Facts) -> Verdict | None:
        return Verdict(kind, words) if facts.shows(mark(facts.marks)) else None

    return row


def _signed_out(facts: _Facts) -> Verdict | None:
    if facts.shows(facts.marks.sign_in):
        return Verdict(VerdictKind.SIGNED_OUT, "the sign-in page")
    if facts.status == 401 or (401 in facts.answer_statuses and not facts.ready):
        return Verdict(VerdictKind.SIGNED_OUT, "status 401")
    return None


def _blank(facts: _Facts) -> Verdict | None:
    if facts.blank and not facts.ready and facts.status != 404:
        return Verdict(VerdictKind.BLANK, "rendered nothing")
    return None


def _covered(facts: _Facts) -> Verdict | None:
    if facts.shows(facts.marks.overlay):
        return Verdict(VerdictKind.COVERED, "an overlay lies over the page")
    return None


def _gone(facts: _Facts) -> Verdict | None:
    if facts.shows(facts.marks.gone) or facts.status in (404, 410):
        return Verdict(VerdictKind.GONE, f"status {facts.status}, or the site says so")
    return None


def _unready(facts: _Facts) -> Verdict | None:
    if not facts.ready:
        return Verdict(VerdictKind.INCOMPLETE, "rendered, but its ready mark never came")
    return None


def _checked_by_class(facts: _Facts) -> Verdict | None:
    """Wrong account, wrong view, gone, incomplete, layout changed: only the class can tell."""
    try:
        verdict = facts.check(facts.snapshot, facts.expected)
    except LayoutChanged as error:
        return Verdict(VerdictKind.LAYOUT_CHANGED, str(error))
    return None if verdict.ok else verdict


TABLE: tuple[_Row, ...] = (
    _proxy_down,
    _unreachable,
    _overloaded,
    _refused,
    _shown(VerdictKind.CAPTCHA, lambda marks: marks.captcha, "a captcha is shown"),
    _shown(VerdictKind.CONSENT, lambda marks: marks.consent, "a consent page is shown"),
    _shown(VerdictKind.SECOND_FACTOR, lambda marks: marks.second_factor, "a second factor"),
    _shown(VerdictKind.BAD_CREDENTIALS, lambda marks: marks.bad_credentials, "the site's words"),
    _signed_out,
    _shown(VerdictKind.MAINTENANCE, lambda marks: marks.maintenance, "a maintenance notice"),
    _blank,
    _covered,
    _gone,
    _unready,
    _checked_by_class,
)
