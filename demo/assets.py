"""The immutable files of the SPA: named after their content, so that a browser keeps them.

Scripts and styles are the readable files of `static/`; pictures and the bundles that stand for
a real dashboard's libraries are made at start. Together with the documents and JSON a cold page
comes to about 40 requests and 1 MB.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

from aiohttp import web

from demo.drawing import Colour, png
from demo.font import icon_font

STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png", ".ttf": "font/ttf"}
TITLES = {"moment": "모먼트 광고관리", "channel": "채널 관리"}
BUNDLES = 6
BUNDLE_BYTES = 110_000
FONT_BYTES = 120_000
PICTURES: dict[str, tuple[int, int, Colour, Colour]] = {
    "logo.png": (96, 96, (255, 214, 0), (250, 180, 0)),
    "banner.png": (520, 80, (38, 70, 140), (70, 130, 200)),
    "avatar.png": (96, 96, (150, 190, 230), (90, 140, 200)),
    "icon-account.png": (80, 80, (60, 110, 220), (40, 80, 180)),
    "icon-channel.png": (80, 80, (40, 170, 140), (20, 130, 110)),
    "icon-notice.png": (80, 80, (240, 140, 70), (220, 110, 50)),
    "icon-help.png": (80, 80, (150, 110, 220), (120, 80, 190)),
    "icon-calendar.png": (80, 80, (230, 90, 110), (200, 60, 90)),
    "icon-table.png": (80, 80, (90, 110, 140), (60, 80, 110)),
    "footer.png": (240, 40, (225, 230, 238), (205, 212, 224)),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; `name` holds a hash of its content."""

    name: str
    body: bytes
    content_type: str


class Assets:
    """All files of both sites, made once from the seed."""

    def __init__(self, seed: int) -> None:
        self._by_plain: dict[str, Asset] = {}
        for name, body in _made(seed).items():
            self._keep(name, body)
        for path in sorted(STATIC.glob("*.js")):
            self._keep(path.name, path.read_bytes())
        for path in sorted(STATIC.glob("*.css")):
            self._keep(path.name, self._linked(path.read_text(encoding="utf-8")))
        self._by_name = {asset.name: asset for asset in self._by_plain.values()}

    def find(self, name: str) -> Asset | None:
        """Return the file with this hashed name."""
        return self._by_name.get(name)

    def url(self, site: str, plain: str) -> str:
        """Return the path of the file whose plain name is given."""
        return f"/{site}/assets/{self._by_plain[plain].name}"

    def document(self, site: str) -> str:
        """Return the one HTML document of `site`, which names every file it needs."""
        scripts = [name for name in self._by_plain if name.endswith(".js")]
        styles = [name for name in self._by_plain if name.endswith(".css")]
        pictures = [name for name in self._by_plain if name.endswith(".png")]
        imports = {f"/{site}/assets/{name}": self.url(site, name) for name in scripts}
        filled = {
            "site": site,
            "title": TITLES[site],
            "icon": self.url(site, "logo.png"),
            "imports": json.dumps({"imports": imports}),
            "pictures": json.dumps({name: self.url(site, name) for name in pictures}),
            "styles": _links("stylesheet", [self.url(site, name) for name in styles]),
            "preloads": _links("modulepreload", list(imports.values())),
            "main": self.url(site, "main.js"),
        }
        html = (STATIC / "index.html").read_text(encoding="utf-8")
        return re.sub(r"\{\{(\w+)\}\}", lambda match: filled[match[1]], html)

    def _keep(self, name: str, body: bytes) -> None:
        digest = hashlib.sha256(body).hexdigest()[:10]
        plain = Path(name)
        self._by_plain[name] = Asset(
            f"{plain.stem}.{digest}{plain.suffix}", body, TYPES[plain.suffix]
        )

    def _linked(self, css: str) -> bytes:
        """Let `url(name)` in a style sheet name the hashed file beside it."""
        return re.sub(
            r"url\(([\w.-]+)\)", lambda match: f"url({self._by_plain[match[1]].name})", css
        ).encode()


def _links(rel: str, urls: list[str]) -> str:
    return "\n".join(f'<link rel="{rel}" href="{url}">' for url in urls)


def _made(seed: int) -> dict[str, bytes]:
    pictures = {name: png(*size, f"{seed}:{name}") for name, size in PICTURES.items()}
    bundles = {f"bundle-{n}.js": _bundle(seed, n) for n in range(1, BUNDLES + 1)}
    fonts = {"icons.ttf": icon_font(f"{seed}:font", FONT_BYTES)}
    return pictures | bundles | fonts


def _bundle(seed: int, number: int) -> bytes:
    data = Random(f"{seed}:bundle:{number}").randbytes(BUNDLE_BYTES // 2).hex()
    return f'// Weighs what a library of a real one weighs.\nexport default "{data}";\n'.encode()


ASSETS = web.AppKey("assets", Assets)
