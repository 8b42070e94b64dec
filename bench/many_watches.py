"""Many watches with a history of readings, put into a database in bulk, the same every time.

Each watch has its own creatives on a dashboard (spend, from zero each day) and its own channel
on another site (friends, a level that rises and falls). No browser takes part: what is
measured is what follows the readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert

from costs.window import Window
from domain.account import AccountKey
from domain.business_day import BusinessDay
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.inventory import (
    AccountSpec,
    ClientSpec,
    InventorySpec,
    LoginSpec,
    MemberRule,
    OwnerSpec,
    SiteSpec,
    WatchSpec,
)
from domain.metric import Metric, MetricKind, Unit
from domain.policy import SitePolicy
from storage.entities import EntityBook
from storage.inventory import InventoryStore
from storage.replace_costs import replace_costs
from storage.site_facts import SiteFacts
from storage.tables import ReadingRow
from storage.transaction import run_in_transaction
from storage.watch_batch import locked
from storage.watches import WatchBook

SEOUL = ZoneInfo("Asia/Seoul")
KST = BusinessDay(SEOUL, time(8))
SLOT = timedelta(minutes=20)
FIRST_DAY = date(2026, 3, 1)
BEGINS = KST.starts(FIRST_DAY)
FACTS = SiteFacts(
    {"moment": KST, "channel": KST},
    {
        "moment": {"spend": Metric("spend", MetricKind.DAILY_CUMULATIVE, Unit.WON)},
        "channel": {"friends": Metric("friends", MetricKind.GAUGE, Unit.COUNT)},
    },
)
AT = datetime(2027, 1, 1, tzinfo=UTC)
"""When everything is computed, as far as the rows are concerned."""
_BEFORE = BEGINS - timedelta(days=1)
_EVERYTHING = Window(_BEFORE, _BEFORE, _BEFORE, _BEFORE)
_MOMENT, _CHANNEL = AccountKey("moment", "1001"), AccountKey("channel", "shops")
_AT_ONCE = 5_000


@dataclass
class ManyWatches:
    """`ids` are the watches'; every one has `creatives` ads on its spend side."""

    engine: Engine
    creatives: int
    ids: tuple[int, ...] = ()
    _ads: tuple[int, ...] = ()
    _channels: tuple[int, ...] = ()
    _dice: Random = field(default_factory=lambda: Random(7))
    _values: dict[int, int] = field(default_factory=dict)

    def read(self, slots: Iterable[datetime]) -> int:
        """Store what every entity showed at the slots, final figures too; return the readings."""
        stored = 0
        rows = self._rows(slots)
        while some := list(islice(rows, _AT_ONCE)):
            run_in_transaction(self.engine, partial(_insert, some))
            stored += len(some)
        return stored

    def compute_anew(self, every: int = 1) -> int:
        """Compute all or every n-th from its first reading on; return how many rows differed."""
        return sum(
            run_in_transaction(self.engine, partial(_computed_anew, watch))
            for watch in self.ids[::every]
        )

    def _rows(self, slots: Iterable[datetime]) -> Iterator[dict[str, Any]]:
        today = None
        for slot_at in slots:
            shown = KST.date_of(slot_at)
            if today is not None and shown != today:
                yield from self._final(today)
                self._values.update(dict.fromkeys(self._ads, 0))
            today = shown
            for entity in self._ads:
                value = self._grown(entity, self._dice.randrange(3_000))
                yield _row(entity, "spend", shown, slot_at, value)
            for entity in self._channels:
                value = self._grown(entity, self._dice.randrange(-1, 4))
                yield _row(entity, "friends", shown, slot_at, value)

    def _final(self, day: date) -> Iterator[dict[str, Any]]:
        for entity in self._ads:
            yield _row(entity, "spend", day, KST.settled(day), self._values[entity] + 500)

    def _grown(self, entity: int, by: int) -> int:
        self._values[entity] = self._values.get(entity, 0) + by
        return self._values[entity]


def many_watches(engine: Engine, watches: int, creatives: int, clients: int = 1) -> ManyWatches:
    """Declare so many watches over so many ads and a channel each, valid from `BEGINS` on.

    They are dealt out to the clients, all of one owner.
    """
    InventoryStore(engine).apply(_inventory(watches, creatives, clients), "bench", BEGINS)
    book = EntityBook(engine)
    book.follow(_MOMENT, [_found(ad) for ad in range(watches * creatives)], BEGINS)
    book.follow(_CHANNEL, [_found_channel(number) for number in range(watches)], BEGINS)
    entities = book.all()
    return ManyWatches(
        engine,
        creatives,
        tuple(watch.id for watch in WatchBook(engine).all()),
        tuple(one.id for one in entities if one.key.kind is EntityKind.CREATIVE),
        tuple(one.id for one in entities if one.key.kind is EntityKind.CHANNEL),
    )


def slots_between(since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the slots in [since, until)."""
    while since < until:
        yield since
        since += SLOT


def _inventory(watches: int, creatives: int, clients: int) -> InventorySpec:
    return InventorySpec(
        sites=tuple(
            SiteSpec(name, SitePolicy(name, "http://127.0.0.1:1")) for name in ("moment", "channel")
        ),
        owners=(OwnerSpec("lee"),),
        clients=tuple(ClientSpec(f"shop {one}", frozenset(["lee"])) for one in range(clients)),
        logins=(LoginSpec("kim", ("moment", "channel")),),
        accounts=(AccountSpec(_MOMENT, "kim", "shop 0"), AccountSpec(_CHANNEL, "kim", "shop 0")),
        watches=tuple(
            _watch(number, creatives, f"shop {number % clients}") for number in range(watches)
        ),
    )


def _watch(number: int, creatives: int, client: str) -> WatchSpec:
    ads = frozenset(str(ad) for ad in range(number * creatives, (number + 1) * creatives))
    return WatchSpec(
        f"watch {number}",
        client,
        3_000,
        frozenset([MemberRule(_MOMENT, EntityKind.CREATIVE, "spend", external_ids=ads)]),
        frozenset(
            [
                MemberRule(
                    _CHANNEL, EntityKind.CHANNEL, "friends", external_ids=frozenset([str(number)])
                )
            ]
        ),
    )


def _found(ad: int) -> FoundEntity:
    key = EntityKey(_MOMENT.site, _MOMENT.external_id, EntityKind.CREATIVE, str(ad))
    return FoundEntity(key, f"ad {ad}", parent="7")


def _found_channel(number: int) -> FoundEntity:
    key = EntityKey(_CHANNEL.site, _CHANNEL.external_id, EntityKind.CHANNEL, str(number))
    return FoundEntity(key, f"channel {number}")


def _computed_anew(watch: int, connection: Connection) -> int:
    batch = locked(connection, [watch], FACTS, SEOUL)
    return replace_costs(connection, _EVERYTHING, batch.compute([watch], _EVERYTHING), AT)


def _insert(rows: list[dict[str, Any]], connection: Connection) -> None:
    connection.execute(insert(ReadingRow), rows)


def _row(entity: int, metric: str, day: date, slot_at: datetime, value: int) -> dict[str, Any]:
    return {
        "entity_id": entity,
        "metric": metric,
        "business_date": day,
        "slot_at": slot_at,
        "revision": 0,
        "value": value,
        "observed_at": slot_at + timedelta(seconds=20),
        "shown": f"{value:,}",
        "visit_id": None,
        "known_at": slot_at + timedelta(seconds=20),
    }
