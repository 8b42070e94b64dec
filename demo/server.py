"""Puts the site together."""

from __future__ import annotations

from aiohttp import web

from demo import api, control, entrance, lounge, pages
from demo.assets import ASSETS, Assets
from demo.gate import DOOR, Door, gate
from demo.platform import PLATFORM, Platform
from demo.sessions import Sessions


def application(platform: Platform) -> web.Application:
    """Return the application of all sites and the control paths."""
    app = web.Application(middlewares=[gate])
    app[PLATFORM] = platform
    app[DOOR] = Door()
    app[ASSETS] = Assets(platform.world.seed)
    app[lounge.SESSIONS] = Sessions()
    for part in (control, api, entrance, lounge, pages):
        app.add_routes(part.routes())
    return app
