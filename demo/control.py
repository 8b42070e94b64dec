"""/_demo/*: the strings behind the stage, for tests and benches. Never counted, never refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from aiohttp import web

from demo.clock import moment
from demo.events import BadEvent, parse_events
from demo.gate import DOOR
from demo.knobs import BadKnob
from demo.lounge import SESSIONS, lounge_facts
from demo.platform import Platform, of
from demo.truth import facts
from demo.world import User


def routes() -> list[web.RouteDef]:
    """Return the control routes."""
    return [
        web.get("/_demo/clock", _clock),
        web.post("/_demo/clock", _set_clock),
        web.get("/_demo/truth", _truth),
        web.get("/_demo/world", _world),
        web.get("/_demo/stats", _stats),
        web.post("/_demo/stats/reset", _reset_stats),
        web.get("/_demo/knobs", _knobs),
        web.post("/_demo/knobs", _turn_knobs),
        web.get("/_demo/events", _events),
        web.post("/_demo/events", _happen),
        web.post("/_demo/sessions/end", _end_sessions),
        web.post("/_demo/reset", _reset),
    ]


async def _clock(request: web.Request) -> web.Response:
    platform = of(request)
    now = platform.clock.now()
    return web.json_response(
        {
            "now": now.isoformat(),
            "frozen": platform.clock.frozen,
            "business_date": str(platform.model.shown_date(now)),
        }
    )


async def _set_clock(request: web.Request) -> web.Response:
    """`{"at": ISO}` freezes it, `{"step_seconds": n}` moves it on, `{"at": null}` lets it run."""
    wanted, clock = await _content(request), of(request).clock
    try:
        if "step_seconds" in wanted:
            clock.step(float(wanted["step_seconds"]))
        elif wanted.get("at"):
            clock.freeze(moment(wanted["at"]))
        else:
            clock.run()
    except (TypeError, ValueError) as wrong:
        raise _bad(wrong) from wrong
    return await _clock(request)


async def _truth(request: web.Request) -> web.Response:
    """`?at=ISO&login=kim&date=YYYY-MM-DD&site=lounge`; all may be left out.

    The lounge is told only to those who name it, and has no past dates.
    """
    platform, query = of(request), request.query
    try:
        at = moment(query["at"]) if query.get("at") else platform.clock.now()
        day = date.fromisoformat(query["date"]) if query.get("date") else None
    except ValueError as wrong:
        raise _bad(wrong) from wrong
    users = _users(platform, query.get("login"))
    if query.get("site") == "lounge":
        told = lounge_facts(platform.world, users, at)
    else:
        told = facts(platform.model, users, at, day, platform.hidden)
    return web.json_response([fact._asdict() for fact in told])


def _users(platform: Platform, login: str | None) -> list[User]:
    users = platform.world.users
    if login and login not in users:
        raise _bad(ValueError(f"login: {login} is none of {', '.join(users)}"))
    return [users[login]] if login else list(users.values())


async def _world(request: web.Request) -> web.Response:
    """Who sees what: every user with password, accounts and channels."""
    users = of(request).world.users.values()
    return web.json_response(
        {user.name: {"password": user.password, **asdict(user)} for user in users}
    )


async def _stats(request: web.Request) -> web.Response:
    platform = of(request)
    return web.json_response(platform.stats.report(len(platform.sessions)))


async def _reset_stats(request: web.Request) -> web.Response:
    of(request).stats.reset()
    return await _stats(request)


async def _knobs(request: web.Request) -> web.Response:
    return web.json_response(of(request).knobs.described())


async def _turn_knobs(request: web.Request) -> web.Response:
    platform: Platform = of(request)
    try:
        knobs = platform.knobs.turned(await _content(request))
    except BadKnob as wrong:
        raise _bad(wrong) from wrong
    if knobs.remembered_period != platform.knobs.remembered_period:
        platform.views.forget()
    platform.turn(knobs)
    return await _knobs(request)


async def _events(request: web.Request) -> web.Response:
    listed = [{"type": type(event).__name__, **asdict(event)} for event in of(request).events]
    return web.json_response(listed, dumps=_dumps)


async def _happen(request: web.Request) -> web.Response:
    """`{"events": [...]}` replaces what was to happen; `"add": true` adds to it."""
    platform, content = of(request), await _content(request)
    try:
        fresh = parse_events(content)
        platform.happen([*platform.events, *fresh] if content.get("add") else fresh)
    except BadEvent as wrong:
        raise _bad(wrong) from wrong
    return await _events(request)


async def _end_sessions(request: web.Request) -> web.Response:
    """End all sessions, or those of `{"login": "kim"}`."""
    wanted = await _content(request) if request.can_read_body else {}
    kept = (of(request).sessions, request.app[SESSIONS])
    return web.json_response({"ended": sum(one.end(wanted.get("login")) for one in kept)})


async def _reset(request: web.Request) -> web.Response:
    request.app[DOOR].forget()
    of(request).reset()
    return await _knobs(request)


async def _content(request: web.Request) -> dict[str, Any]:
    try:
        content = await request.json()
    except ValueError as wrong:
        raise _bad(wrong) from wrong
    if not isinstance(content, dict):
        raise _bad(ValueError("expected a JSON object"))
    return content


def _bad(wrong: Exception) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=f"{wrong}\n")


def _dumps(content: Any) -> str:
    return json.dumps(content, default=str, ensure_ascii=False)
