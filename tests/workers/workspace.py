"""A Danga workspace against the demo, made by the product's own functions.

    agency = Agency(folder, demo, clock)
    agency.prepare(made_workspace, database_url=url)
    agency.apply(inventory(demo, KIM))
    with agency.house() as house:
        visits = collect_here(house, browser, Wish(LoginBook(house.engine).all()))

`step` moves the demo's clock and Danga's business clock together. Leases, rests and `not_before`
run on the database's clock: `pass_time` moves those rows, as nobody wants to wait for them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Table, func, select, update

from domain.clock import FileClock
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.engine import open_engine
from storage.inventory import InventoryStore
from storage.logins import LoginBook, LoginRecord
from storage.tables import (
    AccountRow,
    Base,
    EntityRow,
    LoginLeaseRow,
    LoginRow,
    ProxyRestRow,
    ReadingRow,
    SignInRow,
    SiteClassRow,
    VisitPageRow,
    VisitRow,
    WorkerHeartbeatRow,
)
from storage.unit_costs import UnitCostStore
from storage.visit_history import VisitHistory
from storage.visit_record import PageRecord, VisitRecord
from storage.watches import WatchBook
from tests.demo_server import RunningDemo
from workers.house import House
from workers.inventory_file import load_inventory
from workers.settings import Settings, open_settings

GENEROUS = {
    "requests_per_second": 100,
    "floor_per_second": 100,
    "burst": 1000,
    "concurrent_visits": 10,
}
"""A budget that nobody waits for, and that adapts to nothing; tests of the pace name their own."""
_ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
_OPERATIONAL = (
    (VisitRow, "not_before"),
    (LoginLeaseRow, "expires_at"),
    (ProxyRestRow, "rested_at"),
    (ProxyRestRow, "resting_until"),
    (SignInRow, "at"),
    (WorkerHeartbeatRow, "seen_at"),
    (SiteClassRow, "since"),
    (VisitPageRow, "visited_at"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A login of danga.yaml and the accounts that it reads, as `site/id`."""

    name: str
    accounts: tuple[str, ...]
    username: str = ""
    proxy: Mapping[str, Any] | None = None

    @property
    def sites(self) -> list[str]:
        """Its sites, moment first."""
        named = {account.partition("/")[0] for account in self.accounts}
        return sorted(named, key=lambda site: (site != "moment", site))


KIM = Identity("kim", ("moment/1001", "channel/ch501"))
"""One login for both sides of the watch."""
KIM_EVERYTHING = Identity("kim", ("moment/1001", "moment/1002", "channel/ch501"))
SIDES = (
    Identity("kim-ads", ("moment/1001",), username="kim"),
    Identity("kim-friends", ("channel/ch501",), username="kim"),
)
"""A login for each side of the watch."""
LEE = Identity("lee", ("moment/1003", "channel/ch502"))


def inventory(
    demo: RunningDemo,
    *logins: Identity,
    budget: Mapping[str, Any] | None = None,
    **site: Any,
) -> dict[str, Any]:
    """Return danga.yaml for some logins, with watches over what they read of moment and channel."""
    accounts = [(login.name, account) for login in logins for account in login.accounts]
    policy = {"base_url": demo.url, "budget": dict(budget or GENEROUS), **site}
    return {
        "sites": [{"name": name, "class": name, **policy} for name in ("moment", "channel")],
        "owners": [{"name": "김지은"}],
        "clients": [{"name": "봄꽃마켓", "owners": ["김지은"]}],
        "logins": [_login(login) for login in logins],
        "accounts": [_account(login, account) for login, account in accounts],
        "follow": [
            {"account": account, "level": "creative", "name": "*"}
            for _, account in accounts
            if account.startswith("moment/")
        ],
        "watches": list(_watches([account for _, account in accounts])),
    }


def _login(login: Identity) -> dict[str, Any]:
    entry = {
        "name": login.name,
        "sites": login.sites,
        "username": login.username or login.name,
        "credentials": "stored",
    }
    return entry if login.proxy is None else {**entry, "proxy": dict(login.proxy)}


def _account(login: str, account: str) -> dict[str, Any]:
    site, _, external_id = account.partition("/")
    return {"site": site, "id": external_id, "login": login, "client": "봄꽃마켓"}


def _watches(accounts: Sequence[str]) -> Iterator[dict[str, Any]]:
    ads = [one for one in accounts if one.startswith("moment/")]
    channels = [one for one in accounts if one.startswith("channel/")]
    for account, channel in zip(ads, channels, strict=False):
        creatives = {"account": account, "kind": "creative", "name": "*"}
        yield {
            "name": f"{account} 친구",
            "client": "봄꽃마켓",
            "target": 30_000,
            "spend": {**creatives, "metric": "spend"},
            "results": {"account": channel, "kind": "channel", "metric": "friends"},
        }
    for account in ads:
        creatives = {"account": account, "kind": "creative", "name": "*"}
        yield {
            "name": f"{account} 전환",
            "client": "봄꽃마켓",
            "target": 30_000,
            "spend": {**creatives, "metric": "spend"},
            "results": {**creatives, "metric": "conversions"},
        }


@dataclass
class Agency:
    """A workspace, the demo that it measures, and the business clock of both."""

    root: Path
    demo: RunningDemo
    clock: FileClock
    proxies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The settings as a fresh process reads them."""
        return open_settings(self.root)

    def prepare(self, made: Path, database_url: str, redis_url: str | None = None) -> None:
        """What `danga init` made, with these servers."""
        shutil.copytree(made, self.root)
        lines = [f"DANGA_DATABASE_URL={database_url}", f"DANGA_CLOCK_FILE={self.clock.path}"]
        if redis_url:
            lines.append(f"DANGA_REDIS_URL={redis_url}")
        with (self.root / ".env").open("a", encoding="utf-8") as file:
            file.write("\n".join(["", *lines, ""]))

    def apply(self, declared: Mapping[str, Any]) -> None:
        """`danga apply` (JSON is YAML too), and `danga login password` for the demo's users."""
        if self.proxies:
            written = json.dumps({"proxies": self.proxies})
            (self.root / "proxies.yaml").write_text(written, encoding="utf-8")
        path = self.root / "danga.yaml"
        path.write_text(json.dumps(declared, ensure_ascii=False, indent=1), encoding="utf-8")
        wanted = load_inventory(path, self.root)
        with self.house() as house:
            InventoryStore(house.engine).apply(wanted, "tests", house.clock.now())
            for login in LoginBook(house.engine).all():
                house.credentials.keep_password(login.id, f"demo-{login.username}")

    @contextmanager
    def house(self) -> Iterator[House]:
        """Open everything, as each process does for itself."""
        with House.open(self.settings) as house:
            yield house

    def step(self, *, minutes: float) -> datetime:
        """Let business time pass, for the site and for us."""
        now = self.demo.step(minutes=minutes)
        self.clock.set(now)
        return now

    def set_clock(self, at: str) -> None:
        """Freeze business time at `at`, for the site and for us."""
        self.clock.set(self.demo.clock(at))


def pass_time(engine: Engine, *, minutes: float) -> None:
    """Let operational time pass: whatever waits for a moment waits so much less."""
    with engine.begin() as connection:
        for row, name in _OPERATIONAL:
            table = row.__table__
            assert isinstance(table, Table)
            if name not in table.c:
                continue
            keys = list(table.primary_key)
            for found in connection.execute(select(*keys, table.c[name])).all():
                same = [key == value for key, value in zip(keys, found[:-1], strict=True)]
                earlier = found[-1] - timedelta(minutes=minutes)
                connection.execute(update(table).where(*same).values({name: earlier}))


def visits_of(engine: Engine, login: str | None = None) -> list[VisitRecord]:
    """Return all visits, the oldest first."""
    return list(reversed(VisitHistory(engine).recent(1000, login)))


def pages_of(engine: Engine, visit: VisitRecord) -> list[PageRecord]:
    """Return the pages of a visit in their order."""
    return list(VisitHistory(engine).pages(visit.id))


def login_of(engine: Engine, name: str = "kim") -> LoginRecord:
    """Return a login as it stands now."""
    return LoginBook(engine).get(name)


Number = tuple[str, str, str, str]
"""Site, account, external id, metric."""


def stored_numbers(
    engine: Engine, slot_at: datetime, day: date | None = None
) -> dict[Number, tuple[str, int]]:
    """Return (business date, value) of each number stored for a slot, of one date or of all.

    Fail where one is stored twice.
    """
    rows = (
        select(
            AccountRow.site, AccountRow.external_id.label("account"), EntityRow.external_id,
            ReadingRow.metric, ReadingRow.business_date, ReadingRow.value,
        )
        .join(EntityRow, EntityRow.id == ReadingRow.entity_id)
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .where(ReadingRow.slot_at == slot_at)
    )  # fmt: skip
    if day is not None:
        rows = rows.where(ReadingRow.business_date == day)
    with engine.connect() as connection:
        found = connection.execute(rows).all()
    numbers = {_number(row): (row.business_date.isoformat(), row.value) for row in found}
    assert len(numbers) == len(found), "a number is stored twice for one slot"
    return numbers


def _number(row: Row[*tuple[Any, ...]]) -> Number:
    return row.site, row.account, row.external_id, row.metric


def true_numbers(
    demo: RunningDemo, *logins: Identity, at: datetime | None = None
) -> dict[Number, tuple[str, int]]:
    """Return what a perfect reader of the logins' creatives and channels would have."""
    accounts = {account for login in logins for account in login.accounts}
    return {
        (row["site"], row["account"], row["external_id"], row["metric"]): (
            row["business_date"],
            row["value"],
        )
        for row in demo.truth(at=at)
        if row["kind"] in ("creative", "channel") and f"{row['site']}/{row['account']}" in accounts
    }


def true_sum(demo: RunningDemo, account: str, metric: str, at: datetime | None = None) -> int:
    """Return a metric of all creatives (or of the channel) of an account, as it truly is."""
    return sum(
        row["value"]
        for row in demo.truth(at=at)
        if (row["account"], row["metric"]) == (account, metric)
        and row["kind"] in ("creative", "channel")
    )


def unit_costs(house: House, watch: str) -> dict[datetime, tuple[int | None, int | None, Any]]:
    """Return slot -> (spend, results, unit cost) of a watch, by its name."""
    found = next(one for one in WatchBook(house.engine).all() if one.name == watch)
    slots = UnitCostStore(house.engine).slots(found.id, *_ALWAYS)
    return {one.slot_at: (one.spend, one.results, one.unit_cost) for one in slots}


STALLED = "/moment/api/accounts/1001/creatives"


def stall(demo: RunningDemo, seconds: float) -> None:
    """Let the numbers of account 1001 hang, and count from now on."""
    demo.knobs(stall_every=1, stall_path=STALLED, stall_seconds=seconds)
    demo.reset_stats()


def stalls(demo: RunningDemo) -> bool:
    """Whether somebody waits for them."""
    return STALLED in demo.stats()["by_path"]


def count(engine: Engine, table: type[Base]) -> int:
    """Return how many rows a table has."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def states(engine: Engine) -> list[tuple[VisitState, VerdictKind | None]]:
    """Return state and verdict of each visit, the oldest first."""
    return [(visit.state, visit.verdict) for visit in visits_of(engine)]


def session_state(engine: Engine, login: str = "kim") -> str:
    """Return the state of a login's session."""
    with engine.connect() as connection:
        return str(connection.scalar(select(LoginRow.state).where(LoginRow.name == login)))


def open_database(url: str) -> Engine:
    """Return an engine for a test's own look at a database."""
    return open_engine(url)
