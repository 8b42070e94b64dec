"""The server of remote sign-ins refuses what is not a person with a link of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import structlog

from crawler.person_input import read_input
from domain.audit import person
from storage.sign_in_links import SignInLinks
from tests.workers.afar import websocket_status
from workers.house import House
from workers.remote.desk import WORK, SignInDesk
from workers.remote.invitations import Invitations
from workers.remote.server import serve
from workers.remote.stage import Phase


@dataclass
class Running:
    desk: SignInDesk
    origin: str
    token: str

    @property
    def path(self) -> str:
        return f"/s/{self.token}"

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.origin, headers=headers, trust_env=False)


@pytest.fixture
def running(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    settings = house.settings.model_copy(update={"remote_listen": "127.0.0.1:0"})
    at_any_port = House(settings.with_environment(house.settings.environment), house.engine)
    desk = SignInDesk(at_any_port)
    with serve(at_any_port, desk) as origin:
        yield Running(desk, origin, desk.offer("kim", person("mina"), WORK))


def claim(running: Running, client: httpx.Client) -> httpx.Response:
    return client.post(running.path, data={"name": " 김지은 "}, headers={"Origin": running.origin})


def test_the_button_claims_the_link_for_one_browser(running: Running) -> None:
    with running.client() as mina, running.client() as other:
        claimed = claim(running, mina)
        assert (claimed.status_code, claimed.headers["location"]) == (303, "/live")
        cookie = claimed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert claim(running, other).headers["location"] == running.path
        assert "김지은 님이 이 링크로 먼저 시작했습니다" in other.get(running.path).text
        assert mina.get("/live").status_code == 200
        assert other.get("/live").status_code == 404
    stage = running.desk.next_start(0)
    assert stage is not None
    assert (stage.login, stage.link.claimed_by) == ("kim", "김지은")
    assert running.desk.next_start(0) is None


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_another_sites_page_can_press_no_button(running: Running, origin: str) -> None:
    with running.client() as client:
        headers = {"Origin": origin} if origin else {}
        refused = client.post(running.path, data={"name": "x"}, headers=headers)
    assert refused.status_code == 403
    assert running.desk.next_start(0) is None


def test_a_name_that_only_leads_here_is_turned_away(running: Running) -> None:
    with running.client(Host="evil.example") as client:
        refused = client.get(running.path)
    assert refused.status_code == 421
    assert "kim" not in refused.text


def test_a_web_socket_wants_the_cookie_and_the_own_origin(running: Running) -> None:
    with running.client() as mina:
        claim(running, mina)
        cookies = dict(mina.cookies.items())
    own, evil = running.origin, "http://evil.example"
    assert websocket_status(running.origin, own, {}) == 403
    assert websocket_status(running.origin, own, {"danga_operator": "guessed"}) == 403
    assert websocket_status(running.origin, evil, cookies) == 403
    assert websocket_status(running.origin, own, cookies) == 101


def test_nothing_is_cached_framed_or_loaded_from_elsewhere(running: Running) -> None:
    with running.client() as client:
        claim(running, client)
        pages = [client.get("/live"), client.get(running.path), client.get("/nothing/here")]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "http://" not in page.text
        assert "https://" not in page.text


def test_who_tries_many_wrong_links_is_not_answered_for_a_while(running: Running) -> None:
    with running.client() as guesser:
        assert [guesser.get(f"/s/wrong{n}").status_code for n in range(20)] == [404] * 20
        assert guesser.get("/s/wrong").status_code == 429
    with running.client(**{"X-Forwarded-For": "203.0.113.7"}) as somebody_else:
        assert somebody_else.get(running.path).status_code == 200


def test_while_somebody_signs_in_another_link_stays_good(running: Running) -> None:
    second = running.desk.offer("kim", person("lee"), WORK)
    with running.client() as mina, running.client() as lee:
        claim(running, mina)
        stage = running.desk.next_start(0)
        assert stage is not None
        busy = lee.post(f"/s/{second}", data={"name": "lee"}, headers={"Origin": running.origin})
        assert busy.status_code == 409
        stage.tell(Phase.FAILED, "left")
        late = lee.post(f"/s/{second}", data={"name": "lee"}, headers={"Origin": running.origin})
        assert late.status_code == 303


def test_a_name_is_asked_for_and_never_trusted(running: Running) -> None:
    with running.client(Origin=running.origin) as client:
        for bad in ["", "   ", "x" * 61, "a\x07b"]:
            assert client.post(running.path, data={"name": bad}).status_code == 400
        client.post(running.path, data={"name": "<b>김</b>"})
    with running.client() as other:
        shown = other.get(running.path).text
    assert "<b>김" not in shown
    assert "&lt;b&gt;김" in shown


def test_no_log_line_holds_a_token_a_cookie_or_what_was_typed(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as logged, running.client() as mina:
        mina.get(running.path)
        claim(running, mina)
        mina.get(running.path, headers={"Host": "evil.example"})
        stage = running.desk.next_start(0)
        assert stage is not None
        stage.take(read_input({"do": "type", "text": "geheim"}))
        secrets = [running.token, mina.cookies["danga_operator"], "geheim"]
        told = json.dumps(logged, default=repr) + caplog.text + repr(stage.taken())
    assert logged
    assert [one for one in secrets if one in told] == []


def test_only_who_has_signed_a_login_in_gets_a_new_link_for_an_expired_one(
    running: Running, house: House
) -> None:
    links, origin = SignInLinks(house.engine), {"Origin": running.origin}
    late = f"/s/{running.desk.offer('kim', person('lee'), timedelta(0))}"
    with running.client() as mina:
        claim(running, mina)
        secret = mina.cookies["danga_operator"]
        assert mina.post(f"{late}/new", headers=origin).headers["location"] == late
        stage = running.desk.next_start(0)
        assert stage is not None
        links.note_done(stage.link, "signed in")
        stage.tell(Phase.DONE)
        used = mina.post(f"{running.path}/new", headers=origin)
        assert used.headers["location"] == running.path, "what is done is not renewed"
        new = mina.post(f"{late}/new", headers=origin).headers["location"]
        assert new != late
        mina.post(new, data={"name": "김지은"}, headers=origin)
        assert mina.cookies["danga_operator"] == secret, "it stays known, whatever comes of it"


def test_an_invitation_wants_a_public_address(house: House) -> None:
    assert Invitations(house, "").link("kim") is None
    settings = house.settings.model_copy(update={"remote_public_url": "https://danga.example.com"})
    public = House(settings.with_environment(house.settings.environment), house.engine)
    link = Invitations(public, "").link("kim")
    assert link is not None
    assert link.startswith("https://danga.example.com/s/")
    sight = SignInDesk(public).look(link.rpartition("/")[2], None)
    assert sight is not None
    assert sight.may_start
    assert 86_300 < sight.link.seconds_left <= 86_400
