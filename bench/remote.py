"""How fast is a sign-in from afar, on loopback: a picture, a key, and how many bytes a minute?

    python -m bench.remote        prints the figures as JSON

A real sign-in page in the login's browser, our server, and a client that speaks its web socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from struct import unpack_from
from typing import Any

import aiohttp

from bench.ground import forget_settings_of_the_machine, prepared
from bench.inventory import Inventory, Login
from domain.audit import program
from storage.sign_in_links import SignInLinks
from workers.house import House
from workers.refreshing import NotSignedIn
from workers.remote.serving import Asked, sign_in_afar

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
INVENTORY = Inventory((Login("kim", ("moment",), ("moment/1001",)),))
PERSON = "bench"
_QUIET_SECONDS = 0.3
_PICTURE_TIME = ">d"


@dataclass
class Line:
    """A web socket of the live page, and what came over it."""

    socket: aiohttp.ClientWebSocketResponse
    lags_ms: list[float] = field(default_factory=list)
    bytes_received: int = 0

    async def picture(self, within_seconds: float) -> bool:
        """Wait for one picture; return whether one came."""
        until = time.monotonic() + within_seconds
        while (left := until - time.monotonic()) > 0:
            try:
                message = await self.socket.receive(timeout=left)
            except TimeoutError:
                return False
            if message.type is aiohttp.WSMsgType.BINARY:
                (drawn_at,) = unpack_from(_PICTURE_TIME, message.data)
                self.lags_ms.append((time.time() - drawn_at) * 1000)
                self.bytes_received += len(message.data)
                return True
        return False

    async def still(self) -> None:
        """Wait until no picture comes for a while."""
        while await self.picture(_QUIET_SECONDS):
            continue

    async def send(self, do: str, **more: Any) -> None:
        """Do something in the page."""
        await self.socket.send_json({"do": do, **more})


def measure(keys: int = 50) -> dict[str, Any]:
    """Type so many letters into a sign-in page; milliseconds and bytes, each measured now.

    `frame_ms` is from the drawing in the login's browser to its arrival at the client, `key_ms`
    from a key's sending to the picture that shows it; medians and 95th percentiles.
    """
    os.environ["DANGA_REMOTE_LISTEN"] = "127.0.0.1:0"
    links: SimpleQueue[str] = SimpleQueue()
    with (
        prepared(INVENTORY, BEGINS, "--logins", "1") as ground,
        ground.house() as house,
        ThreadPoolExecutor(1) as thread,
    ):
        served = thread.submit(_served, house, links)
        figures = asyncio.run(_typed(links.get(timeout=60), keys))
        SignInLinks(house.engine).forget(PERSON, program(PERSON))  # it waits for nobody else
        served.result(60)
    return figures


def _served(house: House, links: SimpleQueue[str]) -> None:
    try:
        sign_in_afar(house, "kim", Asked(PERSON, minutes=5), links.put)
    except NotSignedIn:
        return  # nobody meant to


async def _typed(link: str, keys: int) -> dict[str, Any]:
    origin = link.partition("/s/")[0]
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"Origin": origin}
    async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as session:
        await session.post(link, data={"name": PERSON})
        async with session.ws_connect(f"{origin}/live/socket") as socket:
            line = Line(socket)
            await line.send("size", width=1100, height=760)
            while not await line.picture(30):
                continue
            await line.still()
            await line.send("key", key="Tab")
            await line.still()
            waits, seconds = await _keys(line, keys)
            await line.send("leave")
    return {
        "keys": keys,
        "key_ms": _spread(waits),
        "frame_ms": _spread(line.lags_ms),
        "bytes_a_minute": round(line.bytes_received / seconds * 60),
        "pictures": len(line.lags_ms),
    }


async def _keys(line: Line, keys: int) -> tuple[list[float], float]:
    """Type, and wait for each letter's picture; return the waits in ms and the whole time in s."""
    line.lags_ms.clear()
    line.bytes_received = 0
    waits, begun = [], time.monotonic()
    for _ in range(keys):
        sent = time.monotonic()
        await line.send("type", erased=0, text="a")
        if await line.picture(5):
            waits.append((time.monotonic() - sent) * 1000)
        while await line.picture(0.1):  # a person types no faster; a caret's picture is no answer
            continue
    return waits, time.monotonic() - begun


def _spread(milliseconds: list[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
    }


if __name__ == "__main__":
    forget_settings_of_the_machine()
    print(json.dumps(measure(), indent=1))
