"""What this machine has to have: a workspace, a browser, disk space, reachable proxies."""

from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from admin.check import Check, NotWell, look
from domain.proxy import Proxy
from workers.proxy_file import load_proxies
from workers.settings import Settings

_GIBIBYTE = 1024**3
_LEAST_FREE = _GIBIBYTE
_ANSWERS_WITHIN = 5.0
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DRAWS_KOREAN = """() => {
    const drawn = (text) => {
        const canvas = document.createElement("canvas");
        const pen = canvas.getContext("2d");
        pen.font = "20px sans-serif";
        pen.fillText(text, 0, 25);
        return canvas.toDataURL();
    };
    return drawn("가") !== drawn("힣");  // without a font both are the same box
}"""


def machine_checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks that need no database."""
    yield look("workspace", lambda: _workspace(settings))
    yield look("browser", lambda: _browser(settings))
    yield look("disk", lambda: _disk(settings.workspace))
    proxies: list[Proxy] = []
    yield look("proxies", lambda: _proxies(settings, proxies))
    for proxy in proxies:
        yield look(f"proxy {proxy.id}", lambda proxy=proxy: _connects(proxy))  # type: ignore[misc]


def _workspace(settings: Settings) -> str:
    folder = settings.folder.require()
    for path in (folder.env, *([] if settings.key else [settings.key_path])):
        if path.exists() and path.stat().st_mode & _OTHERS:
            raise NotWell(f"{path} is open to other users", advice=f"Run `chmod 600 {path}`.")
    return str(folder.root)


def _browser(settings: Settings) -> str:
    """Start the browser that visits use, open an empty page, close it."""
    from playwright.sync_api import Error as PlaywrightError
    from playwright.sync_api import sync_playwright

    from crawler.browser_path import find_browser

    program = find_browser(settings.environment)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program.executable, chromium_sandbox=program.sandbox
            )
            page = browser.new_page()
            page.goto("about:blank")
            korean = bool(page.evaluate(_DRAWS_KOREAN))
            version = browser.version
            browser.close()
    except PlaywrightError as error:
        said = str(error).strip().splitlines()[0]
        raise NotWell(
            f"{program.executable} does not start: {said}",
            advice="Run `make setup`, or name another Chromium in DANGA_BROWSER.",
        ) from error
    told = f"{program.executable} {version}"
    if not program.sandbox:
        told += f", without its sandbox: {program.no_sandbox_because}"
    if not korean:
        told += "; no Korean font: remote sign-ins show boxes (Debian: fonts-noto-cjk)"
    return told


def _disk(folder: Path) -> str:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    told = f"{free / _GIBIBYTE:.1f} GiB free"
    if free < _LEAST_FREE:
        raise NotWell(
            told, advice=f"Free some space at {existing}; a lower DANGA_EVIDENCE_MB helps."
        )
    return told


def _proxies(settings: Settings, found: list[Proxy]) -> str:
    found += load_proxies(settings.folder.proxies, settings.environment)
    return f"{len(found)} in proxies.yaml" if found else "none, which is valid"


def _connects(proxy: Proxy) -> str:
    """Only that something listens: whether it lets us through is seen by the next visit."""
    parts = urlsplit(proxy.server)
    address = (parts.hostname or "", parts.port or 0)
    try:
        socket.create_connection(address, _ANSWERS_WITHIN).close()
    except OSError as error:
        raise NotWell(
            f"{proxy.server} does not answer: {error.strerror or error}",
            advice="Ask its operator, or take it out of proxies.yaml; its logins wait or move.",
        ) from error
    return f"{proxy.server} answers"
