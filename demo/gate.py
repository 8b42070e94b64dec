"""The door of the site: counts every request, then refuses, slows, stalls or lets it pass."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from aiohttp import web

from demo.clock import SEOUL
from demo.knobs import Knobs, names
from demo.platform import Platform, of
from demo.stats import Seen

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CONTROL = "/_demo"


class Decision(StrEnum):
    """What the door does with a request."""

    PASS = "pass"  # noqa: S105 - a word of the door, no password
    REFUSE = "refused"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


@dataclass
class Window:
    """Counts what happened within the last `seconds`."""

    seconds: float
    _times: deque[float] = field(default_factory=deque)

    def add(self, now: float) -> int:
        """Add one and return how many there are now."""
        self._times.append(now)
        while self._times[0] <= now - self.seconds:
            self._times.popleft()
        return len(self._times)


@dataclass
class Door:
    """The memory of the door: who came how often. Pure but for what it remembers."""

    _minutes: dict[str, Window] = field(default_factory=lambda: defaultdict(lambda: Window(60)))
    _second: Window = field(default_factory=lambda: Window(1))
    _refused_until: dict[str, float] = field(default_factory=dict)
    _number: int = 0

    def decide(self, seen: Seen, knobs: Knobs, now: float) -> Decision:
        """Judge one request at the monotonic time `now`."""
        if self._refuses(seen, knobs, now):
            return Decision.REFUSE
        if knobs.rate_counts == "dynamic" and seen.kind == "asset":
            return Decision.PASS
        rate = self._second.add(now)
        if knobs.too_many_above_per_second is not None and rate > knobs.too_many_above_per_second:
            return Decision.TOO_MANY
        most = knobs.unavailable_above_per_second
        return Decision.UNAVAILABLE if most is not None and rate > most else Decision.PASS

    def stalls(self, seen: Seen, knobs: Knobs) -> bool:
        """Count the requests that may hang, and say whether this one does."""
        if not knobs.stall_every or knobs.stall_path not in seen.path:
            return False
        self._number += 1
        return self._number % knobs.stall_every == 0

    def forget(self) -> None:
        """Forgive everybody."""
        self.__init__()  # type: ignore[misc]

    def _refuses(self, seen: Seen, knobs: Knobs, now: float) -> bool:
        if any(one == seen.address or one in seen.via for one in names(knobs.refuse_addresses)):
            return True
        if knobs.refuse_above_per_minute is None:
            return False
        if self._minutes[seen.address].add(now) > knobs.refuse_above_per_minute:
            self._refused_until[seen.address] = now + (knobs.refuse_seconds or 0)
        return now < self._refused_until.get(seen.address, 0)


DOOR = web.AppKey("door", Door)


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count, judge and answer or pass one request of a visitor."""
    if request.path.startswith(CONTROL):
        return await handler(request)
    seen = Seen(request.path, request.remote or "?", request.headers.get("Via", ""))
    stats, status = of(request).stats, 0
    stats.began(seen)
    try:
        response = await _through(request, handler, seen)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        stats.ended(status)


async def _through(request: web.Request, handler: Handler, seen: Seen) -> web.StreamResponse:
    platform, door = of(request), request.app[DOOR]
    knobs = platform.knobs
    if door.stalls(seen, knobs):
        await asyncio.sleep(knobs.stall_seconds or 0)
    if knobs.latency_ms:
        await asyncio.sleep(knobs.latency_ms / 1000)
    match door.decide(seen, knobs, time.monotonic()):
        case Decision.REFUSE:
            return _refusal(seen, knobs)
        case Decision.TOO_MANY:
            return _overload(seen, knobs, 429)
        case Decision.UNAVAILABLE:
            return _overload(seen, knobs, 503)
    if seen.kind != "asset" and knobs.maintenance in {seen.site, "all"}:
        return _maintenance(seen, platform)
    return await handler(request)


def _refusal(seen: Seen, knobs: Knobs) -> web.Response:
    body = notice("refused", "접속이 차단되었습니다", "비정상적인 접근이 감지되었습니다.")
    status = 200 if knobs.refuse_as == "page" else 403
    if status == 403 and seen.kind == "json":
        return web.json_response({"error": "refused"}, status=403)
    return web.Response(text=body, status=status, content_type="text/html")


def _overload(seen: Seen, knobs: Knobs, status: int) -> web.Response:
    headers = {}
    if knobs.retry_after_seconds is not None:
        headers["Retry-After"] = str(knobs.retry_after_seconds)
    if seen.kind == "json":
        return web.json_response({"error": "overloaded"}, status=status, headers=headers)
    body = notice("overloaded", "요청이 너무 많습니다", "잠시 후 다시 시도해 주세요.")
    return web.Response(text=body, status=status, content_type="text/html", headers=headers)


def _maintenance(seen: Seen, platform: Platform) -> web.Response:
    until = (platform.clock.now() + timedelta(hours=1)).astimezone(SEOUL)
    if seen.kind == "json":
        return web.json_response({"error": "maintenance", "until": until.isoformat()})
    when = f'<time datetime="{until.isoformat()}">{until:%H:%M}</time>까지 점검합니다.'
    return web.Response(
        text=notice("maintenance", "서비스 점검 중입니다", when), content_type="text/html"
    )


def notice(mark: str, title: str, text: str) -> str:
    """Return a page that stands for itself: no script, no asset."""
    return (
        '<!doctype html><html lang="ko"><meta charset="utf-8">'
        f"<title>{title}</title>"
        "<style>body{font:16px sans-serif;text-align:center;margin-top:20vh;color:#1f2937}</style>"
        f'<main data-{mark}=""><h1>{title}</h1><p>{text}</p></main></html>'
    )
