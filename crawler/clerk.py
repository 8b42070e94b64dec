"""Writes down what a page gave: evidence where it failed, then the session, then the readings.

In this order, so that a visit that is killed in between logs nobody in again.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from crawler.desk import Desk
from crawler.errors import Stopped
from crawler.evidence import document_of, evidence_of
from crawler.page import ReadPage
from crawler.page_reader import Sight
from crawler.visit_tools import VisitTools
from domain.errors import DangaError
from domain.session import BrowserSession
from domain.verdict import Verdict

log = structlog.get_logger(__name__)


class Clerk:
    """Keeps the books of one visit at its desk."""

    def __init__(self, login: str, desk: Desk, tools: VisitTools) -> None:
        self._login = login
        self._desk = desk
        self._tools = tools
        self._in_a_page = False

    def begin(self) -> None:
        """A page is begun: from here on the browser may hold another session than the vault."""
        self._in_a_page = True

    def signed_in(self, verdict: Verdict) -> None:
        """Keep a session that was just begun: whoever is killed now costs no second sign-in.

        Raises:
            DangaError: the lease was lost; what came of it belongs to nobody.
        """
        self._save_session()
        self._tools.credentials.typed(verdict)

    def write_down(self, read: ReadPage, sight: Sight) -> ReadPage:
        """Commit a page; return it with the id of its evidence where it failed.

        Raises:
            DangaError: lease or session were lost to somebody else, or a store is away.
        """
        if not read.verdict.ok:
            read = replace(read, evidence=self._keep_evidence(read, sight))
        held = self._save_session()
        self._in_a_page = False
        self._tools.ledger.commit(read, lambda: document_of(self._desk, read, sight, held))
        self._tools.watch(read, sight.snapshot)
        log.info(
            "page.end",
            login=self._login,
            verdict=read.verdict.kind.value,
            readings=len(read.readings),
            requests=read.requests,
            steps=list(read.steps),
        )
        return read

    def end(self) -> None:
        """Save the session of a page that was not finished: it may have brought a login."""
        try:
            if self._in_a_page:
                self._save_session()
        except DangaError as error:
            log.warning("session.not_saved", because=str(error))

    def _save_session(self) -> BrowserSession | None:
        """Save what the browser holds, and return it: real sites rotate cookies at every page."""
        context = self._desk.context
        try:
            session = context.session()
        except Stopped as stop:
            log.warning("session.unknown", because=stop.verdict.detail)
            return None  # the browser is gone; the last saved version stands
        if context.changed(session):
            version = self._tools.sessions.save(session, context.version)
            if version is not None:
                context.saved(session, version)
        return session

    def _keep_evidence(self, read: ReadPage, sight: Sight) -> str | None:
        """Keep it, or say that it could not be kept: a full disk stops no visit."""
        try:
            evidence = evidence_of(self._desk, read, sight, self._tools.clock.now())
            return self._tools.evidence.keep(evidence)
        except DangaError as error:
            log.error("evidence.lost", because=str(error), advice=error.next_step)
            return None
