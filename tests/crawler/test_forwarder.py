"""The port on this machine behind which a login's proxy stands, without a browser."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from crawler import forwarder as forwarder_module
from crawler.errors import ProxyDown
from crawler.forwarder import Forwarder
from crawler.loopback_peer import TABLE, opened_by_us
from crawler.upstream import probe
from domain.proxy import Proxy
from tests.proxy_server import ForwardProxy, forward_proxy, socks_proxy
from tests.servers import free_port, wait_until

BIG = os.urandom(3_000_000)


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("X-Asked", "; ".join(sorted(name for name in self.headers)))
        self.end_headers()
        for piece in (b"one ", b"two"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def locked() -> Iterator[ForwardProxy]:
    with forward_proxy(username="agency", password="kept-secret") as proxy:
        yield proxy


@pytest.fixture
def forwarder() -> Iterator[Forwarder]:
    opened = Forwarder()
    yield opened
    opened.close()


def _through(forwarder: Forwarder, proxy: Proxy) -> httpx.Client:
    return httpx.Client(proxy=forwarder.open(proxy).server, trust_env=False, timeout=20)


def test_bodies_pass_unchanged_and_the_password_stays_behind(
    forwarder: Forwarder, locked: ForwardProxy, site: str
) -> None:
    with _through(forwarder, Proxy("p", locked.server, "agency", "kept-secret")) as client:
        for _again in range(2):  # on the same connection
            answer = client.get(f"{site}/a?b=c")
            assert answer.text == "one two"
            assert "Proxy-Authorization" not in answer.headers["X-Asked"]
            assert client.post(site, content=BIG).content == BIG
    assert locked.passed() == 4


def test_plain_requests_pass_a_socks5_proxy_too(forwarder: Forwarder, site: str) -> None:
    with (
        socks_proxy(username="agency", password="kept-secret") as socks,
        _through(forwarder, Proxy("p", socks.server, "agency", "kept-secret")) as client,
    ):
        assert client.get(f"{site}/a").text == "one two"
        assert client.post(site, content=BIG).content == BIG


def test_a_failure_is_told_as_the_proxys_and_kept_in_words(
    forwarder: Forwarder, locked: ForwardProxy, site: str
) -> None:
    way = forwarder.open(Proxy("p", locked.server, "agency", "wrong"))
    with httpx.Client(proxy=way.server, trust_env=False) as client:
        assert client.get(site).status_code in {401, 407}
    dead = forwarder.open(Proxy("p", f"http://127.0.0.1:{free_port()}"))
    with httpx.Client(proxy=dead.server, trust_env=False) as client:
        assert client.get(site).status_code == 407
        assert dead.fault is not None
        assert "refused" in dead.fault
        with pytest.raises(httpx.ProxyError, match="502"):
            client.get(site.replace("http:", "https:"))


def test_a_closed_way_lets_nobody_in(forwarder: Forwarder, locked: ForwardProxy, site: str) -> None:
    way = forwarder.open(Proxy("p", locked.server, "agency", "kept-secret"))
    with httpx.Client(proxy=way.server, trust_env=False) as client:
        client.get(site)
        way.close()
        with pytest.raises(httpx.TransportError):
            client.get(site)
    assert locked.passed() == 1


def test_another_user_of_this_machine_is_not_let_in(
    forwarder: Forwarder, locked: ForwardProxy, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarder_module, "opened_by_us", lambda *_addresses: False)
    with (
        _through(forwarder, Proxy("p", locked.server, "agency", "kept-secret")) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get(site)
    assert locked.requests() == 0


def test_the_kernel_says_whose_a_connection_is(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as caller:
            ends = caller.getsockname(), server.getsockname()
            assert opened_by_us(*ends)
            foreign = tmp_path / "tcp"
            foreign.write_text(
                "\n".join(
                    _with_uid(line, os.getuid() + 1) for line in TABLE.read_text().splitlines()
                )
            )
            assert not opened_by_us(*ends, foreign)
            assert not opened_by_us(*ends, tmp_path / "absent")
        wait_until(lambda: not opened_by_us(*ends, tmp_path / "absent"))
    assert not opened_by_us(("127.0.0.1", 1), ends[1])


def _with_uid(line: str, uid: int) -> str:
    fields = line.split()
    return " ".join([*fields[:7], str(uid), *fields[8:]]) if fields[0].endswith(":") else line


def test_a_probe_opens_a_tunnel_and_sends_the_site_nothing(locked: ForwardProxy, site: str) -> None:
    port = int(site.rpartition(":")[2])
    probe(Proxy("p", locked.server, "agency", "kept-secret"), "127.0.0.1", port)
    with pytest.raises(ProxyDown, match="password"):
        probe(Proxy("p", locked.server, "agency", "wrong"), "127.0.0.1", port)
    with pytest.raises(ProxyDown, match="opens no tunnel: 5"):
        probe(Proxy("p", locked.server, "agency", "kept-secret"), "127.0.0.1", free_port())
    locked.kill()
    with pytest.raises(ProxyDown, match="cannot be reached"):
        probe(Proxy("p", locked.server, "agency", "kept-secret"), "127.0.0.1", port)
