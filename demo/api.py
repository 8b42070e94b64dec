"""The JSON behind the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from aiohttp import web

from demo.faults import RENAMED_VERSION, distort, page_faults, shown_instead
from demo.model import Level
from demo.pages import session_of
from demo.platform import Platform, of
from demo.sessions import Session
from demo.sign_in import Stage
from demo.views import Period, Preset, named_period, preset_period, table
from demo.world import User

LEVELS = {
    "creatives": Level.CREATIVE,
    "adgroups": Level.AD_GROUP,
    "campaigns": Level.CAMPAIGN,
}
CACHED = {"Cache-Control": "private, max-age=3600"}
FRESH = {"Cache-Control": "no-store"}
MENUS: dict[str, list[dict[str, str]]] = {
    "moment": [
        {"icon": "icon-account.png", "label": "광고계정", "href": "/moment/accounts"},
        {"icon": "icon-channel.png", "label": "채널 관리", "href": "/channel/channels"},
    ],
    "channel": [
        {"icon": "icon-channel.png", "label": "채널 관리", "href": "/channel/channels"},
        {"icon": "icon-account.png", "label": "광고계정", "href": "/moment/accounts"},
    ],
}
NOTICES = ["3월 정기 점검 안내", "메시지 광고 정책 변경 안내", "소재 심사 기준이 바뀝니다"]


def routes() -> list[web.RouteDef]:
    """Return the routes of both sites' JSON."""
    return [
        web.get("/{site:moment|channel}/api/session", _session),
        web.get("/{site:moment|channel}/api/menu", _menu),
        web.get("/{site:moment|channel}/api/notices", _notices),
        web.get("/moment/api/accounts", _accounts),
        web.get("/moment/api/accounts/{id}", _account),
        web.post("/moment/api/accounts/{id}/period", _choose_period),
        web.get("/moment/api/accounts/{id}/{level:creatives|adgroups|campaigns}", _table),
        web.get("/channel/api/channels", _channels),
        web.get("/channel/api/channels/{id}", _channel),
    ]


async def _session(request: web.Request) -> web.StreamResponse:
    _, user = _signed_in(request)
    faults = page_faults(of(request).knobs)
    return web.json_response({"user": user.name, "faults": faults}, headers=FRESH)


async def _menu(request: web.Request) -> web.StreamResponse:
    _signed_in(request)
    return web.json_response({"items": MENUS[request.match_info["site"]]}, headers=CACHED)


async def _notices(request: web.Request) -> web.StreamResponse:
    _signed_in(request)
    return web.json_response({"notices": NOTICES}, headers=CACHED)


async def _accounts(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    listed = [
        {"id": id_, "name": platform.world.account_names[id_]}
        for id_ in user.accounts
        if id_ not in platform.hidden
    ]
    return _answer(platform, {"accounts": listed})


async def _account(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    shown = _shown_account(platform, _own(platform, request, user.accounts))
    name = platform.world.account_names[shown]
    return _answer(platform, {"account": {"id": shown, "name": name}, "currency": "KRW"})


async def _table(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    asked = _own(platform, request, user.accounts)
    shown, level = _shown_account(platform, asked), LEVELS[request.match_info["level"]]
    at = platform.clock.now()
    period = _period(platform, request, user, asked)
    page = table(platform.model, shown, level, period, at, _page_number(request))
    account = {"id": shown, "name": platform.world.account_names[shown]}
    head = {"account": account, "period": period.as_json(), "unit": "원"}
    return _answer(platform, head | page.as_json())


async def _choose_period(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    account = _own(platform, request, user.accounts)
    try:
        preset = Preset((await request.json())["period"])
    except (KeyError, ValueError) as wrong:
        raise web.HTTPBadRequest(text=f"period: {wrong}") from wrong
    platform.views.choose(user.name, account, preset)
    return _answer(platform, {"chosen": preset})


async def _channels(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    listed = [
        {"id": id_, "name": platform.world.channel_names[id_]}
        for id_ in user.channels
        if id_ not in platform.hidden
    ]
    return _answer(platform, {"channels": listed})


async def _channel(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    asked = _own(platform, request, user.channels)
    shown = shown_instead(asked, list(platform.world.channel_names), platform.knobs)
    at, model = platform.clock.now(), platform.model
    day = _asked_date(request) or model.shown_date(at)
    people = model.audience(shown, day, at)
    return _answer(
        platform,
        {
            "channel": {"id": shown, "name": platform.world.channel_names[shown]},
            "period": named_period(day, model.shown_date(at)).as_json(),
            "friends": people.friends,
            "subscribers": people.subscribers,
        },
    )


def _answer(platform: Platform, content: dict[str, Any]) -> web.Response:
    headers = dict(FRESH)
    if platform.knobs.rename_json:
        headers["X-Api-Version"] = RENAMED_VERSION
    return web.json_response(distort(content, platform.knobs), headers=headers)


def _signed_in(request: web.Request) -> tuple[Platform, User]:
    platform = of(request)
    session: Session | None = session_of(request)
    stage = platform.guard.stage(session, platform.knobs)
    if session is None:
        raise _problem("signed_out", 401)
    if stage is not Stage.OPEN:
        raise _problem(stage, 403)
    return platform, platform.world.users[session.user]


def _own(platform: Platform, request: web.Request, visible: tuple[str, ...]) -> str:
    asked = request.match_info["id"]
    if asked in platform.hidden:
        status = int(platform.knobs.withdrawn_status)
        raise _problem("forbidden" if status == 403 else "not_found", status)
    if asked not in visible:
        raise _problem("not_found", 404)
    return asked


def _problem(error: str, status: int) -> web.HTTPException:
    kinds = {401: web.HTTPUnauthorized, 403: web.HTTPForbidden, 404: web.HTTPNotFound}
    return kinds[status](text=f'{{"error": "{error}"}}', content_type="application/json")


def _shown_account(platform: Platform, asked: str) -> str:
    return shown_instead(asked, list(platform.world.account_names), platform.knobs)


def _period(platform: Platform, request: web.Request, user: User, account: str) -> Period:
    today = platform.model.shown_date(platform.clock.now())
    day = _asked_date(request)
    if day is not None:
        return named_period(min(day, today), today)
    preset = platform.views.remembered(user.name, account, platform.knobs.remembered_period)
    return preset_period(preset, today)


def _asked_date(request: web.Request) -> date | None:
    text = request.query.get("date")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise web.HTTPBadRequest(text=f"date: {wrong}") from wrong


def _page_number(request: web.Request) -> int:
    text = request.query.get("page", "1")
    return int(text) if text.isdigit() else 1
