"""A client leaves: its numbers are handed over, and of its secrets nothing stands anywhere."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from domain.account import AccountKey
from domain.audit import person
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.errors import BadInput
from domain.evidence import Evidence
from domain.reading import Reading
from domain.session import BrowserSession
from domain.sign_in_link import digest
from domain.verdict import OK, Verdict, VerdictKind
from domain.visit import VisitKind, VisitState
from storage.audit import AuditBook
from storage.client_leave import ClientLeaveBook
from storage.entities import EntityBook
from storage.errors import ClientIsLeaving, LeaseTaken
from storage.evidence_store import EvidenceStore
from storage.inventory import InventoryStore
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.proof_pages import ProofId, keep
from storage.sign_in_links import SignInLinks
from storage.tables import (
    LoginCredentialRow,
    LoginRow,
    ProofPageRow,
    ReadingRow,
    SessionVersionRow,
    UnitCostHourRow,
    VisitPageRow,
)
from storage.visit_schedule import VisitSchedule
from tests.demo_server import RunningDemo
from tests.servers import MariaDb
from tests.workers.conftest import BEGIN
from tests.workers.processes import danga_up
from tests.workers.workspace import Agency, count, pages_of, pass_time, visits_of
from workers import leaving
from workers.house import House
from workers.inventory_file import load_inventory
from workers.leaving import LeavePlan, Left, leave, plan_leave
from workers.settling import settle_after

MINA = person("mina")
MOON, BOOKS = "달빛커피", "바다서점"
COOKIE = "geheim-cookie-5f0c"
ALONE, SHARED = "kim", "lee"


def inventory(demo: RunningDemo) -> dict[str, Any]:
    """kim reads for 달빛커피 alone, lee for both clients."""
    creatives = {"kind": "creative", "metric": "spend"}
    results = {"kind": "creative", "metric": "conversions"}
    return {
        "sites": [{"name": "moment", "class": "moment", "base_url": demo.url}],
        "clients": [{"name": MOON}, {"name": BOOKS}],
        "logins": [
            {"name": name, "sites": ["moment"], "username": name, "credentials": "stored"}
            for name in (ALONE, SHARED)
        ],
        "accounts": [
            {"site": "moment", "id": "1001", "login": ALONE, "client": MOON},
            {"site": "moment", "id": "1002", "login": SHARED, "client": MOON},
            {"site": "moment", "id": "1003", "login": SHARED, "client": BOOKS},
        ],
        "follow": [{"account": f"moment/100{n}", "level": "creative"} for n in (1, 2, 3)],
        "watches": [
            {
                "name": f"{client} 전환",
                "client": client,
                "target": 30_000,
                "spend": {"account": account, **creatives},
                "results": {"account": account, **results},
            }
            for client, account in ((MOON, "moment/1001"), (BOOKS, "moment/1003"))
        ],
    }


def without_moon(declared: dict[str, Any]) -> dict[str, Any]:
    rest = deepcopy(declared)
    rest["clients"] = [one for one in rest["clients"] if one["name"] != MOON]
    rest["logins"] = [one for one in rest["logins"] if one["name"] != ALONE]
    rest["accounts"] = [one for one in rest["accounts"] if one["client"] != MOON]
    rest["follow"] = rest["follow"][2:]
    rest["watches"] = [one for one in rest["watches"] if one["client"] != MOON]
    return rest


@dataclass
class World:
    """Two clients with numbers, sessions and evidence."""

    agency: Agency
    house: House
    declared: dict[str, Any]
    evidence: dict[str, str] = field(default_factory=dict)
    """What it shows -> its id."""

    def plan(self) -> LeavePlan:
        return plan_leave(self.house, MOON, self.read(without_moon(self.declared)))

    def read(self, declared: dict[str, Any]) -> Any:
        path = self.agency.root / "danga.yaml"
        path.write_text(json.dumps(declared, ensure_ascii=False), encoding="utf-8")
        return load_inventory(path, self.agency.root)

    @property
    def to(self) -> Path:
        return self.agency.root / "exports" / "moon"

    def leave(self) -> Left:
        return leave(self.house, self.plan(), MINA, "contract ended", self.to)

    def id(self, login: str) -> int:
        return LoginBook(self.house.engine).get(login).id

    def secrets(self, login: str) -> list[bytes]:
        """Everything sealed that the database keeps for a login."""
        with self.house.engine.connect() as connection:
            return [
                sealed
                for kind in (SessionVersionRow, LoginCredentialRow)
                for sealed in connection.scalars(
                    select(kind.ciphertext).where(kind.login_id == self.id(login))
                )
            ]

    def proof(self, account: str) -> list[bytes]:
        """The last pages of its days."""
        mine = select(ProofPageRow.ciphertext).where(ProofPageRow.account == account)
        with self.house.engine.connect() as connection:
            return list(connection.scalars(mine))

    def sealed(self, shows: str) -> bytes:
        path = self.agency.settings.folder.evidence / f"{self.evidence[shows]}.sealed"
        return path.read_bytes()


def fill(agency: Agency, house: House, demo: RunningDemo) -> World:
    world = World(agency, house, inventory(demo))
    agency.apply(world.declared)
    now = house.clock.now()
    for login in (ALONE, SHARED):
        cookie = {"name": "sid", "value": f"{COOKIE}-{login}", "domain": "x.example", "path": "/"}
        for version in range(3):
            house.vault.save(world.id(login), BrowserSession(cookies=(cookie,)), version, "visit")
    for account in ("1001", "1002", "1003"):
        _read(house, account)
    visits = VisitSchedule(house.engine)
    starts = {world.id(login): 0.0 for login in (ALONE, SHARED)}
    planned = visits.plan(starts, now, VisitKind.REGULAR)
    for seq, (login, account) in enumerate(
        ((ALONE, "1001"), (ALONE, ""), (SHARED, "1002"), (SHARED, "1003")), 1
    ):
        shows = f"{login} {account}"
        world.evidence[shows] = _keep(house.evidence, login, shows)
        if account:
            _prove(house, account)
        page = {"visit_id": planned[world.id(login)], "seq": seq, "site": "moment"}
        page |= {"page_kind": "creatives", "path": "/", "account": account, "verdict": "blank"}
        page |= {"detail": "", "requests": 1, "bytes_received": 1, "readings": 0, "steps": []}
        page |= {"evidence_id": world.evidence[shows], "visited_at": now}
        with house.engine.begin() as connection:
            connection.execute(insert(VisitPageRow).values(page))
    return world


def _read(house: House, account: str) -> None:
    """Two slots of one creative: 10,000 won and one conversion between them."""
    key = EntityKey("moment", account, EntityKind.CREATIVE, f"{account}-1")
    now = house.clock.now()
    found = [FoundEntity(key, f"소재 {account}", parent="7")]
    EntityBook(house.engine).follow(AccountKey("moment", account), found, now)
    page = [
        Reading(key, metric, now.date(), value, slot_at, slot_at, str(value))
        for slot_at, spend in ((now, 20_000), (now + timedelta(minutes=20), 30_000))
        for metric, value in (("spend", spend), ("conversions", spend // 10_000))
    ]
    house.readings.save(page)
    settle_after(house, page)


def _keep(store: EvidenceStore, login: str, shows: str) -> str:
    verdict = Verdict(VerdictKind.BLANK, "nothing")
    taken_at = datetime.fromisoformat(BEGIN)
    html = f"<p>{shows}</p>" * 50
    return store.keep(
        Evidence(login, "http://127.0.0.1/", verdict, taken_at, html, None, (), (), "moment")
    )


def _prove(house: House, account: str) -> None:
    """Keep the last page of an account's day."""
    html = f"<p>{account}</p>" * 50
    seen = Evidence("kim", "http://127.0.0.1/", OK, house.clock.now(), html, None, (), (), "moment")
    (visit, *_) = visits_of(house.engine)
    of = ProofId(AccountKey("moment", account), house.clock.now().date(), "creatives", 1)
    assert house.proof is not None
    with house.engine.begin() as connection:
        keep(connection, [house.proof.seal(seen, of, visit)])


def _link(world: World, login: str) -> bytes:
    """Make a link to sign in from afar and return what the database keeps of it."""
    links = SignInLinks(world.house.engine)
    return digest(links.offer(login, MINA, timedelta(hours=24))).encode()


@pytest.fixture(params=["agency", "grown"])
def world(request: pytest.FixtureRequest, demo: RunningDemo) -> Iterator[World]:
    """On SQLite, and on MariaDB."""
    agency: Agency = request.getfixturevalue(request.param)
    with agency.house() as house:
        yield fill(agency, house, demo)


def on_disk(world: World, request: pytest.FixtureRequest) -> bytes:
    """Return every byte of the workspace and of the tables' files."""
    engine, folders = world.house.engine, [world.agency.root.parent]
    if engine.dialect.name == "mysql":
        server: MariaDb = request.getfixturevalue("mariadb")
        folders.append(server.directory / "data" / str(engine.url.database))
        tables = "login, session_version, login_credential, evidence, sign_in_link, proof_page"
        with engine.connect() as connection:  # what the server has in memory only
            connection.execute(text(f"FLUSH TABLES {tables} FOR EXPORT"))
            connection.execute(text("UNLOCK TABLES"))
    files = (path for folder in folders for path in sorted(folder.rglob("*")))
    return b"".join(path.read_bytes() for path in files if path.is_file())


def test_nothing_of_its_secrets_stands_in_the_database_or_on_the_disk_afterwards(
    world: World, request: pytest.FixtureRequest
) -> None:
    gone = [*world.secrets(ALONE)]
    gone += [world.sealed(f"{ALONE} 1001"), world.sealed(f"{ALONE} "), world.sealed("lee 1002")]
    kept = [*world.secrets(SHARED), world.sealed("lee 1003")]
    gone += [_link(world, ALONE), *world.proof("1001"), *world.proof("1002")]
    kept += [_link(world, SHARED), *world.proof("1003")]
    before = on_disk(world, request)
    assert len(gone) == 10
    assert all(secret in before for secret in (*gone, *kept)), "the search finds what is there"
    left = world.leave()
    after = on_disk(world, request)
    assert [secret for secret in gone if secret in after] == []
    assert all(secret in after for secret in kept)
    assert COOKIE.encode() not in after
    assert (left.evidence_erased, left.elsewhere) == (3, {})


def test_a_login_that_others_share_keeps_session_and_password(world: World) -> None:
    world.leave()
    house = world.house
    assert house.vault.load(world.id(ALONE)) is None
    saved = house.vault.load(world.id(SHARED))
    assert saved is not None
    assert saved.version == 3
    credentials = house.credentials.resolve(world.id(SHARED))
    assert credentials is not None
    with house.engine.connect() as connection:
        names = connection.execute(select(LoginRow.name, LoginRow.username, LoginRow.enabled))
        assert sorted(tuple(row) for row in names) == [
            (ALONE, None, False),
            (SHARED, SHARED, True),
        ]
    assert house.evidence.show(world.evidence["lee 1003"]).html


def test_its_visits_are_dropped_and_the_others_go_on(world: World) -> None:
    world.leave()
    states = {visit.login: visit.state for visit in visits_of(world.house.engine)}
    assert states == {ALONE: VisitState.MISSED, SHARED: VisitState.PLANNED}
    declared = InventoryStore(world.house.engine).declared()
    assert [one.name for one in declared.clients] == [BOOKS]
    assert [str(one.key) for one in declared.accounts] == ["moment/1003"]
    assert [one.name for one in declared.watches] == [f"{BOOKS} 전환"]
    assert {str(rule) for rule in declared.follow} == {"moment/1003 creative *"}


def test_all_its_numbers_are_handed_over_and_the_manifest_proves_it(world: World) -> None:
    world.leave()
    manifest = json.loads((world.to / "manifest.json").read_text())
    rows: dict[str, list[dict[str, str]]] = {}
    for name, told in manifest["files"].items():
        data = (world.to / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == told["sha256"]
        rows[name] = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
        assert len(rows[name]) == told["rows"]
    readings = rows["readings.csv"]
    assert Counter(row["account"] for row in readings) == {"1001": 4, "1002": 4}
    assert manifest["files"]["readings.csv"]["sums"] == {
        "spend": {"value": 100_000},
        "conversions": {"value": 10},
    }
    slot = rows["unit_cost_slots.csv"][-1]
    assert (slot["spend"], slot["results"], slot["unit_cost"]) == ("10000", "1", "10000.0000")
    for name in ("unit_cost_slots.csv", "unit_cost_hours.csv"):
        spend = sum(int(row["spend"] or 0) for row in rows[name])
        assert spend == manifest["files"][name]["sums"][f"{MOON} 전환"]["spend"] == 30_000
    assert {row["watch"] for row in rows["watches.csv"]} == {f"{MOON} 전환"}
    assert {row["known_at"] for row in rows["watch_members.csv"]} == {""}, "known as they joined"
    assert count(world.house.engine, ReadingRow) == 12, "numbers stay"
    assert count(world.house.engine, UnitCostHourRow) > 0
    assert world.to.stat().st_mode & 0o777 == 0o700


def test_who_left_can_be_read_in_the_audit_and_leaving_twice_changes_nothing(
    world: World,
) -> None:
    world.leave()
    lines = AuditBook(world.house.engine).newest(f"client {MOON}", "client.leave")
    steps = [line.deed.action.removeprefix("client.leave.") for line in reversed(lines)]
    assert steps == ["begun", "exported", "erased", "finished"]
    assert {line.actor for line in lines} == {MINA}
    plan = world.plan()
    assert plan.done is not None
    assert plan.done.finished_at is not None
    erases = plan.erases
    assert (plan.closes, erases.sessions, erases.proof, erases.evidence) == ((), 0, 0, {})


STEPS = (
    (leaving, "export_client"),
    (EvidenceStore, "erase"),
    (ClientLeaveBook, "erase"),
    (leaving, "scrub"),
    (ClientLeaveBook, "finish"),
)


@pytest.mark.parametrize(("where", "step"), STEPS, ids=lambda one: str(one))
def test_whoever_is_interrupted_runs_it_again_and_meanwhile_nobody_brings_the_client_back(
    world: World, monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(where, step, broken)
        with pytest.raises(KeyboardInterrupt):
            world.leave()
    before = world.read(world.declared)
    store = InventoryStore(world.house.engine)
    with pytest.raises(ClientIsLeaving, match=f"{MOON} is leaving"):
        store.apply(before, "lee", world.house.clock.now())
    world.leave()
    assert world.secrets(ALONE) == []
    record = ClientLeaveBook(world.house.engine, MOON).record()
    assert record is not None
    assert record.finished_at is not None
    assert (world.to / "manifest.json").exists()
    store.apply(before, "lee", world.house.clock.now())  # a new contract is a new beginning
    assert ClientLeaveBook(world.house.engine, MOON).record() is None
    assert LoginBook(world.house.engine).get(ALONE).enabled


def test_nothing_is_erased_while_a_visit_works_or_before_the_numbers_are_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "WAIT_SECONDS", 0.0)
    leases = LeaseBook(world.house.engine)
    with leases.hold(world.id(SHARED), "worker-1", "regular", 60):
        with pytest.raises(LeaseTaken, match="worker-1 still works with lee"):
            world.leave()
        assert len(world.secrets(ALONE)) == 4
    world.to.mkdir(parents=True)
    with pytest.raises(BadInput, match="is there already"):
        world.leave()
    assert len(world.secrets(ALONE)) == 4
    assert leases.holder_of(world.id(ALONE)) is None


def test_what_danga_yaml_still_declares_is_told_all_at_once_and_nothing_happens(
    world: World,
) -> None:
    with pytest.raises(BadInput) as told:
        plan_leave(world.house, MOON, world.read(world.declared))
    assert [fault.what for fault in told.value.faults] == [
        f"declares client {MOON}",
        "declares login kim",
        "declares account moment/1001",
        "declares account moment/1002",
        "declares follow moment/1001 creative *",
        "declares follow moment/1002 creative *",
        f"declares watch {MOON} 전환",
    ]
    assert ClientLeaveBook(world.house.engine, MOON).record() is None


def test_a_watch_of_another_client_that_reads_its_account_is_in_the_way(world: World) -> None:
    crossed = deepcopy(world.declared)
    crossed["watches"][1]["spend"]["account"] = "moment/1002"
    InventoryStore(world.house.engine).apply(world.read(crossed), "lee", world.house.clock.now())
    with pytest.raises(BadInput, match=f"watch {BOOKS} 전환: of {BOOKS} reads moment/1002"):
        world.plan()


def test_evidence_on_another_machine_is_erased_there_and_only_then_it_is_finished(
    world: World,
) -> None:
    house = world.house
    there = EvidenceStore(house.engine, house.keyring, world.agency.root / "there", machine="b")
    _keep(there, ALONE, "kim 1001")
    left = world.leave()
    assert left.elsewhere == {"b": 1}
    record = ClientLeaveBook(house.engine, MOON).record()
    assert record is not None
    assert record.finished_at is None
    house.__dict__["evidence"] = there  # the same command on machine b
    assert world.leave().elsewhere == {}
    assert not list((world.agency.root / "there").iterdir())
    record = ClientLeaveBook(house.engine, MOON).record()
    assert record is not None
    assert record.finished_at is not None


def test_it_leaves_while_danga_up_works_on_for_the_others(
    agency: Agency, demo: RunningDemo, request: pytest.FixtureRequest
) -> None:
    declared = as_the_demo_knows_it(inventory(demo))
    agency.apply(declared)
    with agency.house() as house, danga_up(agency.root) as up:
        world = World(agency, house, declared)
        up.wait_for(lambda: len(visits_of(house.engine)) == 2, 30, "both are planned")
        pass_time(house.engine, minutes=10)
        up.wait_for(lambda: _done(house) == {ALONE: 1, SHARED: 1}, 60, "both logins are read")
        gone, kept = world.secrets(ALONE), world.secrets(SHARED)
        world.leave()
        after = on_disk(world, request)
        assert [secret for secret in gone if secret in after] == []
        assert kept[-1] in after
        agency.step(minutes=20)
        up.wait_for(lambda: len(visits_of(house.engine)) == 3, 30, "one is planned")
        pass_time(house.engine, minutes=10)
        up.wait_for(lambda: _done(house)[SHARED] == 2, 60, "the others go on")
        assert _done(house) == {ALONE: 1, SHARED: 2}
        newest = visits_of(house.engine, SHARED)[-1]
        assert {page.account for page in pages_of(house.engine, newest)} == {"1002"}


def as_the_demo_knows_it(declared: dict[str, Any]) -> dict[str, Any]:
    """Its user lee sees 1003 only, kim 1001 and 1002: let each login be the other user."""
    accounts = {"1001": "1003", "1002": "1001", "1003": "1002"}
    text = re.sub(r"100\d", lambda found: accounts[found[0]], json.dumps(declared))
    known: dict[str, Any] = json.loads(text)
    for login, username in zip(known["logins"], (SHARED, ALONE), strict=True):
        login["username"] = username
    return known


def _done(house: House) -> Counter[str]:
    return Counter(one.login for one in visits_of(house.engine) if one.state is VisitState.DONE)
