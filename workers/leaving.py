"""A client leaves: stop its visits, write its numbers out, erase what was given for it alone.

Each step is noted when it is done, so whoever is interrupted runs it again and goes on. Nothing
is erased before the numbers are written, and nothing while a visit works with a login.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.audit import Actor
from domain.errors import BadInput, Fault
from domain.inventory import Change, InventorySpec
from domain.leaving import Leaving
from storage.client_leave import ClientLeaveBook, LeaveRecord
from storage.client_secrets import ToErase
from storage.errors import LeaseTaken
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.scrub import scrub
from storage.tables import (
    AccountSightingRow,
    CauseRow,
    EvidenceRow,
    LoginCredentialRow,
    LoginRow,
    NotificationRow,
    ProofPageRow,
    ProxyAssignmentRow,
    SessionVersionRow,
    SignInLinkRow,
    SignInRow,
)
from workers.client_export import export_client
from workers.house import House
from workers.settling import replay_spool

LEASE_SECONDS = 10 * 60.0
LOOK_SECONDS = 0.5
WAIT_SECONDS = 120.0
"""How long visits under way are waited for."""
_SCRUBBED = (
    AccountSightingRow,
    CauseRow,
    EvidenceRow,
    LoginCredentialRow,
    LoginRow,
    NotificationRow,
    ProofPageRow,
    ProxyAssignmentRow,
    SessionVersionRow,
    SignInLinkRow,
    SignInRow,
)


@dataclass(frozen=True, slots=True)
class LeavePlan:
    """What a leave will do, or has still to do."""

    leaving: Leaving
    closes: Sequence[Change]
    erases: ToErase
    done: LeaveRecord | None
    """How far an earlier run came."""


@dataclass(frozen=True, slots=True)
class Left:
    """How it ended. `elsewhere`: machines whose disks still hold evidence, with how much."""

    exported_to: Path
    evidence_erased: int
    elsewhere: dict[str, int]


def plan_leave(house: House, client: str, declared: InventorySpec) -> LeavePlan:
    """Return what `leave` would do, changing nothing; `declared` is what danga.yaml says.

    Raises:
        UnknownName: there never was such a client.
        BadInput: danga.yaml still declares something of it, or another client's watch reads one
            of its accounts.
    """
    book = ClientLeaveBook(house.engine, client)
    leaving = book.leaving()
    cure = "remove it (need not be applied): the next `danga apply` would bring it back"
    faults = [Fault("danga.yaml", f"declares {name}", cure) for name in leaving.declares(declared)]
    if faults:
        raise BadInput(*faults)
    house.evidence.sweep(house.clock.now())  # what was kept while the database was away
    return LeavePlan(leaving, book.changes(), book.to_erase(), book.record())


def leave(house: House, plan: LeavePlan, actor: Actor, reason: str, to: Path) -> Left:
    """Do what is left to do of the plan.

    Raises:
        BadInput: the folder `to` is there already, or cannot be written.
        LeaseTaken: a visit would not end; nothing was erased, run it again.
        DatabaseAway: run it again.
    """
    book = ClientLeaveBook(house.engine, plan.leaving.client)
    book.begin(actor, reason, house.clock.now())
    with _alone_with(house, plan.leaving):
        folder = _exported(house, book, actor, to)
        evidence = book.to_erase().evidence
        erased = house.evidence.erase(evidence)
        book.erase(actor)
    scrub(house.engine, [row.__tablename__ for row in _SCRUBBED])
    left = book.to_erase().evidence.values()
    elsewhere = {machine: list(left).count(machine) for machine in sorted(set(left))}
    if not elsewhere:
        book.finish(actor)
    return Left(folder, erased, elsewhere)


def _exported(house: House, book: ClientLeaveBook, actor: Actor, to: Path) -> Path:
    done = book.record()
    if done is not None and done.exported_to is not None:
        folder = Path(done.exported_to)
        if done.erased_at is not None or folder.is_dir():  # perhaps on another machine
            return folder
    replay_spool(house)
    client = book.leaving().client
    rows = export_client(house.engine, client, to, house.clock.now())
    book.exported(actor, str(to), rows)
    return to


@contextmanager
def _alone_with(house: House, leaving: Leaving) -> Iterator[None]:
    """Hold the leases of all its logins: a visit that began before has then ended.

    Shared ones too, as such a visit may still read its accounts; theirs are given back at once.
    """
    logins = sorted(leaving.alone | leaving.shared)
    until = time.monotonic() + WAIT_SECONDS
    with ExitStack() as held:
        for name in logins:
            login = LoginBook(house.engine).get(name)
            with _held(house, login.id, name, until) as stack:
                if name in leaving.alone:
                    held.push(stack.pop_all())
        yield


@contextmanager
def _held(house: House, login_id: int, name: str, until: float) -> Iterator[ExitStack]:
    leases = LeaseBook(house.engine)
    while (lease := leases.take(login_id, house.name, "leave", LEASE_SECONDS)) is None:
        if time.monotonic() > until:
            raise LeaseTaken(
                f"{leases.holder_of(login_id) or 'Somebody'} still works with {name}; nothing was "
                "erased",
                advice="Wait until it has ended (`danga visits`), then run the command again.",
            )
        time.sleep(LOOK_SECONDS)
    with ExitStack() as stack:
        stack.callback(leases.release, lease)
        yield stack
