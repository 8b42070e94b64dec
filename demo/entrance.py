"""Signing in and out: JSON from the SPA, or a plain form post."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from demo.pages import give_cookie, session_of
from demo.platform import of
from demo.sessions import COOKIE
from demo.sign_in import SECOND_FACTOR_CODE, Stage, password_fits


def routes() -> list[web.RouteDef]:
    """Return the routes of the sign-in."""
    return [
        web.get("/sign-in/api/state", _state),
        web.post("/sign-in", _sign_in),
        web.post("/sign-in/api/confirm", _confirm),
        web.post("/sign-in/api/agree", _agree),
        web.post("/sign-out", _sign_out),
    ]


async def _state(request: web.Request) -> web.StreamResponse:
    stage = of(request).guard.stage(session_of(request), of(request).knobs)
    return web.json_response({"stage": stage})


async def _sign_in(request: web.Request) -> web.StreamResponse:
    as_json = request.content_type == "application/json"
    fields = await request.json() if as_json else dict(await request.post())
    stage, token = _judge(request, fields)
    target = _local(str(fields.get("next") or request.query.get("next", "")))
    if as_json:
        status = 401 if stage in {Stage.BAD_CREDENTIALS, Stage.CAPTCHA} else 200
        answer = web.json_response({"stage": stage, "next": target}, status=status)
    else:
        opened = stage is Stage.OPEN
        ahead = target if opened else f"/sign-in?next={quote(target, safe='')}&problem={stage}"
        answer = web.Response(status=303, headers={"Location": ahead})
    if token:
        give_cookie(answer, token)
    return answer


def _judge(request: web.Request, fields: Mapping[str, object]) -> tuple[Stage, str | None]:
    """Return what the visitor sees next, and the new session's token where there is one."""
    platform, user = of(request), str(fields.get("username", ""))
    now, knobs, stats = platform.clock.now(), platform.knobs, platform.stats
    if "captcha" in fields:
        platform.guard.solve(user, str(fields["captcha"]))
    if platform.guard.wants_captcha(user, now, knobs):
        stats.captchas += 1
        return Stage.CAPTCHA, None
    if not password_fits(platform.world, user, str(fields.get("password", ""))):
        stats.logins["failed"] += 1
        return Stage.BAD_CREDENTIALS, None
    stats.logins["ok"] += 1
    token, session = platform.sessions.begin(user, now, knobs)
    return platform.guard.stage(session, knobs), token


def _local(target: str) -> str:
    """Return `target` where it is a path of this site: browsers take /\\ for //."""
    elsewhere = target[:1] != "/" or target[1:2] in {"/", "\\"}
    return "/moment/accounts" if elsewhere else target


async def _confirm(request: web.Request) -> web.StreamResponse:
    session = session_of(request)
    code = str((await request.json()).get("code", ""))
    if session is not None and code == SECOND_FACTOR_CODE:
        session.confirmed = True
    return await _state(request)


async def _agree(request: web.Request) -> web.StreamResponse:
    session = session_of(request)
    if session is not None:
        of(request).guard.agree(session.user)
    return await _state(request)


async def _sign_out(request: web.Request) -> web.StreamResponse:
    session = session_of(request)
    if session is not None:
        of(request).sessions.end_session(session)
    answer = web.Response(status=303, headers={"Location": "/sign-in"})
    answer.del_cookie(COOKIE)
    return answer
