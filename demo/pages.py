"""The documents of both sites: one empty page that the scripts fill, behind the sign-in."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from aiohttp import web

from demo.assets import ASSETS
from demo.platform import of
from demo.sessions import COOKIE, Session
from demo.sign_in import Stage

SITES = ("moment", "channel")
DEVICE = "demo_device"
YEAR_SECONDS = 31_536_000


def routes() -> list[web.RouteDef]:
    """Return the routes of documents and assets."""
    return [
        web.get("/", _home),
        web.get("/favicon.ico", _favicon),
        web.get("/sign-in", _sign_in),
        web.get("/{site:moment|channel}/assets/{name}", _asset),
        web.get("/{site:moment|channel}", _lobby),
        web.get("/{site:moment|channel}/enter", _page),
        web.get("/{site:moment|channel}/{rest:.*}", _page),
    ]


async def _home(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/moment/accounts")


async def _lobby(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(lobby_of(request.match_info["site"]))


def lobby_of(site: str) -> str:
    """Return the path of the page that lists a site's accounts or channels."""
    return "/moment/accounts" if site == "moment" else "/channel/channels"


async def _favicon(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.app[ASSETS].url("moment", "logo.png"))


async def _asset(request: web.Request) -> web.StreamResponse:
    asset = request.app[ASSETS].find(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    return web.Response(
        body=asset.body,
        content_type=asset.content_type,
        headers={"Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable"},
    )


async def _sign_in(request: web.Request) -> web.StreamResponse:
    site = urlsplit(request.query.get("next", "")).path.lstrip("/").split("/")[0]
    answer = _document(request, site if site in SITES else "moment")
    if DEVICE not in request.cookies:
        answer.set_cookie(DEVICE, "korean-browser", max_age=YEAR_SECONDS, samesite="Lax")
    return answer


async def _page(request: web.Request) -> web.StreamResponse:
    platform = of(request)
    session = session_of(request)
    if session is None or platform.guard.stage(session, platform.knobs) is not Stage.OPEN:
        raise web.HTTPFound(f"/sign-in?next={quote(request.path_qs, safe='')}")
    site = request.match_info["site"]
    if _is_deep(request.path, site) and platform.loses_its_way():
        backs = platform.knobs.blank_backs or 1
        raise web.HTTPFound(f"/{site}/enter?to={quote(request.path_qs, safe='')}&backs={backs}")
    answer = _document(request, site)
    if platform.knobs.rotate_cookie:
        grace = platform.knobs.rotation_grace_seconds or 0
        token = platform.sessions.rotate(request.cookies[COOKIE], session, grace)
        give_cookie(answer, token)
    return answer


def _is_deep(path: str, site: str) -> bool:
    return path not in {lobby_of(site), f"/{site}/enter"}


def _document(request: web.Request, site: str) -> web.Response:
    return web.Response(
        text=request.app[ASSETS].document(site),
        content_type="text/html",
        headers={"Cache-Control": "no-store"},
    )


def session_of(request: web.Request) -> Session | None:
    """Return the living session that the request's cookie names."""
    platform = of(request)
    token = request.cookies.get(COOKIE)
    return platform.sessions.find(token, platform.clock.now(), platform.knobs)


def give_cookie(answer: web.StreamResponse, token: str) -> None:
    """Set the session cookie, which ends with the browser."""
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax")
