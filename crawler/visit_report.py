"""What came out of a visit."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.errors import PaceWait
from crawler.page import ReadPage
from domain.account import FoundAccount
from domain.reading import Reading
from domain.verdict import OK, Verdict


@dataclass(slots=True)
class VisitReport:
    """What came out: the verdict that ended the visit, or `ok`; one entry per page."""

    verdict: Verdict = OK
    pages: list[ReadPage] = field(default_factory=list)
    accounts: tuple[FoundAccount, ...] = ()
    """Accounts that the lobby listed (discovery and probes only)."""
    requests: int = 0
    """Network requests to the sites' hosts, of pages that were not finished as well."""
    wait: PaceWait | None = None
    """The budget was exhausted on the way; what was read so far is committed."""

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All readings, in the order of the pages."""
        return tuple(reading for page in self.pages for reading in page.readings)

    @property
    def outcome(self) -> Verdict:
        """The verdict that ended the visit, else that of the first page that gave nothing."""
        verdicts = (self.verdict, *(page.verdict for page in self.pages))
        return next((verdict for verdict in verdicts if not verdict.ok), OK)
