"""Count the network requests that a page really sends, by the browser's own protocol.

Playwright's events count cache hits and miss some requests; CDP's
`Network.requestWillBeSentExtraInfo` comes once for each request that leaves the browser,
redirects and aborted ones included, cache hits and blocked ones not. Popups and service
workers would escape it: `LoginContext` blocks both. A dedicated worker that dies with its
document takes the event of what it last asked for with it, so its end is charged as one request.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Worker
from playwright.sync_api import Page as BrowserPage


@dataclass(slots=True)
class Tally:
    """What a login's context has sent and received; outlives its tabs."""

    requests: int = 0
    bytes_received: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return what both have sent and received."""
        return Tally(self.requests + other.requests, self.bytes_received + other.bytes_received)

    def __sub__(self, other: Tally) -> Tally:
        """Return what came since `other` was counted."""
        return Tally(self.requests - other.requests, self.bytes_received - other.bytes_received)


class RequestMeter:
    """Adds the requests of one page to `hosts`, and bytes from anywhere, to a tally.

    Events arrive only inside Playwright calls, so read the tally after one.
    """

    def __init__(
        self, page: BrowserPage, protocol: CDPSession, hosts: frozenset[str], tally: Tally
    ) -> None:
        self._tally = tally
        self._hosts = hosts
        self._in_flight: set[str] = set()
        self._last_event = time.monotonic()
        protocol.on("Network.requestWillBeSentExtraInfo", self._left)
        protocol.on("Network.requestWillBeSent", self._began)
        protocol.on("Network.loadingFinished", self._finished)
        protocol.on("Network.loadingFailed", self._ended)
        protocol.on("Network.webSocketWillSendHandshakeRequest", self._unseen)
        page.on("worker", self._watch)

    def begin(self) -> None:
        """A new document is asked for: nobody waits any more for what the old one wanted."""
        self._in_flight.clear()
        self._last_event = time.monotonic()

    def quiet_for(self) -> float:
        """Seconds since anything moved on the network; 0 while something is in flight."""
        return 0.0 if self._in_flight else time.monotonic() - self._last_event

    def _left(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
        host = headers.get(":authority") or headers.get("host")
        if host is None or _hostname(host) in self._hosts:
            self._tally.requests += 1

    def _watch(self, worker: Worker) -> None:
        worker.on("close", self._unseen)

    def _unseen(self, _what: object) -> None:
        self._tally.requests += 1

    def _began(self, event: dict[str, Any]) -> None:
        if event.get("type") != "Ping":  # a beacon may outlive its page and never report its end
            self._in_flight.add(event["requestId"])
        self._last_event = time.monotonic()

    def _finished(self, event: dict[str, Any]) -> None:
        self._tally.bytes_received += int(event.get("encodedDataLength", 0))
        self._ended(event)

    def _ended(self, event: dict[str, Any]) -> None:
        self._in_flight.discard(event["requestId"])
        self._last_event = time.monotonic()


def _hostname(host: str) -> str:
    if host.startswith("["):
        return host[1 : host.index("]")]
    return host.partition(":")[0]
