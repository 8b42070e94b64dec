"""The steps of a leave in each database; what they add up to stands in tests/workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from domain.account import AccountKey
from domain.audit import Deed, person
from domain.cause import Cause, CauseKind
from domain.errors import BadInput
from domain.inventory import AccountSpec, ClientSpec
from domain.session import BrowserSession
from domain.sign_in_link import SignInLink
from storage.causes import CauseBook
from storage.client_leave import ClientLeaveBook
from storage.errors import ClientIsLeaving
from storage.keyring import Keyring, generate_key
from storage.logins import LoginBook
from storage.outbox import NewMessage, Outbox
from storage.scrub import scrub
from storage.session_vault import SessionVault
from storage.sign_in_links import SignInLinks
from storage.tables import SessionVersionRow
from storage.wanted_days import WantedDays
from tests.storage.inventories import INVENTORY, NOW, SPEND, WATCH, apply, login_id

MINA = person("mina")
OTHER = AccountKey("moment", "2002")
SHARED = replace(
    INVENTORY,
    clients=(*INVENTORY.clients, ClientSpec("books")),
    accounts=(*INVENTORY.accounts, AccountSpec(OTHER, "kim", "books")),
)


def sessions(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(SessionVersionRow)) or 0


def keep_a_session(engine: Engine) -> None:
    keyring = Keyring([generate_key()])
    SessionVault(engine, keyring).save(login_id(engine), BrowserSession(), 0, "visit 1")


def test_every_step_may_be_repeated_and_says_how_far_it_has_come(engine: Engine) -> None:
    apply(engine)
    keep_a_session(engine)
    day = (login_id(engine), NOW.date() - timedelta(days=9))
    assert WantedDays(engine).want([day], MINA, Deed("backfill.ask", "days", "", {}), NOW) == 1
    book = ClientLeaveBook(engine, "shop")
    assert book.record() is None
    assert book.to_erase().sessions == 1
    for _ in range(2):
        book.begin(MINA, "contract ended", NOW)
        book.exported(MINA, "/srv/shop", 12)
        book.erase(MINA)
        scrub(engine, ["session_version", "login"])
        book.finish(MINA)
    record = book.record()
    assert record is not None
    assert (record.begun_by, record.exported_to) == ("mina", "/srv/shop")
    assert record.finished_at is not None
    assert sessions(engine) == 0
    kim = LoginBook(engine).get("kim")
    assert (kim.username, kim.enabled) == (None, False)
    assert book.changes() == ()
    apply(engine)
    assert WantedDays(engine).all() == (), "declared again, it begins anew"


def test_links_and_past_messages_of_its_logins_go_and_what_waits_or_is_a_sites_stays(
    engine: Engine,
) -> None:
    apply(engine)
    links = SignInLinks(engine)
    token = links.offer("kim", MINA, timedelta(hours=24))
    links.claim(_found(links, token), "lee", timedelta(minutes=10))
    past, second, site = (
        Cause(CauseKind.NEEDS_HUMAN, "kim"),
        Cause(CauseKind.CONTESTED, "kim"),
        Cause(CauseKind.STALE, "moment"),
    )
    outbox = Outbox(engine)
    for cause in (past, second, site):
        tell_of(engine, cause)
    for message in outbox.recent():
        outbox.sent(message.id)
    waiting = Cause(CauseKind.CONTESTED, "kim")
    for cause in (past, second, site):
        end(engine, cause)
    tell_of(engine, waiting)
    end(engine, waiting)
    tell_of(engine, past)
    book = ClientLeaveBook(engine, "shop")
    book.begin(MINA, "", NOW)
    book.erase(MINA)
    assert links.find(token) is None
    left = [(one.title, one.state) for one in reversed(outbox.recent())]
    assert left == [
        ("stale moment", "sent"),
        ("contested kim", "waiting"),
        ("needs_human kim", "waiting"),
    ]
    assert [one.cause.key for one in CauseBook(engine).since(NOW - timedelta(days=1))] == [
        "stale moment",
        "contested kim",
        "needs_human kim",
    ]


def _found(links: SignInLinks, token: str) -> SignInLink:
    link = links.find(token)
    assert link is not None
    return link


def tell_of(engine: Engine, cause: Cause) -> None:
    book = CauseBook(engine)
    book.appear(cause, NOW)
    (record,) = (one for one in book.open() if one.cause.key == cause.key)
    message = NewMessage(record.begin, "mina", "CHAT", cause.key, "", NOW, cause_id=record.id)
    assert book.tell(record, NOW, [message])


def end(engine: Engine, cause: Cause) -> None:
    book = CauseBook(engine)
    (record,) = (one for one in book.open() if one.cause.key == cause.key)
    assert book.end(record, NOW, [])


def test_a_login_that_reads_for_others_is_theirs(engine: Engine) -> None:
    apply(engine, SHARED)
    keep_a_session(engine)
    book = ClientLeaveBook(engine, "shop")
    assert not book.leaving().alone
    assert book.leaving().shared == {"kim"}
    book.begin(MINA, "", NOW)
    book.erase(MINA)
    assert sessions(engine) == 1
    assert LoginBook(engine).get("kim").enabled


def test_nobody_declares_a_client_who_is_leaving(engine: Engine) -> None:
    apply(engine)
    ClientLeaveBook(engine, "shop").begin(MINA, "", NOW)
    with pytest.raises(ClientIsLeaving, match="shop is leaving"):
        apply(engine)
    apply(engine, replace(INVENTORY, clients=(), accounts=(), follow=frozenset(), watches=()))


def test_a_watch_of_another_client_is_in_the_way_and_nothing_is_closed(engine: Engine) -> None:
    theirs = replace(WATCH, name="theirs", client="books", spend=frozenset([SPEND]))
    crossed = replace(SHARED, watches=(*SHARED.watches, theirs))
    apply(engine, crossed)
    with pytest.raises(BadInput, match="watch theirs: of books reads moment/1001"):
        ClientLeaveBook(engine, "shop").begin(MINA, "", NOW)
    assert ClientLeaveBook(engine, "shop").record() is None
