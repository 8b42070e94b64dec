"""An agency of 250 ads that was read every 20 minutes for a year, put into a database in bulk.

Four metrics of each ad are readings; each of 40 clients has two watches of three ads (spend over
conversions). The unit costs of one watch are made up here, those of the others are multiplied
from them by the server: what is measured is how rows are stored and found, not how they are
computed. The same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Table, text

from domain import money
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
from domain.policy import SitePolicy
from storage.bulk import insert_many
from storage.entities import EntityBook
from storage.inventory import InventoryStore
from storage.partitions import make_months
from storage.tables import Base
from storage.watches import WatchBook

SEOUL = ZoneInfo("Asia/Seoul")
KST = BusinessDay(SEOUL, time(8))
SLOT = timedelta(minutes=20)
METRICS = ("clicks", "conversions", "impressions", "spend")
"""In the order of the key."""
ADS = 250
CLIENTS = 40
WATCHES = 80
"""At most: each has ads of its own."""
ADS_EACH = 3
OWNERS = 5
ENDS = datetime(2026, 3, 20, 6, tzinfo=UTC)
"""The last slot: in the afternoon, in Seoul."""
_GROWTH = {"clicks": 60, "conversions": 3, "impressions": 4_000, "spend": 9_000}
FIELDS = (
    *("entity_id", "metric", "slot_at", "business_date", "revision"),
    *("value", "observed_at", "shown", "visit_id", "known_at"),
)
READING = Base.metadata.tables["reading"]
_COSTS = {
    name: Base.metadata.tables[name]
    for name in ("unit_cost_slot", "unit_cost_hour", "unit_cost_day")
}


@dataclass
class Year:
    """What stands in the database so far: the slots from `begins` on, to `ENDS`."""

    engine: Engine
    ads: Sequence[int]
    watches: Sequence[int]
    begins: datetime = ENDS + SLOT
    _dice: Random = field(default_factory=lambda: Random(11))

    def slots_back(self, readings: int) -> Sequence[datetime]:
        """Return the slots that are missing to so many readings, whole days, the oldest first."""
        first = KST.starts(
            KST.date_of(ENDS - SLOT * (readings // len(self.ads) // len(METRICS) - 1))
        )
        missing = (self.begins - SLOT - first) // SLOT
        return [first + SLOT * (number + 1) for number in range(missing)]

    def series(self, slots: Sequence[datetime]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the readings of each metric of each ad, in the order of the key."""
        for ad in self.ads:
            for metric in METRICS:
                yield list(self._series(ad, metric, slots))

    def _series(self, ad: int, metric: str, slots: Sequence[datetime]) -> Iterator[tuple[Any, ...]]:
        value, most = 0, _GROWTH[metric]
        lag = timedelta(seconds=self._dice.randrange(5, 300))
        shown_on = None
        for slot_at in slots:
            day = (slot_at + timedelta(hours=9)).date()
            value = (value if day == shown_on else 0) + int(self._dice.random() * most)
            shown_on, seen_at = day, slot_at + lag
            yield ad, metric, slot_at, day, 0, value, seen_at, f"{value:,}", 1, seen_at

    def settle(self, slots: Sequence[datetime]) -> int:
        """Write the unit costs of all watches over the slots; return the rows."""
        first, *others = self.watches
        rows = _costs(first, slots, self._dice)
        with self.engine.begin() as connection:
            for name, table in _COSTS.items():
                insert_many(connection, table, _in_order(table, rows[name]))
        for name in _COSTS:
            for watch in others:
                _multiply(self.engine, name, first, watch, slots[0], slots[-1])
        self.begins = slots[0]
        return sum(map(len, rows.values())) * len(self.watches)


def agency(engine: Engine, ads: int = ADS) -> Year:
    """Declare the agency, with so many ads, in an empty database."""
    since = ENDS - timedelta(days=400)
    watches = min(ads // ADS_EACH, WATCHES)
    InventoryStore(engine).apply(_inventory(watches), "bench", since)
    book = EntityBook(engine)
    for client in range(CLIENTS):
        own = [_ad(number) for number in range(ads) if _client(number) == client]
        book.follow(
            _account(client), [FoundEntity(ad, f"ad {ad.external_id}") for ad in own], since
        )
    entities = sorted(one.id for one in book.all())
    return Year(engine, entities, sorted(watch.id for watch in WatchBook(engine).all()))


def make_room(engine: Engine, slots: Sequence[datetime]) -> None:
    """Make the months of the slots."""
    make_months(engine, slots[0].date().replace(day=1), slots[-1].date().replace(day=1))


def _account(client: int) -> AccountKey:
    return AccountKey("moment", str(1000 + client))


def _client(ad: int) -> int:
    return ad // ADS_EACH % CLIENTS


def _ad(number: int) -> EntityKey:
    account = _account(_client(number))
    return EntityKey(account.site, account.external_id, EntityKind.CREATIVE, str(number))


def _inventory(watches: int) -> InventorySpec:
    clients = range(CLIENTS)
    return InventorySpec(
        sites=(SiteSpec("moment", SitePolicy("demo:Moment", "http://127.0.0.1:1")),),
        owners=tuple(OwnerSpec(f"owner {number}") for number in range(OWNERS)),
        clients=tuple(
            ClientSpec(f"client {one:02}", frozenset([f"owner {one % OWNERS}"])) for one in clients
        ),
        logins=(LoginSpec("kim", ("moment",)),),
        accounts=tuple(AccountSpec(_account(one), "kim", f"client {one:02}") for one in clients),
        watches=tuple(_watch(number) for number in range(watches)),
    )


def _watch(number: int) -> WatchSpec:
    ads = range(number * ADS_EACH, (number + 1) * ADS_EACH)
    account, only = _account(_client(ads[0])), frozenset(str(ad) for ad in ads)
    spend = MemberRule(account, EntityKind.CREATIVE, "spend", external_ids=only)
    results = MemberRule(account, EntityKind.CREATIVE, "conversions", external_ids=only)
    client = f"client {_client(ads[0]):02}"
    sides = frozenset([spend]), frozenset([results])
    return WatchSpec(f"watch {number:03}", client, 30_000, *sides, "CPA")


def _costs(watch: int, slots: Sequence[datetime], dice: Random) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of one watch by table; hours and days are sums of its slots."""
    hours: dict[datetime, list[int]] = {}
    days: dict[date, list[int]] = {}
    rows = []
    for slot_at in slots:
        spend, results, began = dice.randrange(9_000), dice.randrange(4), slot_at - SLOT
        rows.append(
            {
                "slot_at": slot_at,
                "interval_start": began,
                **_amounts(watch, spend, results, slot_at),
            }
        )
        day = began.astimezone(SEOUL).date()
        for sums in (
            hours.setdefault(began.replace(minute=0), [0, 0]),
            days.setdefault(day, [0, 0]),
        ):
            sums[0] += spend
            sums[1] += results
    return {
        "unit_cost_slot": rows,
        "unit_cost_hour": [_hour(watch, hour_at, *sums) for hour_at, sums in hours.items()],
        "unit_cost_day": [_day(watch, day, *sums) for day, sums in days.items()],
    }


def _hour(watch: int, hour_at: datetime, spend: int, results: int) -> dict[str, Any]:
    wall = hour_at.astimezone(SEOUL)
    on_the_wall = {"hour_at": hour_at, "business_date": wall.date(), "hour": wall.hour}
    return {**on_the_wall, **_amounts(watch, spend, results, hour_at)}


def _day(watch: int, day: date, spend: int, results: int) -> dict[str, Any]:
    final = {"business_date": day, "is_final": KST.settled(day) <= ENDS}
    return {**final, **_amounts(watch, spend, results, KST.ends(day))}


def _amounts(watch: int, spend: int, results: int, at: datetime) -> dict[str, Any]:
    return {
        "watch_id": watch,
        "spend": spend,
        "results": results,
        "unit_cost": money.unit_cost(spend, results),
        "unpaired_spend": 0,
        "spend_net": Decimal(spend),
        "spend_basis": Decimal(spend),
        "flags": [],
        "computed_at": at,
        "generation": 0,
    }


def _in_order(table: Table, rows: Sequence[dict[str, Any]]) -> Iterator[list[Any]]:
    names = [column.name for column in table.columns]
    return ([row.get(name) for name in names] for row in rows)


def _multiply(
    engine: Engine, table: str, first: int, watch: int, since: datetime, until: datetime
) -> None:
    """Let the server write another watch's rows: the same results for another spend."""
    factor = 1 + watch % 7
    columns = [column.name for column in _COSTS[table].columns]
    times = {
        "watch_id": f"{watch}",
        "spend": f"spend * {factor}",
        **{name: f"{name} * {factor}" for name in ("unit_cost", "spend_net", "spend_basis")},
    }
    chosen = ", ".join(times.get(name, name) for name in columns)
    moment = {"unit_cost_slot": "slot_at", "unit_cost_hour": "hour_at"}.get(table, "business_date")
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} "
        f"WHERE watch_id = :first AND {moment} BETWEEN :since AND :until"
    )
    last = until if table == "unit_cost_slot" else until - SLOT
    span = {"since": since - timedelta(days=1), "until": last}
    plain = {name: at.replace(tzinfo=None) for name, at in span.items()}
    with engine.begin() as connection:
        connection.execute(text(statement), {"first": first, **plain})
