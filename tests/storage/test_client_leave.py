"""The steps of a leave in each database; what they add up to stands in tests/workers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select

from domain.account import AccountKey
from domain.audit import person
from domain.errors import BadInput
from domain.inventory import AccountSpec, ClientSpec
from domain.session import BrowserSession
from storage.client_leave import ClientLeaveBook
from storage.errors import ClientIsLeaving
from storage.keyring import Keyring, generate_key
from storage.logins import LoginBook
from storage.scrub import scrub
from storage.session_vault import SessionVault
from storage.tables import SessionVersionRow
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
