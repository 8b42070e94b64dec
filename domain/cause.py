"""What is wrong now, in the words of those who are told: one `Cause` per thing to be mended.

A cause is known by its kind and subject: as long as that pair is there it is the same cause,
whatever else changes about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.account import AccountKey


class CauseKind(StrEnum):
    """What somebody has to look at; in brackets what the subject is."""

    NEEDS_HUMAN = "needs_human"
    """A login waits for a person [login]."""
    CONTESTED = "contested"
    """Somebody else keeps ending a login's session [login]."""
    LAYOUT_CHANGED = "layout_changed"
    """The pages of a site are not as its class knows them [site]."""
    SITE_STOPPED = "site_stopped"
    """A site refused us, or is paused [site]."""
    PROXIES_DOWN = "proxies_down"
    """All proxies that some logins may use rest [`provider x`, `label kr`, `proxy p1`]."""
    SESSION_ENDING = "session_ending"
    """A session is about to end that no program can begin anew [login]."""
    STALE = "stale"
    """Two slots of a login ended without a reading [its first site]."""
    DISK = "disk"
    """A machine's disk is nearly full [machine]."""
    BACKFILL = "backfill"
    """Past days that were asked for could not be read [login]."""
    NOT_COMPUTED = "not_computed"
    """Watches cannot be computed, as what they are made of contradicts itself [how it does]."""
    DATABASE = "database"
    """A machine does not reach the database [machine]; never a row of it."""
    NOTHING_COLLECTED = "nothing_collected"
    """Nothing at all was read for two slots [`everything`]."""
    COST_HIGH = "cost_high"
    """A unit cost is far over its target [watch]."""
    NO_RESULTS = "no_results"
    """Spend goes on, and no results come [watch]."""
    SPEND_STOPPED = "spend_stopped"
    """The spend of a running ad stands still [watch]."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How long a cause has to be there before it counts, and to be gone before it is over.

    Whatever is shorter is flapping, and nobody's message.
    """

    hold: timedelta = timedelta()
    calm: timedelta = timedelta(minutes=20)


_MINUTE = timedelta(minutes=1)
STEADINESS = {
    CauseKind.NEEDS_HUMAN: Steadiness(),
    CauseKind.CONTESTED: Steadiness(),
    # One half-rendered page is no change, and one good one does not mend it.
    CauseKind.LAYOUT_CHANGED: Steadiness(hold=20 * _MINUTE, calm=40 * _MINUTE),
    # A Retry-After of some minutes is the site's everyday life.
    CauseKind.SITE_STOPPED: Steadiness(hold=5 * _MINUTE),
    CauseKind.PROXIES_DOWN: Steadiness(hold=10 * _MINUTE),
    # A session that was begun just now may still be prolonged by its first visits.
    CauseKind.SESSION_ENDING: Steadiness(hold=60 * _MINUTE),
    CauseKind.STALE: Steadiness(),
    CauseKind.DISK: Steadiness(hold=5 * _MINUTE, calm=30 * _MINUTE),
    CauseKind.BACKFILL: Steadiness(),
    CauseKind.NOT_COMPUTED: Steadiness(),
    CauseKind.DATABASE: Steadiness(hold=5 * _MINUTE, calm=5 * _MINUTE),
    CauseKind.NOTHING_COLLECTED: Steadiness(),
    # Two slots in a row, and three calm ones, stand in `costs/alerting.py`.
    CauseKind.COST_HIGH: Steadiness(calm=timedelta()),
    CauseKind.NO_RESULTS: Steadiness(calm=timedelta()),
    CauseKind.SPEND_STOPPED: Steadiness(),
}

BURNING = (CauseKind.COST_HIGH, CauseKind.NO_RESULTS)
COSTS = frozenset({*BURNING, CauseKind.SPEND_STOPPED})
"""What marketers are told of: the numbers of a watch, not how they are read."""

URGENT = frozenset({CauseKind.NOTHING_COLLECTED, CauseKind.DATABASE, *BURNING})
"""What may wake people who said so."""


@dataclass(frozen=True, slots=True, order=True)
class BlindWatch:
    """A watch without fresh numbers, its client, and the client's owners."""

    client: str
    watch: str
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CostShown:
    """The numbers behind a cost alert, over a span up to the newest slot.

    Money is in minor units of `currency`, as read; `owners` are those of the client.
    """

    client: str
    owners: tuple[str, ...]
    currency: str
    target: int
    spend: int
    results: int
    span: timedelta


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is wrong at this moment.

    `reason` is what was seen, for people; `since` (business time) None: since it was first seen.
    `logins` are those that a person acts on; `accounts` get no numbers while it lasts. `due`
    (business time): nothing is wrong before then, so it is told at a start of work. `cost`: what
    the numbers of a watch show, for one of `COSTS`.
    """

    kind: CauseKind
    subject: str
    reason: str = ""
    since: datetime | None = None
    logins: tuple[str, ...] = ()
    accounts: frozenset[AccountKey] = frozenset()
    blind: tuple[BlindWatch, ...] = ()
    due: datetime | None = None
    cost: CostShown | None = None

    @property
    def key(self) -> str:
        """What it is known by."""
        return f"{self.kind} {self.subject}"
