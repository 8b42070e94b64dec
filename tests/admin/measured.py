"""A workspace whose example watch was read, without a browser: readings are stored and settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from domain.account import AccountKey
from domain.clock import FileClock
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.reading import Reading
from storage.entities import EntityBook
from storage.readings import Origin
from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from tests.reports.rows import seoul
from workers.house import House
from workers.settings import open_settings
from workers.settling import settle_after

WATCH = "봄꽃 친구 추가"
AD = EntityKey("moment", "1001", EntityKind.CREATIVE, "1")
CHANNEL = EntityKey("channel", "bomkkot", EntityKind.CHANNEL, "bomkkot")
APPLIED = seoul("2026-02-27T00:00")


@contextmanager
def opened(danga: Danga) -> Iterator[House]:
    """Open the workspace as a process does."""
    with House.open(open_settings(danga.workspace)) as house:
        yield house


def measured(danga: Danga, *pages: tuple[str, int, int]) -> None:
    """Apply the example; its one ad and its channel were read at these moments of Seoul.

    A page is (moment, won spent so far that day, friends). The clock stands at the last.
    """
    step(danga, APPLIED)
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    with opened(danga) as house:
        book = EntityBook(house.engine)
        book.follow(AccountKey("moment", "1001"), [FoundEntity(AD, "봄 친구 1")], APPLIED)
        book.follow(AccountKey("channel", "bomkkot"), [FoundEntity(CHANNEL, "봄꽃")], APPLIED)
    for at, won, friends in pages:
        read(danga, spend(at, won), level(at, friends))


def read(danga: Danga, *readings: Reading, origin: Origin = Origin()) -> None:  # noqa: B008
    """Store readings as they come, at the moment of the newest, and settle."""
    step(danga, max(one.observed_at for one in readings))
    arrive(danga, *readings, origin=origin)


def arrive(danga: Danga, *readings: Reading, origin: Origin = Origin()) -> None:  # noqa: B008
    """Store readings now, whenever they were seen, and settle."""
    with opened(danga) as house:
        house.readings.save(readings, origin)
        settle_after(house, readings, origin.kind)


def step(danga: Danga, at: datetime) -> None:
    """Let it be this moment."""
    FileClock(danga.workspace / "clock").set(at)


def spend(at: str, won: int, day: date | None = None) -> Reading:
    """Return what the ad had spent by a moment of Seoul, as the page showed it."""
    return _reading(AD, "spend", at, won, f"{won:,}원", day)


def level(at: str, friends: int) -> Reading:
    """Return the channel's friends at a moment of Seoul."""
    return _reading(CHANNEL, "friends", at, friends, f"{friends:,}", None)


def _reading(
    entity: EntityKey, metric: str, at: str, value: int, shown: str, day: date | None
) -> Reading:
    slot = seoul(at)
    seen = slot + timedelta(seconds=4)
    return Reading(entity, metric, day or slot.date(), value, slot, seen, shown)
