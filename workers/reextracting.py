"""Read again what was kept while a site's layout had changed, through the class mended since.

    plan = look_again(house, "moment", since)       # nothing is stored, nothing is asked
    done = store_again(house, plan, by="jieun")     # the same pages, with their true times

Nothing is overwritten: what is stored already stays, and a second run stores nothing. Evidence
lies on the machine that visited; pages kept elsewhere are listed, and read there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from crawler.errors import LayoutChanged
from crawler.listing import Listing
from crawler.page import Found
from crawler.reread import Reread, kept_page, reread
from crawler.saved_page import SavedPage
from domain.account import AccountKey
from domain.audit import Deed, person
from domain.class_state import ClassState
from domain.entity import EntityKey
from domain.errors import DangaError
from domain.inventory import EntityState
from domain.reading import Reading
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitKind
from storage.audit import AuditBook
from storage.entities import EntityBook
from storage.errors import EvidenceGone, UnknownName
from storage.readings import Origin
from storage.site_classes import SiteClassBook
from storage.visit_history import KeptPage, VisitHistory
from workers.house import House
from workers.page_progress import page_done
from workers.settling import settle_after

log = structlog.get_logger(__name__)

NOT_READABLE = "it was kept without what is needed to read it again"


class ClassHeld(DangaError):
    """A changed class whose readings are not believed."""


@dataclass(frozen=True, slots=True)
class PageAgain:
    """What came out of one kept page; `stored` counts rows that were new (None: not yet)."""

    kept: KeptPage
    verdict: VerdictKind | None
    """None where the page is not here, or cannot be read again."""
    detail: str = ""
    number: int = 1
    readings: tuple[Reading, ...] = ()
    stored: int | None = None

    @property
    def ok(self) -> bool:
        """Whether it gives its numbers."""
        return self.verdict is VerdictKind.OK


@dataclass(frozen=True, slots=True)
class Plan:
    """What a site's kept pages give now, oldest first."""

    site: str
    since: datetime
    pages: tuple[PageAgain, ...]


def look_again(house: House, site: str, since: datetime) -> Plan:
    """Read the kept pages of slots from `since` (aware, business time) on, and store nothing.

    Raises:
        UnknownName: there is no such site.
        SiteClassBroken: its class cannot be loaded.
        ClassHeld: no visit has found it plausible since it changed, and nobody has trusted it.
    """
    _require_trusted(SiteClassBook(house.engine), site, house.site(site).fingerprint)
    kept = VisitHistory(house.engine).kept_pages(site, since, VerdictKind.LAYOUT_CHANGED)
    visits: dict[tuple[int, AccountKey], list[KeptPage]] = defaultdict(list)
    for page in kept:
        visits[page.visit_id, page.account].append(page)
    known = _Known(house)
    again = (one for pages in visits.values() for one in _account_again(house, pages, known))
    return Plan(site, since, tuple(again))


def store_again(house: House, plan: Plan, by: str) -> Plan:
    """Store what the plan's pages give, note who asked for it, and settle what it touches.

    What the rules follow on a page joins at the page's own slot, unless a newer list is known.

    Raises:
        DatabaseAway: what was stored until then stays; run it again.
    """
    readable = [one for one in plan.pages if one.ok]
    told = {
        "since": plan.since.isoformat(),
        "pages": len(readable),
        "failed": len(plan.pages) - len(readable),
        "readings": sum(len(one.readings) for one in readable),
    }
    deed = Deed("visits.reextract", f"site {plan.site}", "the class was mended", told)
    AuditBook(house.engine).note(person(by), deed)
    done = tuple(_stored(house, one) if one.ok else one for one in plan.pages)
    for kind in (VisitKind.REGULAR, VisitKind.PAST_DAY):
        settle_after(
            house, [r for one in done if one.kept.kind is kind for r in one.readings], kind
        )
    return replace(plan, pages=done)


def _require_trusted(book: SiteClassBook, site: str, fingerprint: str) -> None:
    """Kept pages are not compared with anything, so whoever reads them was tried on a visit."""
    version = book.find(site, fingerprint)
    if version is None and not (fingerprint and book.knows(site)):
        return  # the first class of the site
    if version is None or version.state is ClassState.TRYING:
        seen = version.detail if version else ""
        raise ClassHeld(
            f"The class of {site} has changed and is not trusted yet: {seen or 'not tried'}",
            advice=f"Let a visit try it (`danga collect`), or run `danga site trust {site}`.",
        )
    if version.state is ClassState.HELD:
        raise ClassHeld(
            f"The class of {site} is held: {version.detail}",
            advice=f"Mend it, or run `danga site trust {site}`.",
        )


class _Known:
    """Which entities of an account may be read: what is followed, and what was before it rested."""

    def __init__(self, house: House) -> None:
        self._book = EntityBook(house.engine)
        self._of: dict[AccountKey, frozenset[EntityKey]] = {}

    def of(self, account: AccountKey) -> frozenset[EntityKey]:
        """Return them."""
        if account not in self._of:
            states = (EntityState.FOLLOWED, EntityState.RESTING)
            known = (one.key for one in self._book.all(account) if one.state in states)
            self._of[account] = frozenset(known)
        return self._of[account]


def _account_again(house: House, pages: Sequence[KeptPage], known: _Known) -> Iterator[PageAgain]:
    """Read the pages of one account in one visit: they are one list, or say what is missing."""
    read = [(page, *_read(house, page, known.of(page.account))) for page in pages]
    listing, seen = _seen_then(house, pages[0])
    for _, saved, again in read:
        if saved is not None:
            seen.add(saved.expected.page.url)
        if saved is not None and again.verdict.ok:
            listing.add(saved.expected.page.kind, again.found, again.of)
    for page, saved, again in read:
        if saved is None:
            yield PageAgain(page, None, again.verdict.detail)
            continue
        verdict = _whole(listing, saved, again)
        following = again.next_page
        lost = following is not None and following.url not in seen
        detail = f"page {following.number} was not kept" if following and lost else verdict.detail
        readings = again.readings if verdict.ok else ()
        yield PageAgain(page, verdict.kind, detail, saved.expected.page.number, readings)


def _read(
    house: House, page: KeptPage, known: frozenset[EntityKey]
) -> tuple[SavedPage | None, Reread]:
    """Return the page and what it gives; None, and why, where it cannot be read."""
    try:
        saved = kept_page(house.evidence.show(page.evidence_id))
    except EvidenceGone as gone:
        return None, Reread(Verdict(VerdictKind.OURS, str(gone)))
    if saved is None or saved.expected.page.account != page.account:
        return None, Reread(Verdict(VerdictKind.OURS, NOT_READABLE))
    return saved, reread(house.site(page.account.site), saved, lambda _found: known)


def _seen_then(house: House, page: KeptPage) -> tuple[Listing, set[str]]:
    """Return what the visit itself could read of the account: what it listed, and where."""
    listing, seen = Listing(), set[str]()
    for one in VisitHistory(house.engine).pages(page.visit_id):
        mine = (one.site, one.account) == (page.account.site, page.account.external_id)
        if mine and one.verdict is VerdictKind.OK and one.progress:
            done = page_done(one.progress)
            listing.add(one.page_kind, done.found, done.of)
            seen.add(one.progress["url"])
    return listing, seen


def _whole(listing: Listing, saved: SavedPage, again: Reread) -> Verdict:
    """Return the page's verdict; the last page of a list has to complete it, as in a visit."""
    if not again.verdict.ok or again.next_page is not None:
        return again.verdict
    try:
        listing.require_whole(saved.expected.page.kind, again.found, again.of)
    except LayoutChanged as error:
        return Verdict(VerdictKind.LAYOUT_CHANGED, str(error))
    return again.verdict


def _stored(house: House, again: PageAgain) -> PageAgain:
    page = again.kept
    saved, _ = _read(house, page, frozenset())
    if saved is None:
        return replace(again, verdict=None, detail="its evidence is gone by now", readings=())
    known = _Known(house).of(page.account)
    read = reread(
        house.site(page.account.site), saved, lambda found: known | _joined(house, page, found)
    )
    stored = house.readings.save(read.readings, Origin(page.kind, page.visit_id))
    return replace(again, readings=read.readings, stored=stored)


def _joined(house: House, page: KeptPage, found: Found) -> frozenset[EntityKey]:
    """Let join what the page's own visit would have; an older list than the last says nothing."""
    book = EntityBook(house.engine)
    if page.kind is VisitKind.PAST_DAY or book.listed_since(page.account, page.slot_at):
        return frozenset()
    try:
        return book.follow(page.account, found.entities, page.slot_at)
    except UnknownName:
        log.info("entities.undeclared", account=str(page.account))
        return frozenset()
