"""Is a number ever stored from a page that is not what it should be?

Every way in which a page of the demo can be wrong, one slot each, through the whole product: no
reading of that slot may be stored, and each page has its verdict and its evidence. A period that
the class can set right is no refusal: it is listed apart, with what was then read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bench.comparison import compare_readings
from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login, Watch
from bench.perfect_reader import PerfectReader
from bench.story import SLOT
from bench.ways import Embedded, embedded, visits_of
from domain.verdict import VerdictKind
from storage.tables import ReadingRow
from storage.transaction import reading
from storage.visit_history import VisitHistory
from storage.visit_record import PageRecord
from workers.house import House

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
LATE_MIDNIGHT = datetime.fromisoformat("2026-03-05T00:40+09:00")
INVENTORY = Inventory(
    (
        Login("kim", ("moment",), ("moment/1001",)),
        Login("lee", ("channel",), ("channel/ch502",)),
    ),
    # Joined by a watch, they are due at the same moment of a slot.
    (Watch("both", ("moment/1001",), ("channel/ch502",), "friends"),),
)
_SIZES = ("--accounts", "1", "--channels", "1", "--creatives", "6", "--logins", "2")
MOMENT, CHANNEL, BOTH = ("moment",), ("channel",), ("channel", "moment")


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to be wrong, and the sites whose pages show it."""

    name: str
    knobs: Mapping[str, Any]
    sites: tuple[str, ...] = MOMENT
    at: datetime | None = None
    """When it shows; None: whenever one likes."""


FAULTS = (
    Fault("account: another one's page", {"wrong_account": "all"}, BOTH),
    Fault("period: midnight 45 minutes late", {"midnight_late_minutes": 45}, BOTH, LATE_MIDNIGHT),
    Fault("columns: spend and impressions swapped", {"columns": "swapped"}),
    Fault("unit: thousands of won", {"unit": "thousand"}),
    Fault("rounded: 1.2만", {"rounded": True}, BOTH),
    Fault("half-rendered: rows missing in the table", {"half_rendered": "dom"}),
    Fault("half-rendered: rows missing in its answer too", {"half_rendered": "json"}),
    Fault("renamed: labels", {"rename_markup": "labels"}, BOTH),
    Fault("renamed: marks", {"rename_markup": "marks"}, BOTH),
    Fault("renamed: labels and marks", {"rename_markup": "both"}, BOTH),
    Fault("renamed: keys of the answers", {"rename_json": True}, BOTH),
)
MENDED = (
    Fault("period: yesterday remembered", {"remembered_period": "yesterday"}),
    Fault("period: seven days remembered", {"remembered_period": "last7"}),
    Fault("columns: moved with their headers", {"columns": "moved"}),
)


@dataclass
class Trial:
    """A house in which one fault after another is shown."""

    ground: Ground
    way: Embedded
    slots: Iterator[datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.slots = (BEGINS + number * SLOT for number in range(10_000))

    def pages(self, fault: Fault) -> tuple[datetime, list[PageRecord]]:
        """Visit the fault's sites in a slot of their own; return it and the pages seen."""
        at = fault.at or next(self.slots)
        self.way.wake_logins()
        self.ground.demo.reset()
        self.ground.demo.knobs(**fault.knobs)
        self.ground.go_to(at)
        self.way.run(fault.sites)
        history = VisitHistory(self.way.house.engine)
        visits = visits_of(self.way.house, at)
        return at, [page for visit in visits for page in history.pages(visit.id)]


def measure(most: int | None = None) -> dict[str, Any]:
    """Show every fault once, or `most` of each kind, after one slot in which all is well."""
    with prepared(INVENTORY, BEGINS, *_SIZES) as ground, embedded(ground) as way:
        trial = Trial(ground, way)
        trial.pages(Fault("none", {}, BOTH))
        mended = [_mended(trial, fault) for fault in MENDED[:most]]
        tried = [_refused(trial, fault) for fault in sorted(FAULTS[:most], key=_when)]
    return {
        "faults": len(tried),
        "tried": sum(len(one["pages"]) for one in tried),
        "stored": sum(one["stored"] for one in tried),
        "pages_without_verdict": _count(tried, "refused"),
        "pages_without_evidence": _count(tried, "evidence_opens"),
        "set_right": sum(one["right"] for one in mended),
        "set_right_of": len(mended),
        "each": tried,
        "mended": mended,
    }


def _when(fault: Fault) -> datetime:
    return fault.at or BEGINS


def _count(tried: list[dict[str, Any]], what: str) -> int:
    return sum(not page[what] for one in tried for page in one["pages"])


def _refused(trial: Trial, fault: Fault) -> dict[str, Any]:
    at, pages = trial.pages(fault)
    house = trial.way.house
    return {
        "fault": fault.name,
        "sites": list(fault.sites),
        "stored": _stored(house, at),
        "pages": [_told(house, page) for page in pages],
    }


def _told(house: House, page: PageRecord) -> dict[str, Any]:
    kept = house.evidence.show(page.evidence_id) if page.evidence_id else None
    return {
        "site": page.site,
        "verdict": page.verdict.value,
        "because": page.detail,
        "evidence": page.evidence_id,
        "refused": page.verdict is not VerdictKind.OK,
        "evidence_opens": kept is not None
        and kept.verdict.kind is page.verdict
        and kept.html != "",
    }


def _mended(trial: Trial, fault: Fault) -> dict[str, Any]:
    at, pages = trial.pages(fault)
    reader = PerfectReader(trial.ground.demo, INVENTORY)
    reader.look(at, fault.sites)
    compared = compare_readings(trial.way.house, reader, at)
    return {
        "fault": fault.name,
        "right": not compared.amiss and compared.compared > 0,
        "readings": compared.compared,
        "steps": [list(page.steps) for page in pages],
    }


def _stored(house: House, at: datetime) -> int:
    """Count the readings of the slot, all revisions, whatever date they name."""
    until = at + SLOT - timedelta(microseconds=1)
    with reading(house.engine) as connection:
        rows = select(func.count()).select_from(ReadingRow)
        return connection.scalar(rows.where(ReadingRow.slot_at.between(at, until))) or 0
