"""The web server of remote sign-ins: a link's page, the button, the live browser by web socket.

    GET  /s/TOKEN       what is asked of whom; changes nothing, so previews may fetch it
    POST /s/TOKEN       claims the link, binds it to this browser by a cookie, starts
    POST /s/TOKEN/new   a new link, for a known operator
    GET  /live          the live browser, for the browser that holds the cookie
    POST /live          starts once more
    GET  /live/socket   pictures out; mouse, keys and text in

It runs in a thread with an event loop of its own; what touches the database runs in others.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from struct import pack

from aiohttp import WSCloseCode, WSMsgType, web

from crawler.person_input import BadInput, read_input
from domain.errors import BadInput as BadSetting
from domain.errors import Fault
from storage.errors import LinkUsed
from workers.house import House
from workers.remote import pages
from workers.remote.desk import KNOWN, Busy, NotYours, Sight, SignInDesk
from workers.remote.guards import caller, cookie_name, guard, page, say
from workers.remote.limiter import WrongTokens
from workers.remote.stage import Phase, Stage, Viewer
from workers.remote_address import RemoteAddress


class AddressTaken(BadSetting):
    """Another program listens on the address of DANGA_REMOTE_LISTEN."""


_LARGEST_MESSAGE = 64 * 1024
_PICTURE_SECONDS = 0.04
"""At most 25 pictures a second."""
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Door:
    """The handlers and what they need."""

    desk: SignInDesk
    house: House
    address: RemoteAddress
    wrong: WrongTokens

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/s/{token}", self.look),
            web.post("/s/{token}", self.start),
            web.post("/s/{token}/new", self.renew),
            web.get("/live", self.live),
            web.post("/live", self.resume),
            web.get("/live/socket", self.socket),
        ]

    async def look(self, request: web.Request) -> web.StreamResponse:
        sight = await self._sight(request)
        if sight is None:
            return _unknown()
        path = f"/s/{request.match_info['token']}"
        if not sight.may_start:
            return page(pages.over_page(sight, f"{path}/new"))
        return page(pages.offer_page(sight, self.house.settings.zone, path))

    async def start(self, request: web.Request) -> web.StreamResponse:
        sight, browser = await self._sight(request), self._browser(request)
        if sight is None:
            return _unknown()
        if not sight.may_start:
            return _to(f"/s/{request.match_info['token']}")
        try:
            if sight.link.belongs_to(browser):
                await asyncio.to_thread(self.desk.resume, sight, browser)
                return _to("/live")
            name = pages.name_in(str((await request.post()).get("name", "")))
            if name is None:
                return say(400, "이름이 필요합니다", "뒤로 가서 이름을 적어 주세요.")
            secret = await asyncio.to_thread(self.desk.claim, sight, name, browser)
        except Busy:
            return _busy()
        except (LinkUsed, NotYours):
            return _to(f"/s/{request.match_info['token']}")
        answer = _to("/live")
        self._give_cookie(answer, secret)
        return answer

    async def renew(self, request: web.Request) -> web.StreamResponse:
        sight = await self._sight(request)
        if sight is None:
            return _unknown()
        try:
            token = await asyncio.to_thread(self.desk.renew, sight)
        except NotYours:
            return _to(f"/s/{request.match_info['token']}")
        return _to(f"/s/{token}")

    async def live(self, request: web.Request) -> web.StreamResponse:
        browser = self._browser(request)
        if self.desk.stage_of(browser) is not None:
            found = pages.live()
            return web.Response(
                text=found.text,
                content_type="text/html",
                headers={"Content-Security-Policy": found.policy},
            )
        sight = await asyncio.to_thread(self.desk.last_of, browser) if browser else None
        if sight is None:
            return _unknown()
        if sight.may_start:
            return page(pages.offer_page(sight, self.house.settings.zone, "/live"))
        return page(pages.over_page(sight, "/live"))

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Start once more; where the time is over, a new link."""
        browser = self._browser(request)
        sight = await asyncio.to_thread(self.desk.last_of, browser) if browser else None
        if sight is None:
            return _unknown()
        try:
            await asyncio.to_thread(self.desk.resume, sight, browser)
        except Busy:
            return _busy()
        except NotYours:
            try:
                return _to(f"/s/{await asyncio.to_thread(self.desk.renew, sight)}")
            except NotYours:
                return page(pages.over_page(sight, "/live"))
        return _to("/live")

    async def socket(self, request: web.Request) -> web.StreamResponse:
        stage = self.desk.stage_of(self._browser(request))
        if stage is None:
            return say(403, "이 브라우저의 로그인이 아닙니다", "받은 링크를 다시 열어 주세요.")
        line = web.WebSocketResponse(max_msg_size=_LARGEST_MESSAGE, heartbeat=20.0, compress=False)
        await line.prepare(request)
        viewer = Viewer()
        stage.join(viewer)
        sending = asyncio.create_task(_send(line, stage, viewer))
        try:
            await _receive(line, stage)
        finally:
            stage.leave(viewer)
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await sending
        return line

    async def _sight(self, request: web.Request) -> Sight | None:
        """Look the link up, unless this address came with too many that never were."""
        address = caller(request)
        if self.wrong.too_many(address):
            raise web.HTTPTooManyRequests
        token, browser = request.match_info["token"], self._browser(request)
        sight = await asyncio.to_thread(self.desk.look, token, browser)
        if sight is None:
            self.wrong.note(address)
        return sight

    def _browser(self, request: web.Request) -> str | None:
        return request.cookies.get(cookie_name(self.address))

    def _give_cookie(self, answer: web.StreamResponse, secret: str) -> None:
        """`Lax`, not `Strict`: a link in a chat has to find a known operator's browser again."""
        answer.set_cookie(
            cookie_name(self.address),
            secret,
            max_age=round(KNOWN.total_seconds()),
            httponly=True,
            secure=self.address.is_public,
            samesite="Lax",
            path="/",
        )


async def _receive(line: web.WebSocketResponse, stage: Stage) -> None:
    async for message in line:
        if message.type is not WSMsgType.TEXT:
            break
        try:
            stage.take(read_input(json.loads(message.data)))
        except (BadInput, json.JSONDecodeError, RecursionError):
            await line.close(code=WSCloseCode.POLICY_VIOLATION)
            break


async def _send(line: web.WebSocketResponse, stage: Stage, viewer: Viewer) -> None:
    """Send words in their order and the newest picture: eight bytes of its time, then the JPEG."""
    while True:
        words, frame = await viewer.next()
        if viewer.replaced:
            await line.close(code=WSCloseCode.GOING_AWAY, message=b"replaced")
            return
        for one in words:
            await line.send_json(one)
        if frame is not None:
            await line.send_bytes(pack(">d", frame.drawn_at) + frame.jpeg)
            await asyncio.sleep(_PICTURE_SECONDS)
        if stage.phase.over and any(Phase(one["phase"]).over for one in words if "phase" in one):
            await line.close(code=WSCloseCode.OK)
            return


def _to(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


def _unknown() -> web.Response:
    return say(404, "없는 링크입니다", "받은 링크를 끝까지 복사했는지 확인해 주세요.")


def _busy() -> web.Response:
    said = "한 번에 한 분만 로그인할 수 있습니다. 링크는 그대로이니 잠시 뒤 다시 눌러 주세요."
    return say(409, "다른 분이 로그인하고 있습니다", said)


@contextmanager
def serve(house: House, desk: SignInDesk) -> Iterator[str]:
    """Serve until the end of the block; give the origin that stands before the links.

    Raises:
        AddressTaken: somebody else listens on the address of DANGA_REMOTE_LISTEN.
        BadInput: it is not of this machine.
    """
    address = house.settings.remote
    listening = _listen(address)
    port = listening.getsockname()[1]
    if address.port == 0 and not address.is_public:
        address = RemoteAddress.of(f"{address.host}:{port}", None)
    door = _Door(desk, house, address, WrongTokens(time.monotonic))
    app = web.Application(middlewares=[guard(address, port)], client_max_size=8 * 1024)
    app.add_routes(door.routes())
    loop = asyncio.new_event_loop()
    stop, ready = asyncio.Event(), threading.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_run(app, listening, stop, ready)),
        name="remote sign-ins",
        daemon=True,
    )
    thread.start()
    ready.wait()
    try:
        yield address.origin
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(2 * _STOP_SECONDS)
        if not thread.is_alive():
            loop.close()


async def _run(
    app: web.Application, listening: socket.socket, stop: asyncio.Event, ready: threading.Event
) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        ready.set()
        await stop.wait()
    finally:
        ready.set()
        await runner.cleanup()


def _listen(address: RemoteAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family)
    except OSError as error:
        kind = AddressTaken if error.errno == errno.EADDRINUSE else BadSetting
        raise kind(
            Fault(
                "DANGA_REMOTE_LISTEN",
                f"cannot listen on {address.host}:{address.port}: {os.strerror(error.errno or 0)}",
                "name another port, or end what listens there",
            )
        ) from None
