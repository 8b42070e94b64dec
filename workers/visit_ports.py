"""Fill the ports of a visit from storage: one small adapter each, bound to one login or claim.

A database that goes away in the middle of a visit stops none of its pages: what is followed is
known from before, readings go to the spool, and what could not be noted is noted when the
database is back (`VisitLedger.catch_up`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from crawler.page import Page, ReadPage
from crawler.ports import PageDone, StoredSession
from crawler.request_meter import Tally
from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.evidence import Evidence
from domain.reading import Reading
from domain.session import BrowserSession
from domain.visit import VisitKind
from storage.entities import EntityBook
from storage.errors import DatabaseAway, SessionMovedOn, UnknownName
from storage.leases import HeldLease, LeaseBook
from storage.page_commit import PageCommit
from storage.proof_pages import ProofId, ProofStore, SealedPage
from storage.session_vault import SessionVault
from storage.spool import Spool
from storage.visit_record import Claim, PageRecord
from workers.page_progress import PageId, noted_id, noted_page, page_done, page_id, record_of

log = structlog.get_logger(__name__)

LEASE_SECONDS = 5 * 60.0
"""Prolonged every half minute, so a killed worker blocks its login for so long at most."""
RENEW_SECONDS = 30.0


@dataclass(slots=True)
class LoginSessions:
    """The vault for the login of a lease; who lost the lease saves nothing."""

    vault: SessionVault
    lease: HeldLease
    saved_by: str

    def load(self) -> StoredSession | None:
        """Return the newest session."""
        saved = self.vault.load(self.lease.login_id)
        return None if saved is None else StoredSession(saved.version, saved.session)

    def save(self, session: BrowserSession, after_version: int) -> int:
        """Save the next version under the lease's token."""
        lease = self.lease
        return self.vault.save(lease.login_id, session, after_version, self.saved_by, lease.token)


@dataclass(slots=True)
class VisitSessions(LoginSessions):
    """The same for a visit, which goes on while the database is away."""

    _behind: tuple[BrowserSession, int] | None = None

    def save(self, session: BrowserSession, after_version: int) -> int | None:  # type: ignore[override]
        """Save the next version, or return None: it is saved when the database is back."""
        self._behind = (session, after_version)
        try:
            return self.catch_up()
        except DatabaseAway as away:
            log.warning("session.unsaved", because=str(away))
            return None

    def catch_up(self) -> int | None:
        """Save the newest session, if it was not; return its version.

        Raises:
            SessionMovedOn: somebody else saved in between.
            StaleToken: the lease was lost.
            DatabaseAway: it still is.
        """
        if self._behind is None:
            return None
        session, after_version = self._behind
        try:
            version = LoginSessions.save(self, session, after_version)
        except SessionMovedOn:
            self._behind = None  # what somebody else saved is newer
            raise
        self._behind = None
        return version


@dataclass(slots=True)
class SlotInventory:
    """The inventory as a visit of one slot sees and changes it.

    `followed` is what was followed when the visit began. While the database is away nothing
    new joins and nothing rests: the next slot sees to it.
    """

    entities: EntityBook
    slot_at: datetime
    followed: dict[AccountKey, frozenset[EntityKey]]
    kind: VisitKind = VisitKind.REGULAR

    def follow(self, account: AccountKey, found: Sequence[FoundEntity]) -> frozenset[EntityKey]:
        """Let new ads join where a rule follows them."""
        if self.kind is VisitKind.PAST_DAY:  # a page of yesterday tells nothing of today's ads
            return self.followed.get(account, frozenset())
        try:
            self.followed[account] = self.entities.follow(account, found, self.slot_at)
        except DatabaseAway as away:
            log.warning("entities.unseen", account=str(account), because=str(away))
        except UnknownName:
            log.info("entities.undeclared", account=str(account), listed=len(found))
        return self.followed.get(account, frozenset())

    def listed(
        self, account: AccountKey, found: frozenset[EntityKey], kinds: frozenset[EntityKind]
    ) -> None:
        """Let rest what the account does not list any more."""
        try:
            gone = self.entities.listed(account, found, self.slot_at, kinds)
        except DatabaseAway as away:
            log.warning("entities.unlisted", account=str(account), because=str(away))
            return
        except UnknownName:
            return  # a discovery also sees accounts that nobody declared
        if gone:
            log.info("entities.rest", account=str(account), entities=sorted(map(str, gone)))


@dataclass(slots=True)
class VisitLedger:
    """Commits a page's readings with its row; while the database is away, into the spool."""

    commits: PageCommit
    spool: Spool
    claim: Claim
    proof: ProofStore | None
    """Keeps the last page of each date; None: nobody wants that."""
    earlier: Mapping[PageId, PageDone] = field(default_factory=dict)
    """What earlier tries of this visit have committed."""
    committed: list[Reading] = field(default_factory=list)
    """Readings that reached the database: their watches are settled afterwards."""
    rest: Tally = field(default_factory=Tally)
    """What the visit sent for pages that it did not finish."""
    _behind: list[PageRecord] = field(default_factory=list)
    _seen: dict[tuple[AccountKey, str], list[str]] = field(default_factory=dict)
    """The pages of each account and kind so far, by url."""

    def recall(self) -> None:
        """Look up what earlier tries of the visit have read."""
        if self.claim.visit.pages_read:
            progress = self.commits.progress(self.claim.visit.id)
            self.earlier = {noted_id(noted): page_done(noted) for noted in progress}

    def done(self, page: Page) -> PageDone | None:
        """Return what an earlier try of this visit has committed for the page."""
        found = self.earlier.get(page_id(page))
        if found is not None:
            self._number(page)
        return found

    def pages_before(self, account: AccountKey) -> Sequence[Page]:
        """Return the pages of the account's last whole visit; a past day has others each time."""
        visit = self.claim.visit
        if visit.kind is not VisitKind.REGULAR:
            return ()
        try:
            noted = self.commits.last_whole(visit.login_id, account, visit.planned_at)
        except DatabaseAway as away:
            log.warning("pages.unknown", account=str(account), because=str(away))
            return ()
        return [page for one in noted if (page := noted_page(one)) is not None]

    def commit(self, page: ReadPage, document: Callable[[], Evidence]) -> None:
        """Store readings and page in one transaction."""
        record, proof = record_of(page), tuple(self._proof(page, document))
        try:
            self.catch_up()
            self.commits.commit(self.claim, record, page.readings, proof)
        except DatabaseAway as away:
            log.warning("page.spooled", readings=len(page.readings), because=str(away))
            self.spool.append(page.readings, self.claim.visit.kind)
            self._behind.append(record)
        else:
            self.committed.extend(page.readings)

    def _proof(self, page: ReadPage, document: Callable[[], Evidence]) -> Iterator[SealedPage]:
        """Yield the page for each business date that it gave readings of: one as a rule.

        A database that is away costs the proof of this slot; the next one's takes its place.
        """
        account, number = page.page.account, self._number(page.page)
        if self.proof is None or account is None or not page.readings:
            return
        seen, visit = document(), self.claim.visit
        for day in sorted({one.business_date for one in page.readings}):
            proof_id = ProofId(account, day, page.page.kind, number)
            yield self.proof.seal(seen, proof_id, visit)

    def _number(self, page: Page) -> int:
        """Return which one it is among those of its account and kind, from 1."""
        if page.account is None:
            return 0
        known = self._seen.setdefault((page.account, page.kind), [])
        if page.url not in known:
            known.append(page.url)
        return known.index(page.url) + 1

    def left(self, sent: Tally) -> None:
        """Remember what belongs to no page."""
        self.rest = sent

    def catch_up(self) -> None:
        """Note the pages whose readings wait in the spool.

        Raises:
            StaleToken: the lease was lost; somebody else reads these pages again.
            DatabaseAway: it still is.
        """
        while self._behind:
            self.commits.commit(self.claim, self._behind[0], ())
            del self._behind[0]


@dataclass(slots=True)
class KeptLease:
    """A lease in hand, prolonged now and then.

    While the database is away nobody else can take it either; it is believed until it would
    have run out by this machine's own clock.
    """

    leases: LeaseBook
    held: HeldLease
    seconds: float
    go_on: Callable[[], None] = lambda: None
    """Raises when the process was told to stop."""
    also: Callable[[], None] = lambda: None
    """Prolongs what is held together with the lease."""
    _renewed: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Pass where the visit may go on with another page.

        Raises:
            ToldToStop: the process should end.
            StaleToken: the lease was lost.
            DatabaseAway: it may have been lost, and nobody can be asked.
        """
        self.go_on()
        self.prolong()

    def prolong(self) -> None:
        """Prolong it when half a minute has passed.

        Raises:
            StaleToken: it was lost.
            DatabaseAway: it may have been lost, and nobody can be asked.
        """
        age = time.monotonic() - self._renewed
        if age < RENEW_SECONDS:
            return
        try:
            self.leases.renew(self.held, self.seconds)
        except DatabaseAway:
            if age > self.seconds:
                raise
        else:
            self._renewed = time.monotonic()
        self.also()
