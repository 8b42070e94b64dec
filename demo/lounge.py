"""The third site, `/lounge`: cafés (모임) with members and posts, as plain server-rendered pages.

Nothing links to it, and it shares nothing with the two dashboards but the users: it has a form
and a cookie of its own, no script, no JSON, and it shows no date anywhere. Whoever writes a site
class of their own begins with something like this. The café `cafe701` belongs to the first login.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from urllib.parse import quote

from aiohttp import web

from demo.audience import level
from demo.clock import seoul_date
from demo.platform import Platform, of
from demo.sessions import Session, Sessions
from demo.sign_in import password_fits
from demo.truth import Fact
from demo.world import BRANDS, User, World

COOKIE = "lounge_session"
CAFES_EACH = 2
FIRST_CAFE = 701
SESSIONS = web.AppKey("lounge", Sessions)


def routes() -> list[web.RouteDef]:
    """Return the routes of the lounge."""
    return [
        web.get("/lounge", _home),
        web.get("/lounge/login", _form),
        web.post("/lounge/login", _sign_in),
        web.get("/lounge/cafes", _cafes),
        web.get("/lounge/cafes/{id}", _cafe),
    ]


def cafes(world: World) -> dict[str, dict[str, str]]:
    """Return each user's cafés: id -> name."""
    dealt: dict[str, dict[str, str]] = {}
    for number, user in enumerate(world.users):
        places = range(number * CAFES_EACH, (number + 1) * CAFES_EACH)
        dealt[user] = {
            f"cafe{FIRST_CAFE + place}": f"{BRANDS[place % len(BRANDS)]} 모임" for place in places
        }
    return dealt


def figures(world: World, cafe: str, at: datetime) -> dict[str, int]:
    """Return members and posts of a café at `at`."""
    key = f"{world.seed}:{cafe}"
    return {
        "members": level(f"{key}:members", at, range(2_000, 9_000), range(900, 2_400)),
        "posts": level(f"{key}:posts", at, range(10_000, 90_000), range(50, 300)),
    }


def lounge_facts(world: World, users: list[User], at: datetime) -> Iterator[Fact]:
    """Yield what a perfect reader would report; the date is that of Seoul's wall."""
    day = str(seoul_date(at))
    for user in users:
        for cafe, name in cafes(world)[user.name].items():
            for metric, value in figures(world, cafe, at).items():
                yield Fact("lounge", cafe, name, "channel", cafe, name, metric, day, value)


async def _home(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/lounge/cafes")


async def _form(request: web.Request) -> web.StreamResponse:
    failed = '<p class="error">아이디 또는 비밀번호가 맞지 않습니다.</p>'
    return _page(
        "로그인",
        f'{failed if "failed" in request.query else ""}<form id="login" method="post">'
        '<label>아이디 <input name="user_id" autocomplete="username"></label>'
        '<label>비밀번호 <input name="user_pw" type="password"></label>'
        '<button type="submit">로그인</button></form>',
    )


async def _sign_in(request: web.Request) -> web.StreamResponse:
    platform, typed = of(request), await request.post()
    user = str(typed.get("user_id", ""))
    if not password_fits(platform.world, user, str(typed.get("user_pw", ""))):
        platform.stats.logins["failed"] += 1
        raise web.HTTPSeeOther("/lounge/login?failed")
    platform.stats.logins["ok"] += 1
    token, _ = request.app[SESSIONS].begin(user, platform.clock.now(), platform.knobs)
    answer = web.HTTPSeeOther("/lounge/cafes")
    answer.set_cookie(COOKIE, token, path="/lounge", httponly=True, samesite="Lax")
    raise answer


async def _cafes(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    rows = "".join(
        f'<tr><td>{id_}</td><td><a href="/lounge/cafes/{quote(id_)}">{escape(name)}</a></td></tr>'
        for id_, name in cafes(platform.world)[user].items()
    )
    heads = "<thead><tr><th>모임 ID</th><th>모임 이름</th></tr></thead>"
    return _page("내 모임", f'<table id="cafes">{heads}<tbody>{rows}</tbody></table>', user)


async def _cafe(request: web.Request) -> web.StreamResponse:
    platform, user = _signed_in(request)
    name = cafes(platform.world)[user].get(request.match_info["id"])
    if name is None:
        return _page(
            "모임이 없습니다", '<p class="missing">없거나 볼 수 없는 모임입니다.</p>', user
        )
    id_ = request.match_info["id"]
    shown = figures(platform.world, id_, platform.clock.now())
    heads = "<thead><tr><th>멤버</th><th>전체 글</th></tr></thead>"
    row = f"<tr><td>{shown['members']:,}명</td><td>{shown['posts']:,}</td></tr>"
    table = f'<table id="numbers">{heads}<tbody>{row}</tbody></table>'
    return _page(name, f'<p>모임 ID <code id="cafe-id">{id_}</code></p>{table}', user)


def _signed_in(request: web.Request) -> tuple[Platform, str]:
    platform = of(request)
    session: Session | None = request.app[SESSIONS].find(
        request.cookies.get(COOKIE), platform.clock.now(), platform.knobs
    )
    if session is None:
        raise web.HTTPFound("/lounge/login")
    return platform, session.user


def _page(title: str, content: str, user: str | None = None) -> web.Response:
    who = f'<p class="who">{escape(user)}님</p>' if user else ""
    return web.Response(
        text='<!doctype html><html lang="ko"><meta charset="utf-8">'
        f'<title>{escape(title)} - 라운지</title><link rel="icon" href="data:,">'
        f"<header><strong>라운지</strong>{who}</header>"
        f"<main><h1>{escape(title)}</h1>{content}</main></html>",
        content_type="text/html",
        headers={"Cache-Control": "no-store"},
    )
