"""What a person's sign-in may ask of a site: one grant after the other, as a visit has them.

Nobody knows how many pages a person opens, so the budget is asked anew whenever a grant is used
up, or old. What is sent without a grant is charged at the next look: visits then wait for it.
"""

from __future__ import annotations

import time

import structlog

from crawler.request_meter import Tally
from domain.errors import DangaError
from domain.grant import Grant, Wait
from domain.visit import VisitKind
from pace.budget import Pace
from pace.decision import IN_FLIGHT_SECONDS
from pace.errors import PaceUnavailable

log = structlog.get_logger(__name__)

_OLD_SECONDS = IN_FLIGHT_SECONDS / 2
"""A grant held longer would be taken for a killed worker's, and its water would leak."""
_PATIENCE_SECONDS = 60.0
"""A person who was asked to come is not sent away because a visit has just read the site."""


class PersonBudget:
    """The grants of one sign-in; the first is waited for when this is made.

    Raises:
        DangaError: the site may not be asked within the next minute.
        PaceUnavailable: nobody can be asked whether it may.
    """

    def __init__(self, pace: Pace, site: str) -> None:
        self._pace, self._site = pace, site
        self._grant: Grant | None = self._first()
        self._asked_at = time.monotonic()
        self._charged = 0
        self._waits = False

    def keep_up(self, sent: Tally) -> Wait | None:
        """Charge what was sent beyond the grant and ask for the next; None: the person goes on."""
        try:
            wait = self._next(sent)
        except PaceUnavailable as away:
            wait = Wait(1.0, str(away))
        if wait and not self._waits:
            log.warning("sign_in.over_budget", site=self._site, because=wait.reason)
        self._waits = wait is not None
        return wait

    def close(self, sent: Tally) -> None:
        """Charge what was sent, and give back what was not.

        Raises:
            PaceUnavailable: the store does not answer.
        """
        requests = sent.requests - self._charged
        if self._grant is not None:
            self._pace.settle(self._grant, requests)
        elif requests:
            self._pace.charge(self._site, requests)
        self._grant, self._charged = None, self._charged + requests

    def _first(self) -> Grant:
        until = time.monotonic() + _PATIENCE_SECONDS
        while isinstance(answer := self._pace.ask(self._site, VisitKind.REFRESH, warm=False), Wait):
            if time.monotonic() + answer.seconds > until:
                raise DangaError(
                    f"{self._site} may not be asked now: {answer.reason}",
                    advice=f"Try again in {answer.seconds:.0f} s.",
                )
            time.sleep(answer.seconds)
        return answer

    def _next(self, sent: Tally) -> Wait | None:
        if self._grant is not None:
            left = self._grant.requests - (sent.requests - self._charged)
            if left > 0 and time.monotonic() - self._asked_at < _OLD_SECONDS:
                return None
        self.close(sent)
        answer = self._pace.ask(self._site, VisitKind.REFRESH, warm=True)
        if isinstance(answer, Wait):
            return answer
        self._grant, self._asked_at = answer, time.monotonic()
        return None
