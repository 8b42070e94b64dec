"""Read a page again that was kept when its layout had changed, through a class mended since.

Pure: a kept page goes in, with what was expected of it at the time, and what a visit would have
made of it comes out. Nothing is asked of the site.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from crawler.class_guard import answered, answered_next, checked_readings, guarded
from crawler.errors import LayoutChanged, SiteClassBroken, Stopped
from crawler.page import Expected, Found, Page
from crawler.saved_page import SavedPage, describe_page, described_page
from crawler.site import Site
from crawler.snapshot import Answer, Snapshot
from domain.entity import EntityKey
from domain.evidence import Evidence
from domain.reading import Reading
from domain.verdict import Verdict, VerdictKind

_STATUSES = "answer_statuses"
Follow = Callable[[Found], frozenset[EntityKey]]
"""Says which of the entities that a page lists are to be read."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What a kept page gives now; without readings where the verdict is not `ok`."""

    verdict: Verdict
    readings: tuple[Reading, ...] = ()
    found: frozenset[EntityKey] = frozenset()
    of: int | None = None
    next_page: Page | None = None


def readable_again(site: Site, snapshot: Snapshot, expected: Expected) -> dict[str, Any]:
    """Return what has to be kept beside HTML and answers, as plain JSON values."""
    cls = type(site)
    class_ref = f"{cls.__module__}:{cls.__qualname__}"
    saved = SavedPage(site.name, class_ref, site.base_url, snapshot, expected)
    return {**describe_page(saved), _STATUSES: [answer.status for answer in snapshot.answers]}


def kept_page(evidence: Evidence) -> SavedPage | None:
    """Return the page that stands in the evidence, or None where it cannot be read again."""
    if evidence.page is None:
        return None
    try:
        statuses = evidence.page[_STATUSES]
        pairs = zip(evidence.answers, statuses, strict=True)
        answers = [Answer(url, status, body) for (url, body), status in pairs]
        return described_page(evidence.page, evidence.html, answers)
    except (KeyError, TypeError, ValueError):
        return None


def reread(site: Site, saved: SavedPage, follow: Follow) -> Reread:
    """Return what a visit with this class would have made of the page."""
    try:
        verdict = answered(site, "classify", Verdict, saved.snapshot, saved.expected)
        return _content(site, saved, follow) if verdict.ok else Reread(verdict)
    except (LayoutChanged, SiteClassBroken, Stopped) as error:
        return Reread(Verdict(VerdictKind.LAYOUT_CHANGED, str(error)))


def _content(site: Site, saved: SavedPage, follow: Follow) -> Reread:
    snapshot = saved.snapshot
    found = answered(site, "discover", Found, snapshot)
    following = answered_next(site, saved.expected.page, snapshot)
    expected = replace(saved.expected, entities=follow(found))
    readings = guarded(site, "extract", snapshot, expected)
    return Reread(
        Verdict(VerdictKind.OK),
        checked_readings(site, readings, expected, snapshot.taken_at),
        frozenset(entity.key for entity in found.entities),
        found.of,
        following,
    )
