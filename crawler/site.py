"""The contract of a site class: *where* the numbers stand and *what* they are.

A site class is a page object. It never says when or how often: the pace and the schedule do.
`classify`, `extract` and `discover` are pure: they see a `Snapshot` and what was expected, and
are tested with saved pages. Classes of users live outside the repository and say
`contract = 1`, so that a later Danga can refuse or adapt what it would misread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from crawler.marks import Marks
from crawler.page import Expected, Found, Page, Wanted
from crawler.snapshot import Snapshot
from crawler.verdict_table import judge
from domain.account import AccountKey
from domain.credentials import Credentials
from domain.currency import KRW
from domain.metric import Metric
from domain.reading import Reading
from domain.verdict import OK, Verdict

if TYPE_CHECKING:
    from playwright.sync_api import Page as BrowserPage

CONTRACT = 1


class Site(ABC):
    """One ad platform or channel, as a page object."""

    contract: ClassVar[int] = CONTRACT
    metrics: ClassVar[tuple[Metric, ...]]
    marks: ClassVar[Marks] = Marks()
    time_zone: ClassVar[str] = "Asia/Seoul"
    settles_at: ClassVar[time] = time(8)
    """Local time of the next day at which a date's figures are final."""
    restates_days: ClassVar[int] = 0
    past_days: ClassVar[int] = 31
    """How many days back its pages show a past business date; 0: they show none."""
    turns_late: ClassVar[timedelta] = timedelta(minutes=30)
    """How long after midnight a page may still show yesterday as its today."""
    ready_within_seconds: ClassVar[float] = 10.0
    """How long a page may take from navigation to its ready mark."""
    currencies: ClassVar[frozenset[str]] = frozenset({KRW})
    """ISO 4217: the currencies in which the class reads amounts exactly (`exact_money`)."""
    cold_page_requests: ClassVar[int] = 1
    """What a page sends at least in a new browser: a budget whose burst is below is refused."""
    beacons_per_page: ClassVar[int] = 0
    """Requests a page sends when it is left, which nobody can count: charged on top."""

    fingerprint: str = ""
    """A hash of the class's source, as it was loaded; a changed class is tried on one account."""

    def __init__(self, name: str, base_url: str) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose requests count against the budget and may receive credentials."""
        return frozenset({urlsplit(self.base_url).hostname or ""})

    @abstractmethod
    def lobby(self) -> Page:
        """Return the page that lists the accounts a login can see."""

    @abstractmethod
    def pages(self, account: AccountKey, wanted: Wanted, day: date | None) -> Sequence[Page]:
        """Return the pages to start from; `day` is a past business date, None is today."""

    def next_page(self, page: Page, snapshot: Snapshot) -> Page | None:
        """Return the page that continues `page`, judged by what it showed."""
        return None

    def classify(self, snapshot: Snapshot, expected: Expected) -> Verdict:
        """Return the verdict of the page: the table's, unless the class knows better."""
        return judge(self.marks, self.check, snapshot, expected)

    def check(self, snapshot: Snapshot, expected: Expected) -> Verdict:
        """Compare a signed-in, rendered page with what was expected of it.

        Answer `WRONG_ACCOUNT`, `WRONG_VIEW`, `GONE`, `INCOMPLETE`, `LAYOUT_CHANGED` or `OK`.
        """
        return OK

    @abstractmethod
    def extract(self, snapshot: Snapshot, expected: Expected) -> Sequence[Reading]:
        """Return the readings of every expected entity on the page.

        Raises:
            LayoutChanged: a required label is missing or its number does not parse.
        """

    def discover(self, snapshot: Snapshot) -> Found:
        """Return everything the page lists, followed or not."""
        return Found()

    def login(self, page: BrowserPage, credentials: Credentials) -> None:
        """Type the credentials into the form and send it, once; the verdict is read afterwards.

        A class without this is signed in by a person or by import.
        """
        raise NoLogin

    def set_right(self, page: BrowserPage, expected: Expected) -> bool:
        """Bring a `WRONG_VIEW` back to the expected one; return whether anything was done."""
        return False

    def shows(self, day: date, today: date) -> bool:
        """Whether its pages show the past business date `day` when it is `today` there."""
        return 0 < (today - day).days <= self.past_days

    @property
    def can_login(self) -> bool:
        """Whether the class overrides `login`."""
        return type(self).login is not Site.login


class NoLogin(Exception):
    """The site class has no `login`."""
