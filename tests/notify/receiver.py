"""A chat service on 127.0.0.1 that can die and come back: what Apprise's `json://` posts to.

with Receiver() as chat:
    send(chat.url, "title", "body")
    assert chat.titles == ["title"]
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Received:
    """One message, and the path it came to."""

    path: str
    title: str
    body: str


class Receiver:
    """Listens on a port of its own, which it keeps while it is dead."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.received: list[Received] = []
        self.asked: list[str] = []
        """Paths of GET requests."""
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The Apprise url of this service."""
        return f"json://127.0.0.1:{self.port}/t0ken-of-the-room"

    @property
    def web_url(self) -> str:
        """Its plain address."""
        return f"http://127.0.0.1:{self.port}/ping-t0ken"

    @property
    def titles(self) -> list[str]:
        """What came, in its order."""
        return [one.title for one in self.received]

    def start(self) -> None:
        """Come (back) to life on the same port."""
        self._server = _Server(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Die."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @contextmanager
    def dead(self) -> Iterator[None]:
        """Be dead for a while."""
        self.stop()
        yield
        self.start()


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content: dict[str, Any] = json.loads(raw)
            if receiver.status < 400:
                receiver.received.append(Received(self.path, content["title"], content["message"]))
            self._answer()

        def do_GET(self) -> None:
            receiver.asked.append(self.path)
            self._answer()

        def _answer(self) -> None:
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
