"""Who may type a password, decided in the database: one of many, under the lease, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event as EventType
from threading import Thread

import pytest
from sqlalchemy import Engine

from domain.audit import person, program
from domain.inventory import LoginSpec
from domain.session import BrowserSession, SessionState
from domain.sign_in import SignIn, SignInKind, SignInOutcome, SignInWait, cooldown_of
from domain.verdict import VerdictKind
from storage.audit import AuditBook
from storage.engine import open_engine
from storage.errors import StaleToken
from storage.keyring import Keyring, generate_key
from storage.leases import HeldLease, LeaseBook
from storage.logins import LoginBook
from storage.session_vault import SessionVault
from storage.sign_ins import Attempt, SignInBook
from tests.servers import wait_until
from tests.storage.inventories import INVENTORY, apply

AT = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
VISIT = program("visit 1")
ATTEMPT = Attempt(VISIT, AT, 300)


def always(_history: Sequence[SignIn], _now: datetime) -> SignInWait | None:
    return None


def taken(engine: Engine, holder: str = "a", seconds: float = 60) -> HeldLease:
    lease = LeaseBook(engine).take(LoginBook(engine).get("kim").id, holder, "regular", seconds)
    assert lease is not None
    return lease


def test_a_sign_in_is_written_down_before_the_password_is_typed(engine: Engine) -> None:
    apply(engine)
    book, lease = SignInBook(engine), taken(engine)
    assert book.begin(lease, ATTEMPT, always) is None
    (row,) = book.history(lease.login_id)
    assert (row.kind, row.outcome, row.began_at) == ("program", "typed", AT)
    assert LoginBook(engine).get("kim").state is SessionState.REFRESHING
    (line,) = AuditBook(engine).newest(action="session.sign_in")
    assert (line.actor, line.deed.subject) == (VISIT, "login kim")


def test_what_came_of_it_and_how_long_it_lasted_is_kept(engine: Engine) -> None:
    apply(engine)
    book, lease = SignInBook(engine), taken(engine)
    book.begin(lease, ATTEMPT, always)
    book.came_out(lease, SignInOutcome.HELD, VerdictKind.OK, None)
    assert LoginBook(engine).get("kim").signed_in_at is not None
    book.alive(lease, VISIT, AT + timedelta(minutes=20))
    assert book.history(lease.login_id)[0].life is None, "it lives"
    later = replace(ATTEMPT, began_at=AT + timedelta(minutes=40))
    book.begin(lease, later, always)
    ended, typed = book.history(lease.login_id)
    assert (ended.life, ended.expired) == (timedelta(minutes=40), False)
    assert typed.outcome is SignInOutcome.TYPED


def test_a_wait_notes_the_end_and_types_nothing(engine: Engine) -> None:
    apply(engine)
    book, lease = SignInBook(engine), taken(engine)
    book.alive(lease, VISIT, AT)
    wait = SignInWait(60, "not yet")
    later = replace(ATTEMPT, began_at=AT + timedelta(hours=1))
    assert book.begin(lease, later, lambda _history, _now: wait) == wait
    (row,) = book.history(lease.login_id)
    assert row.ended_at == AT + timedelta(hours=1)
    assert LoginBook(engine).get("kim").state is SessionState.NEW
    assert not AuditBook(engine).newest(action="session.sign_in")


def test_a_cooldown_is_judged_by_the_databases_clock(engine: Engine) -> None:
    apply(engine)
    book, lease = SignInBook(engine), taken(engine)
    book.begin(lease, ATTEMPT, cooldown_of)
    book.came_out(lease, SignInOutcome.FAILED, VerdictKind.SIGNED_OUT, None)
    wait = book.begin(lease, ATTEMPT, cooldown_of)
    assert wait is not None
    assert 0 < wait.seconds <= 300
    book.by_person(lease.login_id, SignInKind.CLEARED, person("park"), AT)
    assert book.begin(lease, ATTEMPT, cooldown_of) is None, "a person said that it may go on"


def test_who_lost_the_lease_may_not_type_and_what_came_of_it_is_not_kept(engine: Engine) -> None:
    apply(engine)
    book, late = SignInBook(engine), taken(engine, "late", seconds=0)
    newer = taken(engine, "newer")
    with pytest.raises(StaleToken):
        book.begin(late, ATTEMPT, always)
    assert book.begin(newer, ATTEMPT, always) is None
    acts: tuple[Callable[[], None], ...] = (
        lambda: book.came_out(late, SignInOutcome.HELD, VerdictKind.OK, None),
        lambda: book.alive(late, VISIT, AT),
        lambda: book.ended(late, AT),
    )
    for act in acts:
        with pytest.raises(StaleToken):
            act()
    (row,) = book.history(newer.login_id)
    assert row.outcome is SignInOutcome.TYPED


def test_typing_prolongs_the_lease_so_that_a_slow_sign_in_keeps_it(engine: Engine) -> None:
    apply(engine)
    lease = taken(engine, seconds=1)
    SignInBook(engine).begin(lease, ATTEMPT, always)
    assert LeaseBook(engine).take(lease.login_id, "newer", "regular", 60) is None
    before = LeaseBook(engine)
    before.renew(lease, -1)
    assert before.take(lease.login_id, "newer", "regular", 60) is not None


def test_a_refused_password_is_known_by_a_mark(engine: Engine) -> None:
    apply(engine)
    book, lease = SignInBook(engine), taken(engine)
    book.begin(lease, ATTEMPT, always)
    book.came_out(lease, SignInOutcome.FAILED, VerdictKind.BAD_CREDENTIALS, "ab12")
    assert book.refused_marks(lease.login_id) == {"ab12"}


LOGINS = ("kim", "lee", "park", "choi")


def race(url: str) -> None:
    """Four workers of one process find the sessions of four logins dead."""
    engine = open_engine(url)

    def work(number: int) -> None:
        leases, book = LeaseBook(engine), SignInBook(engine)
        for name in LOGINS[number:] + LOGINS[:number]:
            login = LoginBook(engine).get(name)
            lease = leases.take(login.id, f"{number}", "regular", 60)
            if lease is None:
                continue
            if login.state is not SessionState.ACTIVE and not book.history(login.id):
                assert book.begin(lease, ATTEMPT, cooldown_of) is None
                book.came_out(lease, SignInOutcome.HELD, VerdictKind.OK, None)
                LoginBook(engine).set_state(login.id, SessionState.ACTIVE, VISIT, "", lease)
            leases.release(lease)

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


def test_sixteen_workers_of_four_processes_sign_each_of_four_dead_logins_in_once(
    engine: Engine,
) -> None:
    logins = tuple(LoginSpec(name, ("moment",), name, "stored") for name in LOGINS)
    apply(engine, replace(INVENTORY, logins=logins, accounts=(), follow=frozenset(), watches=()))
    url = engine.url.render_as_string(hide_password=False)
    spawn = get_context("spawn")
    processes = [spawn.Process(target=race, args=(url,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    for name in LOGINS:
        login = LoginBook(engine).get(name)
        (row,) = SignInBook(engine).history(login.id)
        assert (login.state, row.outcome) == (SessionState.ACTIVE, SignInOutcome.HELD)
    assert len(AuditBook(engine).newest(action="session.sign_in")) == len(LOGINS)


def sign_in_slowly(url: str, typed: Synchronized[int], woken: EventType) -> None:
    """Take kim's lease and type; then, after a long sleep, come back with what came of it."""
    engine = open_engine(url)
    lease, book = taken(engine, "late"), SignInBook(engine)
    assert book.begin(lease, ATTEMPT, always) is None
    typed.value = lease.token
    woken.wait(60)
    vault = SessionVault(engine, Keyring([generate_key()]))
    for late in (
        lambda: vault.save(lease.login_id, BrowserSession(), 0, "late", lease.token),
        lambda: book.came_out(lease, SignInOutcome.HELD, VerdictKind.OK, None),
        lambda: book.begin(lease, ATTEMPT, always),
    ):
        with pytest.raises(StaleToken):
            late()
    engine.dispose()


def test_a_process_that_slept_through_its_lease_neither_saves_nor_types_again(
    engine: Engine,
) -> None:
    apply(engine)
    url = engine.url.render_as_string(hide_password=False)
    spawn = get_context("spawn")
    typed, woken = spawn.Value("i", 0), spawn.Event()
    late = spawn.Process(target=sign_in_slowly, args=(url, typed, woken))
    late.start()
    assert late.pid is not None
    wait_until(lambda: typed.value > 0, 60, "the late one has typed")
    os.kill(late.pid, signal.SIGSTOP)
    kim = LoginBook(engine).get("kim").id
    LeaseBook(engine).renew(HeldLease(kim, typed.value), -1)
    newer, book = taken(engine, "newer"), SignInBook(engine)
    assert book.begin(newer, ATTEMPT, always) is None
    book.came_out(newer, SignInOutcome.HELD, VerdictKind.OK, None)
    os.kill(late.pid, signal.SIGCONT)
    woken.set()
    late.join(60)
    assert late.exitcode == 0, "everything that it brought was refused"
    assert [row.outcome for row in book.history(kim)] == ["typed", "held"]
    assert SessionVault(engine, Keyring([generate_key()])).newest_version(kim) == 0
