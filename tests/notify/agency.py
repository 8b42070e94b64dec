"""A workspace and a database whose trouble tests make, without a site or a browser.

office = Office(tmp_path, engine)
office.apply(people=(PARK,))
office.waits("kim")
office.round()
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, Table, insert, select, update

from domain.account import AccountKey
from domain.audit import program
from domain.clock import FileClock
from domain.entity import EntityKind
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
from domain.person import PersonSpec, Role
from domain.policy import SitePolicy
from domain.request_budget import RequestBudget
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.accounts import AccountBook
from storage.inventory import InventoryStore
from storage.logins import LoginBook
from storage.outbox import MessageRecord, Outbox
from storage.tables import NotificationRow, VisitPageRow, VisitRow
from storage.visit_schedule import VisitSchedule
from workers.house import House
from workers.notify.rounds import delivery_round, notify_round
from workers.settings import open_settings

BEGIN = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
"""10:00 in Seoul, on a slot."""
SLOT = timedelta(minutes=20)
PARK = PersonSpec("박서연", frozenset({Role.OPERATOR}), ("PARK_CHAT",))
KIM_ADS, LEE_ADS = AccountKey("moment", "1001"), AccountKey("moment", "1003")


def inventory(*people: PersonSpec, quiet: RequestBudget | None = None) -> InventorySpec:
    """Two logins of one site, a client and a watch each, and who is told."""
    policy = SitePolicy("moment", "http://127.0.0.1:1", budget=quiet or RequestBudget())
    return InventorySpec(
        sites=(SiteSpec("moment", policy),),
        owners=(OwnerSpec("김지은"), OwnerSpec("이하늘")),
        clients=(
            ClientSpec("봄꽃마켓", frozenset({"김지은"})),
            ClientSpec("달빛커피", frozenset({"이하늘"})),
        ),
        logins=(LoginSpec("kim", ("moment",)), LoginSpec("lee", ("moment",))),
        accounts=(
            AccountSpec(KIM_ADS, "kim", "봄꽃마켓"),
            AccountSpec(LEE_ADS, "lee", "달빛커피"),
        ),
        watches=(
            _watch("봄꽃 친구", "봄꽃마켓", KIM_ADS),
            _watch("달빛 전환", "달빛커피", LEE_ADS),
        ),
        people=people,
    )


def _watch(name: str, client: str, account: AccountKey) -> WatchSpec:
    spend = MemberRule(account, EntityKind.CREATIVE, "spend")
    results = MemberRule(account, EntityKind.CREATIVE, "conversions")
    return WatchSpec(name, client, 30_000, frozenset({spend}), frozenset({results}))


@dataclass
class Office:
    """Danga's own parts on a database, with business time in a test's hand."""

    root: Path
    engine: Engine

    def __post_init__(self) -> None:
        (self.root / "danga.yaml").touch()
        self.clock = FileClock(self.root / "clock")
        self.clock.set(BEGIN)
        self.environment("DANGA_CLOCK_FILE=clock")

    def environment(self, *lines: str) -> None:
        """Add lines to `.env`; whoever opens the house afterwards knows them."""
        with (self.root / ".env").open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    @property
    def house(self) -> House:
        """The house as a fresh process opens it."""
        return House(open_settings(self.root), self.engine)

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.clock.now()

    def apply(self, *people: PersonSpec, spec: InventorySpec | None = None) -> None:
        """Apply the inventory with these people."""
        wanted = replace(spec or inventory(), people=people)
        InventoryStore(self.engine).apply(wanted, "tests", self.now)

    def step(self, minutes: float) -> None:
        """Let business time pass."""
        self.clock.set(self.now + timedelta(minutes=minutes))

    def state(self, login: str, state: SessionState, reason: str = "") -> None:
        """Put a login's session into a state."""
        book = LoginBook(self.engine)
        book.set_state(book.get(login).id, state, program("tests"), reason)

    def visit(self, login: str, verdict: VerdictKind | None = VerdictKind.OK) -> None:
        """Plan the visit of this slot and end it with a page of that verdict; None: it was missed.

        Only the rows: what visits do is tested with a browser elsewhere.
        """
        login_id = LoginBook(self.engine).get(login).id
        account = next(
            one.key for one in AccountBook(self.engine).all() if one.login_id == login_id
        )
        schedule = VisitSchedule(self.engine)
        visit = schedule.plan({login_id: 0.0}, self.now, VisitKind.REGULAR)[login_id]
        state = VisitState.DONE if verdict is VerdictKind.OK else VisitState.FAILED
        with self.engine.begin() as connection:
            connection.execute(
                update(VisitRow)
                .where(VisitRow.id == visit)
                .values(state=VisitState.MISSED if verdict is None else state, verdict=verdict)
            )
            if verdict is not None:
                row = {
                    "visit_id": visit,
                    "seq": 1,
                    "site": account.site,
                    "page_kind": "creatives",
                    "path": "/",
                    "account": account.external_id,
                    "verdict": verdict,
                    "detail": "",
                    "requests": 1,
                    "bytes_received": 1,
                    "readings": 1,
                    "steps": [],
                    "visited_at": self.now,
                }
                connection.execute(insert(VisitPageRow).values(row))

    def slot(self, **verdicts: VerdictKind | None) -> None:
        """Visit the logins named, look in the middle of the slot and at its end."""
        for login, verdict in verdicts.items():
            self.visit(login, verdict)
        self.step(10)
        self.look()
        self.step(10)
        self.look()

    def look(self) -> None:
        """What a scheduler does each minute."""
        notify_round(self.house)

    def deliver(self) -> None:
        """What a sender does now and then; waits that lie ahead on the database's clock pass."""
        hurry(self.engine)
        delivery_round(self.house)

    def messages(self) -> list[MessageRecord]:
        """The outbox, the oldest first."""
        return list(reversed(Outbox(self.engine).recent(1000)))

    def about(self) -> list[str]:
        """What the messages are about, without the key of their cause."""
        return [one.about.split()[-1] for one in self.messages()]


def hurry(engine: Engine) -> None:
    """Let operational time pass: messages that wait for their next try wait no longer."""
    table = NotificationRow.__table__
    assert isinstance(table, Table)
    with engine.begin() as connection:
        for row in connection.execute(select(table.c.id, table.c.not_before)).all():
            earlier = row.not_before - timedelta(hours=1)
            connection.execute(update(table).where(table.c.id == row.id).values(not_before=earlier))


def minutes(count: int) -> Iterator[int]:
    """Count minutes from 1."""
    return iter(range(1, count + 1))
