"""A port on 127.0.0.1 for each login's context, behind which stands that login's proxy.

Chromium switches its HTTP cache off for a proxy with a password, cannot give one to SOCKS5, and
resolves names itself for some clients. So it only ever speaks to a port here, without a
password; what it asks for goes through the one proxy of that port, or nowhere.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import h11
import structlog

from crawler.loopback_peer import opened_by_us
from crawler.proxy_conversation import Conversation
from crawler.upstream import Stream
from domain.proxy import Proxy

log = structlog.get_logger(__name__)

_HERE = "127.0.0.1"
_ANSWER_SECONDS = 10.0

T = TypeVar("T")


class Way:
    """The way of one context: a port here, and the proxy behind it."""

    def __init__(self, proxy: Proxy, forwarder: Forwarder) -> None:
        self.proxy = proxy
        self.fault: str | None = None
        """What last failed on this way, in words; the tab forgets it before each document."""
        self._forwarder = forwarder
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def server(self) -> str:
        """The address for the browser."""
        return f"http://{_HERE}:{self._port}"

    def close(self) -> None:
        """Let nobody in any more, and end what is under way."""
        self._forwarder.do(self._forwarder.end(self))

    async def listen(self) -> None:
        """Take a free port."""
        self._server = await asyncio.start_server(self._met, _HERE, 0)
        self._port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Give the port back."""
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def _failed(self, fault: str) -> None:
        self.fault = fault
        log.info("proxy.failed", proxy=self.proxy.id, because=fault)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        browser = Stream(reader, writer)
        try:
            if opened_by_us(writer.get_extra_info("peername"), (_HERE, self._port)):
                await Conversation(self.proxy, browser, self._failed).hold()
                await browser.finish()
            else:
                log.warning("forwarder.stranger", proxy=self.proxy.id)
        except (OSError, ValueError, h11.ProtocolError) as error:  # the browser sees it break off
            log.debug("forwarder.broken", proxy=self.proxy.id, because=type(error).__name__)
        except asyncio.CancelledError:
            return  # the way is closed: asyncio would log it as an error
        finally:
            browser.drop()
            self._open.discard(task)


class Forwarder:
    """The ways of one browser, served by a thread of their own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._ready = threading.Event()
        self._ways: set[Way] = set()
        self._thread = threading.Thread(target=self._serve, name="forwarder", daemon=True)

    def open(self, proxy: Proxy) -> Way:
        """Return a new way through `proxy`; it listens already."""
        if not self._thread.is_alive():
            self._thread.start()
            self._ready.wait()
        way = Way(proxy, self)
        self.do(self._begin(way))
        return way

    def close(self) -> None:
        """End all ways and the thread."""
        if self._loop is not None and self._end is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    async def _begin(self, way: Way) -> None:
        await way.listen()
        self._ways.add(way)

    async def end(self, way: Way) -> None:
        """Give the port of a way back."""
        self._ways.discard(way)
        await way.shut()

    def do(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do something where the ways are served; nothing after the end."""
        if self._loop is None or not self._thread.is_alive():
            work.close()
            return None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_SECONDS)

    def _serve(self) -> None:
        asyncio.run(self._until_the_end())

    async def _until_the_end(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._end.wait()
        for way in self._ways:
            await way.shut()
