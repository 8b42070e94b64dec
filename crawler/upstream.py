"""Reach a site through a forward proxy: HTTP, HTTPS (TLS to the proxy itself) or SOCKS5.

Names are resolved by the proxy, never here; only the proxy's own name is. Whatever fails on the
way is `ProxyDown`: nobody goes on without the proxy.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11
from python_socks import ProxyError, ProxyType
from python_socks.async_.asyncio.v2 import Proxy as SocksProxy

from crawler.errors import ProxyDown
from domain.proxy import Proxy

CONNECT_SECONDS = 4.0
"""To connect, and again to open a tunnel: together shorter than a page is waited for, so that
the blame falls on the proxy."""
_MOST_BYTES = 64 * 1024
_ALIVE = frozenset({400, 403, 404, 405, 501})
"""Answers of a living proxy that opens no tunnel to this port: many allow 443 only."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Both directions of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def finish(self) -> None:
        """End it when what was written has left."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self.writer.close()
                await self.writer.wait_closed()
        except OSError:
            return  # the other side was faster
        finally:
            self.drop()

    def drop(self) -> None:
        """End it at once."""
        self.writer.transport.abort()


async def connect(proxy: Proxy) -> Stream:
    """Connect to an HTTP or HTTPS proxy itself.

    Raises:
        ProxyDown: it does not answer.
    """
    parts = urlsplit(proxy.server)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return Stream(*await asyncio.open_connection(parts.hostname, parts.port, ssl=secure))
    except TimeoutError:
        raise ProxyDown("it does not answer in time") from None
    except OSError as error:
        raise ProxyDown(f"it cannot be reached: {_why(error)}") from error


async def open_tunnel(proxy: Proxy, host: str, port: int) -> Stream:
    """Return a connection to `host` that the proxy has opened for us.

    Raises:
        ProxyDown: the proxy cannot be reached, refuses us, or opens no such tunnel.
    """
    if urlsplit(proxy.server).scheme == "socks5":
        return await _by_socks(proxy, host, port)
    stream = await connect(proxy)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await _ask_for_tunnel(
                stream, proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            )
    except BaseException as error:
        stream.drop()
        if isinstance(error, TimeoutError):
            raise ProxyDown("it opens no tunnel in time") from None
        if isinstance(error, OSError | h11.ProtocolError):
            raise ProxyDown("it broke off while a tunnel was opened") from error
        raise
    return stream


async def _by_socks(proxy: Proxy, host: str, port: int) -> Stream:
    parts = urlsplit(proxy.server)
    assert parts.hostname is not None
    assert parts.port is not None
    way = SocksProxy(
        ProxyType.SOCKS5, parts.hostname, parts.port, proxy.username, proxy.password, rdns=True
    )
    try:
        stream = await way.connect(host, port, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise ProxyDown("it does not answer in time") from None
    except OSError as error:
        raise ProxyDown(f"it cannot be reached: {_why(error)}") from error
    except ProxyError as error:
        raise ProxyDown(f"SOCKS5: {error}", status=error.error_code) from error
    return Stream(stream.reader, stream.writer)


async def _ask_for_tunnel(stream: Stream, proxy: Proxy, target: str) -> None:
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_BYTES)
    headers = [("Host", target), *authorization(proxy)]
    asked = client.send(h11.Request(method="CONNECT", target=target, headers=headers))
    assert asked is not None
    stream.writer.write(asked)
    await stream.writer.drain()
    while True:
        event = client.next_event()
        if event is h11.NEED_DATA:
            # A server speaks first in no protocol we tunnel: nothing can follow the head yet.
            client.receive_data(await stream.reader.read(_MOST_BYTES))
        elif isinstance(event, h11.Response):
            break
        elif not isinstance(event, h11.InformationalResponse):
            raise ProxyDown("it hung up without opening a tunnel")
    if not 200 <= event.status_code < 300:
        raise ProxyDown(refusal(event.status_code), status=event.status_code)


def refusal(status: int) -> str:
    """Say what a proxy's own answer means."""
    if status in {401, 407}:  # some ask with 401
        return f"{status}: it refuses its user or password"
    return f"it opens no tunnel: {status}"


def authorization(proxy: Proxy) -> list[tuple[str, str]]:
    """Return the header with the proxy's user and password, if it has any."""
    if proxy.username is None:
        return []
    pair = f"{proxy.username}:{proxy.password or ''}".encode()
    return [("Proxy-Authorization", f"Basic {base64.b64encode(pair).decode()}")]


def probe(proxy: Proxy, host: str, port: int) -> None:
    """Ask the proxy for a tunnel to a site and hang up: the site sees a connection, no request.

    Runs in a thread of its own: where Playwright is open, no event loop may.

    Raises:
        ProxyDown: nothing can be reached through it.
    """

    async def work() -> None:
        try:
            (await open_tunnel(proxy, host, port)).drop()
        except ProxyDown as down:
            if proxy.server.startswith("socks5") or down.status not in _ALIVE:
                raise

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work()).result()


def _why(error: OSError) -> str:
    """The system's words; certificates have their own."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if error.errno is not None and error.errno > 0:  # asyncio's own words repeat the address
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__
