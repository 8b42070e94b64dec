from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select

from domain.audit import person
from domain.errors import BadInput
from domain.inventory import (
    AccountSpec,
    AccountTerms,
    ChangeKind,
    ClientSpec,
    InventorySpec,
    LoginSpec,
    MemberRule,
    OwnerSpec,
    ProxyWish,
    SiteSpec,
)
from domain.policy import OnRefusal, SitePolicy
from domain.request_budget import QuietHours, RequestBudget
from domain.session import SessionState
from storage.accounts import AccountBook
from storage.entities import EntityBook
from storage.errors import UnknownName
from storage.inventory import InventoryStore
from storage.logins import LoginBook
from storage.sites import SiteBook
from storage.tables import (
    AccountTermsRow,
    Base,
    ClientOwnerRow,
    InventoryApplyRow,
    SitePolicyRow,
    WatchMemberRow,
    WatchRuleRow,
    WatchTargetRow,
)
from tests.storage.inventories import (
    INVENTORY,
    MOMENT,
    NOW,
    WATCH,
    apply,
    creative,
    found,
)

LATER = NOW + timedelta(hours=1)


def rows(engine: Engine, kind: type[Base]) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(kind).order_by(kind.__table__.c.id)))


def test_what_is_applied_is_read_back_as_it_was_declared(engine: Engine) -> None:
    budget = RequestBudget(0.5, 80, 1, 900, QuietHours(time(1, 30), time(5)), "Asia/Tokyo")
    policy = SitePolicy("sites/x.py:X", "https://x.test", budget, OnRefusal.PAUSE, 30, 60)
    rich = replace(
        INVENTORY,
        sites=(*INVENTORY.sites, SiteSpec("x", policy)),
        logins=(replace(INVENTORY.logins[0], proxy=ProxyWish(label="kr", direct_allowed=True)),),
        accounts=(
            *INVENTORY.accounts[1:],
            AccountSpec(
                MOMENT,
                "kim",
                None,
                "봄 광고",
                AccountTerms("USD", vat_included=False, vat_rate=Decimal("0.05")),
            ),
        ),
    )
    apply(engine, rich)
    assert InventoryStore(engine).diff(rich) == ()
    back = InventoryStore(engine).declared().nouns()
    assert {noun: dict(names) for noun, names in back.items()} == {
        noun: dict(names) for noun, names in rich.nouns().items()
    }


def test_applying_the_same_again_changes_nothing(engine: Engine) -> None:
    store = InventoryStore(engine)
    first = store.apply(INVENTORY, "kim", NOW)
    assert {change.kind for change in first} == {ChangeKind.ADD}
    assert store.apply(INVENTORY, "lee", LATER) == ()
    assert [(row.author, row.applied_at) for row in rows(engine, InventoryApplyRow)] == [
        ("kim", NOW)
    ]
    assert len(rows(engine, SitePolicyRow)) == 2
    assert len(rows(engine, WatchRuleRow)) == 2


def test_what_will_change_is_shown_before_and_is_then_done(engine: Engine) -> None:
    apply(engine)
    wanted = replace(
        INVENTORY,
        watches=(replace(WATCH, target=2_500),),
        owners=(OwnerSpec("lee"), OwnerSpec("park", "en")),
        follow=frozenset(),
    )
    shown = InventoryStore(engine).diff(wanted)
    assert [(change.kind, change.what, change.name) for change in shown] == [
        (ChangeKind.ADD, "owner", "park"),
        (ChangeKind.CLOSE, "follow", "moment/1001 creative *"),
        (ChangeKind.CHANGE, "watch", "spring friends"),
    ]
    assert shown[2].detail == "target: 3,000원 -> 2,500원"
    assert InventoryStore(engine).apply(wanted, "kim", LATER) == shown
    assert InventoryStore(engine).diff(wanted) == ()


def test_a_new_target_closes_the_old_one_at_its_moment(engine: Engine) -> None:
    apply(engine)
    apply(engine, replace(INVENTORY, watches=(replace(WATCH, target=2_500),)), LATER)
    assert [
        (row.target_won, row.valid_from, row.valid_to) for row in rows(engine, WatchTargetRow)
    ] == [
        (3_000, NOW, LATER),
        (2_500, LATER, None),
    ]


def test_policies_keep_their_history_and_their_author(engine: Engine) -> None:
    store = InventoryStore(engine)
    store.apply(INVENTORY, "kim", NOW)
    slower = replace(INVENTORY.sites[0].policy, budget=RequestBudget(0.2))
    sites = (SiteSpec("moment", slower), INVENTORY.sites[1])
    store.apply(replace(INVENTORY, sites=sites), "lee", LATER)
    history = [(row.author, row.valid_to) for row in rows(engine, SitePolicyRow)]
    assert history == [("kim", LATER), ("kim", None), ("lee", None)]
    assert SiteBook(engine).get("moment").policy == slower


def test_terms_and_owners_hold_from_when_to_when(engine: Engine) -> None:
    apply(engine)
    gross = replace(INVENTORY.accounts[0], terms=AccountTerms(vat_included=False))
    wanted = replace(
        INVENTORY,
        accounts=(gross, INVENTORY.accounts[1]),
        owners=(OwnerSpec("park"),),
        clients=(ClientSpec("shop", frozenset(["park"])),),
    )
    apply(engine, wanted, LATER)
    terms = [(row.vat_included, row.valid_to) for row in rows(engine, AccountTermsRow)]
    assert terms == [(True, LATER), (True, None), (False, None)]
    owners = [(row.valid_from, row.valid_to) for row in rows(engine, ClientOwnerRow)]
    assert owners == [(NOW, LATER), (LATER, None)]


def test_nothing_is_deleted_and_what_returns_opens_a_new_row(engine: Engine) -> None:
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring one")], NOW)
    apply(engine, InventorySpec(), LATER)
    assert InventoryStore(engine).declared() == InventorySpec()
    assert LoginBook(engine).all() == ()
    assert AccountBook(engine).all() == ()
    assert [row.valid_to for row in rows(engine, WatchMemberRow)] == [LATER]

    again = LATER + timedelta(hours=1)
    apply(engine, INVENTORY, again)
    assert InventoryStore(engine).diff(INVENTORY) == ()
    assert len(LoginBook(engine).all()) == 1
    assert [(row.valid_from, row.valid_to) for row in rows(engine, WatchTargetRow)] == [
        (NOW, LATER),
        (again, None),
    ]
    assert [(row.valid_from, row.valid_to) for row in rows(engine, WatchMemberRow)] == [
        (NOW, LATER),
        (again, None),
    ]


def test_a_changed_login_keeps_the_state_of_its_session(engine: Engine) -> None:
    apply(engine)
    book = LoginBook(engine)
    book.set_state(book.get("kim").id, SessionState.NEEDS_HUMAN, person("kim"), "captcha")
    apply(engine, replace(INVENTORY, logins=(LoginSpec("kim", ("moment", "channel")),)), LATER)
    kim = book.get("kim")
    assert (kim.username, kim.state, kim.state_reason) == (None, "needs_human", "captcha")
    assert kim.waits


def test_a_declaration_that_names_nothing_known_changes_nothing_at_all(engine: Engine) -> None:
    stray = replace(INVENTORY, accounts=(replace(INVENTORY.accounts[0], login="nobody"),))
    with pytest.raises(UnknownName, match="nobody"):
        apply(engine, stray)
    assert InventoryStore(engine).declared() == InventorySpec()


def test_a_watch_that_is_declared_later_takes_in_what_is_followed_already(engine: Engine) -> None:
    apply(engine, replace(INVENTORY, watches=()))
    EntityBook(engine).follow(MOMENT, [found("1", "spring one"), found("2", "autumn")], NOW)
    apply(engine, INVENTORY, LATER)
    (member,) = rows(engine, WatchMemberRow)
    assert (member.valid_from, member.valid_to, member.metric) == (LATER, None, "spend")


def test_a_watch_may_name_its_ads_by_id_and_is_reason_enough_to_follow_them(
    engine: Engine,
) -> None:
    rule = MemberRule(MOMENT, creative("1").kind, "spend", external_ids=frozenset(["2"]))
    wanted = replace(
        INVENTORY, follow=frozenset(), watches=(replace(WATCH, spend=frozenset([rule])),)
    )
    apply(engine, wanted)
    followed = EntityBook(engine).follow(
        MOMENT, [found("1", "spring one"), found("2", "autumn")], NOW
    )
    assert followed == {creative("2")}


def test_two_who_apply_at_once_open_each_row_once(engine: Engine) -> None:
    threads = [Thread(target=apply, args=(engine,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(engine, WatchTargetRow)) == 1
    assert len(rows(engine, InventoryApplyRow)) == 1


def test_a_watch_cannot_go_on_in_another_currency(engine: Engine) -> None:
    apply(engine)
    dollars = replace(INVENTORY, watches=(replace(WATCH, currency="USD"),))
    with pytest.raises(BadInput, match="watch spring friends: its figures are in KRW"):
        apply(engine, dollars, LATER)
    renamed = replace(WATCH, name="spring in dollars", currency="USD")
    apply(engine, replace(INVENTORY, watches=(renamed,)), LATER)
    assert InventoryStore(engine).declared().watches == (renamed,)
