"""A site whose page tries every way out that a browser has, and counts who comes by which.

The page is tempting only to a browser: names, datagrams and connections that would leave beside
a proxy arrive at listeners on this machine's own addresses.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import psutil

NAME = "only-the-proxy-knows.test"
_PAGE = """<!doctype html><title>trying</title>
<link rel="dns-prefetch" href="//prefetched.NAME"><link rel="preconnect" href="//preconnected.NAME">
<link rel="prefetch" href="/prefetched">
<img src="/image"><iframe src="/frame"></iframe>
<script>
const tempted = TEMPTED, tries = [];
const quiet = (promise) => tries.push(Promise.resolve(promise).catch(() => 0));
quiet(fetch('/fetch')); quiet(fetch('/kept', {keepalive: true}));
navigator.sendBeacon('/beacon', 'x');
quiet(new Promise((done) => {
  const socket = new WebSocket(`ws://${location.host}/socket`);
  socket.onerror = socket.onclose = done;
}));
quiet(new Promise((done) => {
  const events = new EventSource('/events');
  events.onerror = () => { events.close(); done(); };
}));
for (const [host, port] of tempted) {
  if (window.WebTransport) quiet((async () => {
    const transport = new WebTransport(`https://${host}:${port}/t`);
    transport.closed.catch(() => 0);
    await transport.ready;
  })());
  const peer = new RTCPeerConnection({iceServers: [
    {urls: `stun:${host}:${port}`},
    {urls: `turn:${host}:${port}?transport=udp`, username: 'u', credential: 'p'},
    {urls: `turn:${host}:${port}?transport=tcp`, username: 'u', credential: 'p'}]});
  peer.createDataChannel('x');
  quiet(peer.createOffer().then((offer) => peer.setLocalDescription(offer)));
  quiet(new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
    setTimeout(done, 3000);
  }));
}
Promise.all(tries).then(() => { document.title = 'tried'; });
</script>"""


@dataclass
class Temptation:
    """`seen`: (path, address) of each request; `datagrams` and `knocks`: who came beside it."""

    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)
    datagrams: list[tuple[str, int]] = field(default_factory=list)
    knocks: list[str] = field(default_factory=list)
    """Addresses from which TCP connections came to the listeners."""
    places: list[tuple[str, int]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def addresses(self) -> set[str]:
        """From where the site was asked."""
        return {address for _path, address in self.seen}

    @property
    def paths(self) -> set[str]:
        return {path for path, _address in self.seen}

    def page(self) -> bytes:
        return _PAGE.replace("NAME", NAME).replace("TEMPTED", json.dumps(self.places)).encode()


@contextmanager
def temptation() -> Iterator[Temptation]:
    """Run the site, and listeners for UDP and TCP on each address of this machine."""
    site = Temptation()
    with ExitStack() as stack:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
        server.daemon_threads = True
        site.port = server.server_port
        for address in _own_addresses():
            stack.enter_context(_listener(site, address))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        yield site


def _own_addresses() -> list[str]:
    return sorted(
        one.address
        for addresses in psutil.net_if_addrs().values()
        for one in addresses
        if one.family == socket.AF_INET
    )


@contextmanager
def _listener(site: Temptation, address: str) -> Iterator[None]:
    """A UDP and a TCP socket on the same port of one address."""
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        tcp.bind((address, 0))
        udp.bind(tcp.getsockname())
        tcp.listen()
        site.places.append(tcp.getsockname())
        threads = [
            threading.Thread(target=_datagrams, args=(site, udp), daemon=True),
            threading.Thread(target=_knocks, args=(site, tcp), daemon=True),
        ]
        for thread in threads:
            thread.start()
        yield
        _wake(udp, tcp)
        for thread in threads:
            thread.join()


def _wake(udp: socket.socket, tcp: socket.socket) -> None:
    """End both threads: an empty datagram, and a connection that says goodbye."""
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", udp.getsockname())
    with socket.create_connection(tcp.getsockname()) as caller:
        caller.sendall(b"goodbye")


def _datagrams(site: Temptation, udp: socket.socket) -> None:
    while True:
        data, who = udp.recvfrom(2048)
        if not data:
            return
        site.datagrams.append(who)


def _knocks(site: Temptation, tcp: socket.socket) -> None:
    while True:
        caller, who = tcp.accept()
        with caller:
            caller.settimeout(1)
            try:
                if caller.recv(16) == b"goodbye":
                    return
            except OSError:
                pass
        site.knocks.append(who[0])


def _handler(site: Temptation) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path  # a proxy may ask by the whole address
            site.seen.append((path, self.client_address[0]))
            body = site.page() if path == "/" else b""
            self.send_response(200 if path in {"/", "/json"} else 204)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_words: object) -> None:
            return

    return Handler
