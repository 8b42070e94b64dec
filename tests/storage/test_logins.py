from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from domain.account import AccountKey
from domain.audit import Actor, Deed, person, program
from domain.inventory import AccountSpec, InventorySpec, LoginSpec, MemberRule, WatchSpec
from domain.session import SessionState
from storage.audit import AuditBook
from storage.errors import StaleToken, UnknownName
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.sites import SiteBook
from tests.storage.inventories import INVENTORY, apply


def across(*pairs: tuple[str, str]) -> InventorySpec:
    """An inventory of logins a to e, each with an account, and watches over pairs of them."""
    names = "abcde"

    def rule(login: str, metric: str) -> frozenset[MemberRule]:
        kind = next(iter(INVENTORY.watches[0].spend)).kind
        return frozenset([MemberRule(AccountKey("moment", login), kind, metric)])

    return replace(
        INVENTORY,
        logins=tuple(LoginSpec(name, ("moment",)) for name in names),
        accounts=tuple(AccountSpec(AccountKey("moment", name), name) for name in names),
        follow=frozenset(),
        watches=tuple(
            WatchSpec(f"{left}{right}", "shop", 1, rule(left, "spend"), rule(right, "clicks"))
            for left, right in pairs
        ),
    )


def groups(engine: Engine) -> set[frozenset[str]]:
    names = {login.id: login.name for login in LoginBook(engine).all()}
    return {frozenset(names[one] for one in group) for group in LoginBook(engine).together()}


def test_logins_that_watches_join_start_together_also_through_others(engine: Engine) -> None:
    apply(engine, across(("a", "b"), ("d", "c"), ("c", "b")))
    assert groups(engine) == {frozenset("abcd"), frozenset("e")}


def test_a_watch_that_ended_joins_nobody(engine: Engine) -> None:
    apply(engine, across(("a", "b")))
    apply(engine, across())
    assert groups(engine) == {frozenset(name) for name in "abcde"}


def test_a_state_says_since_when_and_why(engine: Engine) -> None:
    apply(engine)
    book = LoginBook(engine)
    new = book.get("kim")
    assert (new.state, new.state_reason) == (SessionState.NEW, "")
    visit = program("visit 1")
    book.set_state(new.id, SessionState.ACTIVE, visit)
    active = book.with_id(new.id)
    assert active.state_since >= new.state_since
    book.set_state(new.id, SessionState.ACTIVE, visit, "read again")
    again = book.with_id(new.id)
    assert again.state_since == active.state_since
    assert again.state_reason == "read again"


def transitions(engine: Engine) -> list[tuple[Actor, Deed]]:
    """All changes of sessions' states, the oldest first."""
    lines = AuditBook(engine).newest(action="session.state")
    return [(line.actor, line.deed) for line in reversed(lines)]


def changed(from_: SessionState, to: SessionState, why: str) -> Deed:
    return Deed("session.state", "login kim", why, {"from": str(from_), "to": str(to)})


def test_every_transition_says_who_from_where_to_where_and_why(engine: Engine) -> None:
    apply(engine)
    book, visit, boss = LoginBook(engine), program("visit 1"), person("park")
    kim = book.get("kim").id
    book.set_state(kim, SessionState.ACTIVE, visit)
    book.set_state(kim, SessionState.ACTIVE, visit, "the same again is no transition")
    book.set_state(kim, SessionState.NEEDS_HUMAN, visit, "captcha")
    book.set_state(kim, SessionState.DISABLED, boss, "on leave")
    assert transitions(engine) == [
        (visit, changed(SessionState.NEW, SessionState.ACTIVE, "")),
        (visit, changed(SessionState.ACTIVE, SessionState.NEEDS_HUMAN, "captcha")),
        (boss, changed(SessionState.NEEDS_HUMAN, SessionState.DISABLED, "on leave")),
    ]


def test_only_a_person_switches_a_login_on_again(engine: Engine) -> None:
    apply(engine)
    book, boss = LoginBook(engine), person("park")
    kim = book.get("kim").id
    assert not book.enable(kim, boss), "it was not switched off"
    book.set_state(kim, SessionState.DISABLED, boss)
    book.set_state(kim, SessionState.ACTIVE, program("visit 1"), "read a page")
    assert book.get("kim").state is SessionState.DISABLED
    assert book.enable(kim, boss, "back again")
    assert book.get("kim").state is SessionState.NEW
    back = (boss, changed(SessionState.DISABLED, SessionState.NEW, "back again"))
    assert transitions(engine)[1:] == [back]


def test_who_lost_the_lease_neither_changes_the_state_nor_says_that_it_lives(
    engine: Engine,
) -> None:
    apply(engine)
    book, leases = LoginBook(engine), LeaseBook(engine)
    kim = book.get("kim").id
    late = leases.take(kim, "late", "regular", 60)
    assert late is not None
    leases.release(late)
    with pytest.raises(StaleToken):
        book.set_state(kim, SessionState.ACTIVE, program("visit 1"), lease=late)
    with pytest.raises(StaleToken):
        book.alive(kim, late)
    login = book.get("kim")
    assert (login.state, login.alive_at) == (SessionState.NEW, None)
    assert transitions(engine) == []


@pytest.mark.parametrize("state", SessionState)
def test_a_login_waits_in_exactly_those_states_that_only_a_person_ends(
    engine: Engine, state: SessionState
) -> None:
    apply(engine)
    book = LoginBook(engine)
    book.set_state(book.get("kim").id, state, program("visit 1"))
    waiting = {"needs_human", "claimed", "contested", "disabled"}
    assert book.get("kim").waits == (state in waiting)


def test_names_that_are_not_there_are_told(engine: Engine) -> None:
    apply(engine)
    for ask in (LoginBook(engine).get, SiteBook(engine).get):
        with pytest.raises(UnknownName, match="'nobody'"):
            ask("nobody")


def test_a_claim_is_given_back_when_its_persons_process_is_gone(engine: Engine) -> None:
    apply(engine)
    book = LoginBook(engine)
    kim = book.get("kim")
    with LeaseBook(engine).hold(kim.id, "here:1", "refresh", 60):
        book.set_state(kim.id, SessionState.CLAIMED, person("mina"), "mina signs in; captcha")
        assert book.give_back_claims(program("tick")) == 0
        assert book.get("kim").state is SessionState.CLAIMED
    assert book.give_back_claims(program("tick")) == 1
    waits = book.get("kim")
    assert waits.state is SessionState.NEEDS_HUMAN
    assert waits.state_reason.endswith("Next: danga session refresh kim")
    assert book.give_back_claims(program("tick")) == 0
