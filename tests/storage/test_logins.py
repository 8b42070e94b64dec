from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from domain.account import AccountKey
from domain.inventory import AccountSpec, InventorySpec, LoginSpec, MemberRule, WatchSpec
from domain.session import SessionState
from storage.errors import UnknownName
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
    book.set_state(new.id, SessionState.ACTIVE)
    active = book.with_id(new.id)
    assert active.state_since >= new.state_since
    book.set_state(new.id, SessionState.ACTIVE, "read again")
    again = book.with_id(new.id)
    assert again.state_since == active.state_since
    assert again.state_reason == "read again"


def test_names_that_are_not_there_are_told(engine: Engine) -> None:
    apply(engine)
    for ask in (LoginBook(engine).get, SiteBook(engine).get):
        with pytest.raises(UnknownName, match="'nobody'"):
            ask("nobody")
