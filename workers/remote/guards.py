"""What stands before every page of the server: names, origins, headers, and silence about tokens.

- `Host` has to be the public name or loopback: a foreign name that leads here (DNS rebinding) is
  turned away, and so is a POST or a web socket that another site's page begins.
- Nothing is cached, framed, indexed or sent on as a referrer.
- The access log is off and errors are told by kind and place only: addresses hold tokens.
"""

from __future__ import annotations

import traceback
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from domain.errors import DangaError
from workers.remote import pages
from workers.remote_address import RemoteAddress, is_loopback

log = structlog.get_logger(__name__)

COOKIE = "danga_operator"
_SAFE = frozenset({"GET", "HEAD"})
_HEADERS = {
    "Cache-Control": "no-store",
    # `no-referrer` would also hide the Origin of our own form; this tells other sites nothing.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_ONE_YEAR = "max-age=31536000"


def guard(address: RemoteAddress, port: int) -> Middleware:
    """Return the middleware of a server that listens on `port`."""
    hosts = address.hosts(port)

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await _answer(request, handler, hosts)
        if not answer.prepared:
            answer.headers.update(_HEADERS)
            if address.is_public:
                answer.headers["Strict-Transport-Security"] = _ONE_YEAR
        return answer

    return guarded


async def _answer(
    request: web.Request, handler: Handler, hosts: frozenset[str]
) -> web.StreamResponse:
    if request.host.lower() not in hosts:
        log.warning("remote.foreign_host", host=request.host[:100])
        return say(421, "다른 주소로 온 요청입니다", "받은 링크의 주소 그대로 열어 주세요.")
    if _is_foreign(request):
        log.warning("remote.foreign_origin", origin=request.headers.get("Origin", "")[:100])
        return say(403, "다른 사이트에서 온 요청입니다", "받은 링크를 직접 열어 주세요.")
    try:
        return await handler(request)
    except web.HTTPTooManyRequests:
        return say(429, "너무 많이 시도했습니다", "잠시 뒤 받은 링크를 다시 열어 주세요.")
    except web.HTTPException as answer:
        return say(answer.status, "없는 페이지입니다", "받은 링크를 다시 확인해 주세요.")
    except DangaError as error:
        log.warning("remote.unavailable", because=type(error).__name__)
        return say(503, "지금은 열 수 없습니다", "잠시 뒤 다시 열어 주세요.")
    except Exception as error:  # noqa: BLE001 - the outermost edge: told without what it held
        where = traceback.extract_tb(error.__traceback__)[-1]
        log.error("remote.broke", kind=type(error).__name__, at=f"{where.filename}:{where.lineno}")
        return say(500, "Danga의 오류입니다", "잠시 뒤 다시 열어 주세요.")


def say(status: int, title: str, said: str) -> web.Response:
    """Return a page that says one thing."""
    return page(pages.words_page(title, said), status)


def page(html: str, status: int = 200) -> web.Response:
    """Return a page of words."""
    return web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={"Content-Security-Policy": pages.notice().policy},
    )


def caller(request: web.Request) -> str:
    """Return the address that is counted: a proxy of ours on this machine names it last."""
    peer = request.remote or "?"
    named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return named if named and is_loopback(peer) else peer


def cookie_name(address: RemoteAddress) -> str:
    """Return the name of the cookie: with TLS one that no other host can set."""
    return f"__Host-{COOKIE}" if address.is_public else COOKIE


def _is_foreign(request: web.Request) -> bool:
    """Whether another site's page sends this POST or opens this web socket."""
    wants_socket = request.headers.get("Upgrade", "").lower() == "websocket"
    if request.method in _SAFE and not wants_socket:
        return False
    return urlsplit(request.headers.get("Origin", "")).netloc.lower() != request.host.lower()
