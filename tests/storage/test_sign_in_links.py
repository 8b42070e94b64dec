from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from domain.audit import person, program
from domain.sign_in_link import LinkState, SignInLink, digest
from storage.audit import AuditBook
from storage.database_clock import database_now
from storage.errors import LinkUsed, UnknownName
from storage.sign_in_links import SignInLinks
from storage.tables import SignInLinkRow
from tests.storage.inventories import apply

HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=10)
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def offered(engine: Engine) -> tuple[SignInLinks, SignInLink, str]:
    apply(engine)
    links = SignInLinks(engine)
    token = links.offer("kim", program("visit 1"), HOUR)
    link = links.find(token)
    assert link is not None
    return links, link, token


def expire(engine: Engine) -> None:
    with engine.begin() as connection:
        past = database_now(connection) - timedelta(seconds=1)
        connection.execute(update(SignInLinkRow).values(expires_at=past))


def test_looking_at_a_link_changes_nothing(engine: Engine) -> None:
    links, link, token = offered(engine)
    for _look in range(3):
        seen = links.find(token)
        assert seen is not None
        assert (seen.state, seen.id) == (LinkState.OFFERED, link.id)
        assert seen.lets_start(None)
        assert 3_590 < seen.seconds_left <= 3_600


def test_neither_token_nor_secret_is_stored(engine: Engine) -> None:
    links, link, token = offered(engine)
    browser = links.claim(link, "김지은", MINUTES)
    with engine.connect() as connection:
        (row,) = connection.execute(SignInLinkRow.__table__.select()).all()
    told = f"{row} {[one.deed for one in AuditBook(engine).newest()]}"
    assert token not in told
    assert browser not in told
    assert digest(token) in told


def test_a_claim_binds_the_link_to_one_browser_and_gives_it_its_minutes(engine: Engine) -> None:
    links, link, token = offered(engine)
    browser = links.claim(link, "김지은", MINUTES)
    claimed = links.find(token)
    assert claimed is not None
    assert (claimed.state, claimed.claimed_by) == (LinkState.CLAIMED, "김지은")
    assert claimed.lets_start(browser)
    assert not claimed.lets_start("another browser")
    assert not claimed.lets_start(None)
    assert 590 < claimed.seconds_left <= 600
    known = links.of_browser(browser)
    assert known is not None
    assert known.id == link.id
    with pytest.raises(LinkUsed):
        links.claim(claimed, "somebody else", MINUTES)


def test_of_many_who_press_the_button_one_gets_the_link(engine: Engine) -> None:
    links, link, _ = offered(engine)

    def press(name: str) -> bool:
        try:
            return bool(links.claim(link, name, MINUTES))
        except LinkUsed:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(press, "abcd")) == [False, False, False, True]


def test_an_expired_link_and_one_that_served_cannot_be_claimed(engine: Engine) -> None:
    links, link, token = offered(engine)
    expire(engine)
    expired = links.find(token)
    assert expired is not None
    assert (expired.state, expired.seconds_left) == (LinkState.EXPIRED, 0.0)
    with pytest.raises(LinkUsed):
        links.claim(link, "late", MINUTES)
    links.note_done(link, "signed in")
    done = links.get(link.id)
    assert (done.state, done.outcome) == (LinkState.DONE, "signed in")


def test_every_step_is_in_the_audit_under_the_name_of_the_person(engine: Engine) -> None:
    links, link, _ = offered(engine)
    browser = links.claim(link, "김지은", MINUTES)
    claimed = links.get(link.id)
    links.note_try(claimed, "the page was closed")
    links.note_done(claimed, "signed in")
    links.forget("김지은", person("mina"))
    deeds = [(one.actor.name, one.deed.action) for one in reversed(AuditBook(engine).newest())]
    assert [deed for deed in deeds if deed[1].startswith("sign_in.")] == [
        ("visit 1", "sign_in.offered"),
        ("김지은", "sign_in.claimed"),
        ("김지은", "sign_in.left"),
        ("김지은", "sign_in.done"),
        ("mina", "sign_in.forgotten"),
    ]
    assert links.of_browser(browser) is None


def test_a_browser_that_is_forgotten_can_use_its_link_no_more(engine: Engine) -> None:
    links, link, _ = offered(engine)
    browser = links.claim(link, "김지은", MINUTES)
    assert links.forget("김지은", person("mina")) == 1
    left = links.get(link.id)
    assert not left.lets_start(browser)
    assert not left.belongs_to("")


def test_a_browser_has_signed_a_login_in_only_when_its_link_is_done(engine: Engine) -> None:
    links, link, _ = offered(engine)
    browser = links.claim(link, "김지은", MINUTES)
    links.note_try(links.get(link.id), "left")
    assert links.done_in(browser) is None
    links.note_done(links.get(link.id), "signed in")
    second = links.find(links.offer("kim", program("visit 2"), HOUR))
    assert second is not None
    assert links.claim(second, "김지은", MINUTES, browser) == browser
    done, last = links.done_in(browser), links.of_browser(browser)
    assert (done and done.id, last and last.id) == (link.id, second.id)
    assert links.forget("김지은", person("mina")) == 2
    assert links.forget("김지은", person("mina")) == 0
    assert links.done_in(browser) is None


def test_there_is_no_link_for_a_login_that_is_not(engine: Engine) -> None:
    apply(engine)
    with pytest.raises(UnknownName):
        SignInLinks(engine).offer("nobody", person("mina"), HOUR)
    assert SignInLinks(engine).find("no such token") is None


def test_the_end_is_the_first_moment_at_which_it_is_over() -> None:
    link = SignInLink(1, 1, "tick", "", NOON, NOON + HOUR, NOON + HOUR)
    assert link.state is LinkState.EXPIRED
    assert not link.lets_start("any")
