"""A person signs in from elsewhere: a second real browser, a chat's preview that comes first."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Page
from sqlalchemy import update

from crawler.browser import Browser
from demo.sign_in import CAPTCHA_ANSWER, SECOND_FACTOR_CODE
from domain.audit import program
from domain.session import SessionState
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitState
from storage.audit import AuditBook
from storage.database_clock import database_now
from storage.errors import DatabaseAway
from storage.heartbeats import HeartbeatBook
from storage.leases import LeaseBook
from storage.sign_in_links import SignInLinks
from storage.tables import SignInLinkRow
from storage.visit_schedule import VisitSchedule
from tests.proxy_server import forward_proxy
from tests.servers import free_port, wait_until
from tests.workers.afar import PHONE, PersonElsewhere, asked_for_captcha, remote_run
from tests.workers.workspace import KIM, Agency, Identity, inventory, login_of
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.refreshing import NotSignedIn, Proof
from workers.remote import at_work
from workers.remote.desk import SignInDesk
from workers.remote.server import AddressTaken
from workers.remote.serving import Asked, serve_standing, sign_in_afar
from workers.remote.stage import Phase, Stage
from workers.worker_life import REMOTE


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGA_REMOTE_LISTEN", "127.0.0.1:0")


@pytest.fixture
def mina() -> Iterator[PersonElsewhere]:
    with PersonElsewhere(viewport={"width": 1100, "height": 760}) as person:
        yield person


def collect(house: House, browser: Browser) -> VisitState:
    (visit,) = collect_here(house, browser, Wish((login_of(house.engine),), patience_seconds=30))
    return visit.state


def preview(link: str) -> httpx.Response:
    """What a chat tool does with every link."""
    with httpx.Client(trust_env=False) as bot:
        bot.head(link)
        return bot.get(link, headers={"User-Agent": "Slackbot-LinkExpanding 1.0"})


def waiting(house: House, agency: Agency, browser: Browser, knob: str) -> None:
    """Let kim's login wait for a person because of `knob`."""
    assert collect(house, browser) is VisitState.DONE
    agency.demo.knobs(**{knob: 1})
    agency.demo.end_sessions()
    agency.step(minutes=20)
    assert collect(house, browser) is VisitState.DEFERRED
    assert login_of(house.engine).state is SessionState.NEEDS_HUMAN


def leave(page: Page) -> None:
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#leave")


def time_is_over(house: House) -> None:
    """Let every link end now."""
    with house.engine.begin() as connection:
        past = database_now(connection) - timedelta(seconds=1)
        connection.execute(update(SignInLinkRow).values(expires_at=past))


def answers(mina: PersonElsewhere, agency: Agency, knob: str) -> None:
    """Type what the demo asks for, by the picture: code and terms stand behind the password."""
    if knob == "captcha_after":
        asked = asked_for_captcha(agency.demo)
        mina.types("<Tab>", "kim", "<Tab>", "demo-kim", "<Enter>")
        wait_until(lambda: asked_for_captcha(agency.demo) > asked)
        mina.waits_for_new_picture()
    answer = {"captcha_after": CAPTCHA_ANSWER, "second_factor": SECOND_FACTOR_CODE, "consent": ""}
    mina.types("<Tab>", answer[knob], "<Enter>")


@pytest.mark.parametrize("knob", ["captcha_after", "second_factor", "consent"])
def test_a_person_elsewhere_does_what_a_program_may_not_and_the_visits_go_on(
    house: House, agency: Agency, browser: Browser, mina: PersonElsewhere, knob: str
) -> None:
    waiting(house, agency, browser, knob)
    with remote_run(house) as run:
        assert preview(run.link).status_code == 200
        mina.starts(run.link)
        assert login_of(house.engine).state is SessionState.CLAIMED
        answers(mina, agency, knob)
        mina.sees("기다리던 수집 1건이 이어집니다")
        mina.sees("확인된 계정: 달빛커피")
        assert run.proof().verdict.ok
    assert login_of(house.engine).state is SessionState.ACTIVE
    agency.step(minutes=20)
    assert collect(house, browser) is VisitState.DONE
    told = [
        (one.actor.name, one.deed.action)
        for one in reversed(AuditBook(house.engine).newest(only_people=True))
        if one.deed.action.startswith("sign_in.")
    ]
    assert told == [
        ("mina", "sign_in.offered"),
        ("김지은", "sign_in.claimed"),
        ("김지은", "sign_in.done"),
    ]


def test_a_preview_that_comes_first_does_no_harm_and_the_page_tells_who_and_why(
    house: House, agency: Agency, browser: Browser, mina: PersonElsewhere
) -> None:
    waiting(house, agency, browser, "consent")
    with remote_run(house, Asked("mina", minutes=1.0)) as run:
        for _fetched in range(3):
            shown = preview(run.link)
        assert shown.status_code == 200
        assert "set-cookie" not in shown.headers
        words = ["moment", "봄꽃마켓", "새 약관에 대한 동의", "1건", "로그인 시작하기", "남음"]
        assert [word for word in words if word not in shown.text] == []
        mina.starts(run.link)
        mina.do(leave)
        mina.sees("세션은 그대로이고 로그인은 계속 기다립니다")
        time_is_over(house)
        with pytest.raises(NotSignedIn, match="nobody has signed in"):
            run.proof()


def test_a_person_who_closes_the_page_half_way_changes_nothing_and_may_come_back(
    house: House, agency: Agency, browser: Browser, mina: PersonElsewhere
) -> None:
    waiting(house, agency, browser, "consent")
    before = house.vault.newest_version(login_of(house.engine).id)
    reason = login_of(house.engine).state_reason
    with remote_run(house, Asked("mina", minutes=1.0, gone_seconds=0.5)) as run:
        mina.starts(run.link)
        mina.do(lambda page: page.goto("about:blank"))
        wait_until(lambda: login_of(house.engine).state is SessionState.NEEDS_HUMAN, 20)
        assert house.vault.newest_version(login_of(house.engine).id) == before
        assert login_of(house.engine).state_reason == reason
        wait_until(lambda: LeaseBook(house.engine).holder_of(login_of(house.engine).id) is None)
        audit = AuditBook(house.engine)
        wait_until(lambda: audit.newest(action="sign_in.left"), 20)
        left = audit.newest(action="sign_in.left")[0]
        assert "다시 시작하거나 이 링크를 다시 열어 주세요" in left.deed.reason

        mina.do(lambda page: page.goto(run.link))
        mina.do(lambda page: page.click("text=이어서 로그인하기"))
        mina.do(lambda page: page.wait_for_selector("body[data-phase=working]"))
        mina.do(lambda page: page.wait_for_selector("canvas[data-frames]"))
        mina.waits_for_new_picture()
        answers(mina, agency, "consent")
        mina.sees("기다리던 수집 1건이 이어집니다")
        assert run.proof().verdict.ok


def test_who_reloads_the_page_goes_on_where_it_was(
    house: House, agency: Agency, mina: PersonElsewhere
) -> None:
    with remote_run(house) as run:
        mina.starts(run.link)
        mina.types("<Tab>", "kim", "<Tab>")
        mina.do(lambda page: page.reload())
        mina.do(lambda page: page.wait_for_selector("canvas[data-frames]"))
        mina.do(lambda page: page.click("canvas", position={"x": 4, "y": 4}))
        mina.types("<Tab>", "<Tab>", "demo-kim", "<Enter>")
        mina.sees("로그인되었습니다")
        assert run.proof().verdict.ok
    assert agency.demo.stats()["logins"] == {"ok": 1, "failed": 0}


def test_only_one_browser_gets_a_link_and_only_that_one_sees_the_site(
    house: House, mina: PersonElsewhere
) -> None:
    with PersonElsewhere() as other, remote_run(house, Asked("mina", minutes=1.0)) as run:
        mina.starts(run.link)
        other.do(lambda page: page.goto(run.link))
        other.sees("김지은 님이 이 링크로 먼저 시작했습니다")
        live = run.link.partition("/s/")[0] + "/live"
        other.do(lambda page: page.goto(live))
        other.sees("없는 링크입니다")
        pressed = httpx.post(run.link, headers={"Origin": live.removesuffix("/live")})
        assert pressed.status_code == 303
        assert "set-cookie" not in pressed.headers
        mina.do(leave)
        mina.sees("로그인되지 않았습니다")
        time_is_over(house)
        with pytest.raises(NotSignedIn):
            run.proof()


def test_the_browser_goes_through_the_proxy_of_the_login(
    agency: Agency, mina: PersonElsewhere
) -> None:
    with forward_proxy(address="127.0.0.2") as proxy:
        agency.proxies = [{"id": "kr-1", "url": proxy.url, "labels": ["kr"]}]
        behind = Identity("kim", KIM.accounts, proxy={"label": "kr"})
        agency.apply(inventory(agency.demo, behind))
        agency.demo.reset_stats()
        with agency.house() as house, remote_run(house) as run:
            mina.starts(run.link)
            mina.types("<Tab>", "kim", "<Tab>", "demo-kim", "<Enter>")
            mina.sees("로그인되었습니다")
            assert run.proof().verdict.ok
        assert set(agency.demo.stats()["by_address"]) == {"127.0.0.2"}


def test_a_phone_shows_the_page_at_its_width_and_takes_korean(house: House, agency: Agency) -> None:
    with PersonElsewhere(**PHONE) as phone, remote_run(house) as run:
        phone.starts(run.link)
        phone.do(
            lambda page: page.wait_for_function(
                "() => document.querySelector('canvas').width < 420"
            )
        )
        phone.do(lambda page: page.touchscreen.tap(20, 100))
        phone.types("<Tab>")
        phone.composes("ㄱ", "기", "김")
        phone.do(lambda page: page.keyboard.press("Backspace"))
        phone.do(lambda page: page.keyboard.type("kim"))
        phone.do(lambda page: page.click("button[data-key=Tab]"))
        phone.pastes("demo-kim")
        phone.do(lambda page: page.click("button[data-key=Enter]"))
        phone.sees("로그인되었습니다")
        assert run.proof().verdict.ok
    assert agency.demo.stats()["logins"] == {"ok": 1, "failed": 0}


def known(house: House, person: PersonElsewhere, link: str) -> None:
    """Let the browser be one that has signed kim in earlier."""
    links = SignInLinks(house.engine)
    earlier = links.find(links.offer("kim", program("a notification"), timedelta(hours=1)))
    assert earlier is not None
    secret = links.claim(earlier, "김지은", timedelta(minutes=10))
    links.note_done(links.get(earlier.id), "signed in")
    cookie = {"name": "danga_operator", "value": secret, "url": link}
    person.do(lambda page: page.context.add_cookies([cookie]))  # type: ignore[list-item]


def test_who_is_forgotten_meanwhile_is_sent_away(house: House, mina: PersonElsewhere) -> None:
    with remote_run(house) as run:
        mina.starts(run.link)
        assert SignInLinks(house.engine).forget("김지은", program("a test")) == 1
        mina.sees("로그인이 끝나지 않았습니다")
        with pytest.raises(NotSignedIn, match="nobody has signed in"):
            run.proof()


def test_where_a_standing_server_listens_the_link_is_left_to_it(
    house: House, agency: Agency, mina: PersonElsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, stop = f"127.0.0.1:{free_port()}", threading.Event()
    monkeypatch.setenv("DANGA_REMOTE_LISTEN", address)
    monkeypatch.setenv("DANGA_REMOTE_PUBLIC_URL", f"http://{address}")
    with agency.house() as public, ThreadPoolExecutor(1) as thread:
        standing = thread.submit(serve_standing, public, lambda: not stop.is_set())
        try:
            heartbeats = HeartbeatBook(public.engine)
            wait_until(lambda: REMOTE in {one.kind for one in heartbeats.all()}, 20)
            with remote_run(public) as run:
                mina.starts(run.link)
                mina.types("<Tab>", "kim", "<Tab>", "demo-kim", "<Enter>")
                mina.sees("로그인되었습니다")
                proof = run.proof()
        finally:
            stop.set()
        standing.result(60)
    assert proof.verdict.ok
    assert "달빛커피" in proof.verdict.detail


def test_another_program_on_the_address_is_not_taken_for_the_standing_server(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        monkeypatch.setenv("DANGA_REMOTE_LISTEN", address)
        monkeypatch.setenv("DANGA_REMOTE_PUBLIC_URL", f"http://{address}")
        agency.apply(inventory(agency.demo, KIM))
        with agency.house() as public, pytest.raises(AddressTaken):
            sign_in_afar(public, "kim", Asked("mina", minutes=0.1), lambda _link: None)


def test_without_the_database_at_the_end_the_stage_is_over_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise DatabaseAway("gone")

    desk = SignInDesk(house)
    token = desk.offer("kim", program("a test"), timedelta(hours=1))
    sight = desk.look(token, None)
    assert sight is not None
    desk.claim(sight, "김지은")
    stage = desk.next_start(0)
    assert stage is not None
    monkeypatch.setattr(at_work, "refresh", lambda *_: Proof(Verdict(VerdictKind.OK)))
    monkeypatch.setattr(VisitSchedule, "waiting", away)
    proof = at_work.work_on(house, stage)
    assert proof is not None
    assert stage.phase is Phase.DONE
    assert "로그인되었습니다" in stage.text


def test_a_stage_is_over_even_where_its_end_broke(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise KeyboardInterrupt

    link = SignInLinks(house.engine)
    token = link.offer("kim", program("a test"), timedelta(hours=1))
    found = link.find(token)
    assert found is not None
    stage = Stage(found, "kim")
    monkeypatch.setattr(at_work, "refresh", broken)
    with pytest.raises(KeyboardInterrupt):
        at_work.work_on(house, stage)
    assert stage.phase is Phase.FAILED


def test_an_expired_link_offers_a_new_one_to_a_known_operator_only(
    house: House, mina: PersonElsewhere
) -> None:
    with PersonElsewhere() as other, remote_run(house) as run:
        desk = SignInDesk(house)
        known(house, mina, run.link)
        late = desk.offer("kim", program("a notification"), timedelta(hours=1))
        link = run.link.partition("/s/")[0] + f"/s/{late}"
        # The run watches its own links: it would end with them.
        (keep_alive,) = desk.offered
        with house.engine.begin() as connection:
            past = database_now(connection) - timedelta(seconds=1)
            row = update(SignInLinkRow).where(SignInLinkRow.id == keep_alive)
            connection.execute(row.values(expires_at=past))
        other.do(lambda page: page.goto(link))
        other.sees("danga session refresh kim")
        assert other.do(lambda page: page.locator("button").count()) == 0
        mina.do(lambda page: page.goto(link))
        mina.do(lambda page: page.click("text=새 링크 만들기"))
        mina.sees("매체 로그인이 필요합니다")
        assert mina.do(lambda page: page.input_value("input[name=name]")) == "김지은"
        mina.do(lambda page: page.click("button[type=submit]"))
        mina.do(lambda page: page.wait_for_selector("body[data-phase=working]"))
        mina.do(lambda page: page.wait_for_selector("canvas[data-frames]"))
        mina.waits_for_new_picture()
        mina.types("<Tab>", "kim", "<Tab>", "demo-kim", "<Enter>")
        mina.sees("로그인되었습니다")
        assert run.proof().verdict.ok
