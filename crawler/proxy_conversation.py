"""What a browser says on one connection to its proxy's port, and what it is answered.

Plain requests are handed on one by one, with the proxy's password; a tunnel is opened and then
copied blindly. Nothing is ever fetched beside the proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import h11

from crawler.errors import ProxyDown
from crawler.upstream import Stream, authorization, connect, open_tunnel, refusal
from domain.proxy import Proxy

_CHUNK = 64 * 1024
_LEAVE_SECONDS = 10.0
DOWN = 407
"""What a page is answered whose proxy failed: the verdict table's first row knows it."""
_FOR_ONE_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
    }
)


class Conversation:
    """One connection of the browser: some plain requests, or one tunnel.

    `failed` is told, in words, what the proxy failed at.
    """

    def __init__(self, proxy: Proxy, browser: Stream, failed: Callable[[str], None]) -> None:
        self._proxy = proxy
        self._failed = failed
        self._browser = browser
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_CHUNK)

    async def hold(self) -> None:
        """Serve the connection to its end.

        Raises:
            OSError: either side broke off.
            ValueError: the browser named no port.
            h11.ProtocolError: either side spoke no HTTP.
        """
        while True:
            request = await _next(self._http, self._browser)
            if not isinstance(request, h11.Request):
                return
            if request.method == b"CONNECT":
                await self._tunnel(request)
                return
            await self._pass_on(request)
            await self._browser.writer.drain()
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _tunnel(self, request: h11.Request) -> None:
        host, _, port = request.target.decode("ascii").rpartition(":")
        try:
            far = await open_tunnel(self._proxy, host.strip("[]"), int(port))
        except ProxyDown as down:
            await self._say_down(502, down.what)
            return
        try:
            self._say(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
            early, _ = self._http.trailing_data
            far.writer.write(early)
            await _both_ways(self._browser, far)
        finally:
            far.drop()

    async def _pass_on(self, request: h11.Request) -> None:
        try:
            far, target = await self._far_end(request)
        except ProxyDown as down:
            await self._say_down(DOWN, down.what)
            return
        try:
            await self._ask(far, request, target)
            await self._answer(far)
        finally:
            far.drop()

    async def _far_end(self, request: h11.Request) -> tuple[Stream, bytes]:
        """A connection for one plain request, and how the request names its target there."""
        proxy = self._proxy
        if urlsplit(proxy.server).scheme != "socks5":
            return await connect(proxy), request.target
        url = urlsplit(request.target.decode("ascii"))
        if url.hostname is None:
            raise h11.RemoteProtocolError("a proxy is asked by whole addresses")
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        return await open_tunnel(proxy, url.hostname, url.port or 80), path.encode("ascii")

    async def _ask(self, far: Stream, request: h11.Request, target: bytes) -> None:
        self._far = h11.Connection(h11.CLIENT, max_incomplete_event_size=_CHUNK)
        extra = [(b"Connection", b"close")]
        if target == request.target:
            extra += [(name.encode(), value.encode()) for name, value in authorization(self._proxy)]
        headers = _for_the_next_hop(request) + extra
        event: h11.Event = h11.Request(method=request.method, target=target, headers=headers)
        while True:
            far.writer.write(self._far.send(event) or b"")
            await far.writer.drain()
            if isinstance(event, h11.EndOfMessage):
                return
            event = await _next(self._http, self._browser)

    async def _answer(self, far: Stream) -> None:
        """Hand the answer back; a browser that hangs up meanwhile ends the asking."""
        hears = asyncio.create_task(self._relay(far))
        leaves = asyncio.create_task(self._browser.reader.read(_CHUNK))
        try:
            await asyncio.wait({hears, leaves}, return_when=asyncio.FIRST_COMPLETED)
            if leaves.done() and (said := leaves.result()):
                self._http.receive_data(said)
            elif leaves.done():
                return
            await hears
        finally:
            for task in (hears, leaves):
                task.cancel()
            await asyncio.gather(hears, leaves, return_exceptions=True)

    async def _relay(self, far: Stream) -> None:
        async for event in _events(self._far, far):
            if isinstance(event, h11.Response | h11.InformationalResponse):
                event = self._seen(event)
            self._say(event)
            await self._browser.writer.drain()
            if isinstance(event, h11.EndOfMessage):
                return

    def _seen(self, answer: h11.Response | h11.InformationalResponse) -> h11.Event:
        if answer.status_code == DOWN:
            self._failed(refusal(DOWN))
        headers = _for_the_next_hop(answer)
        return type(answer)(status_code=answer.status_code, headers=headers, reason=answer.reason)

    async def _say_down(self, status: int, fault: str) -> None:
        self._failed(fault)
        headers = [("Content-Length", "0"), ("Connection", "close")]
        self._say(h11.Response(status_code=status, headers=headers, reason=b"Proxy down"))
        self._say(h11.EndOfMessage())
        self._browser.writer.write_eof()
        async with asyncio.timeout(_LEAVE_SECONDS):  # what it still sends would reset the answer
            while await self._browser.reader.read(_CHUNK):
                continue

    def _say(self, event: h11.Event) -> None:
        self._browser.writer.write(self._http.send(event) or b"")


async def _next(http: h11.Connection, stream: Stream) -> Any:
    """Return the next event of a connection, reading what it takes."""
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await stream.reader.read(_CHUNK))
    return event


async def _events(http: h11.Connection, stream: Stream) -> AsyncIterator[Any]:
    while True:
        yield await _next(http, stream)


def _for_the_next_hop(
    event: h11.Request | h11.Response | h11.InformationalResponse,
) -> list[tuple[bytes, bytes]]:
    """The headers as the other side wrote them, without those that are for one hop only."""
    return [
        (name, value)
        for name, value in event.headers.raw_items()
        if name.lower() not in _FOR_ONE_HOP
    ]


async def _both_ways(one: Stream, other: Stream) -> None:
    """Copy blindly until either side ends."""
    copies = {asyncio.create_task(_copy(one, other)), asyncio.create_task(_copy(other, one))}
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)


async def _copy(source: Stream, target: Stream) -> None:
    while piece := await source.reader.read(_CHUNK):
        target.writer.write(piece)
        await target.writer.drain()
