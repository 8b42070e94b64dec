"""Find the Chromium that visits use, and the one that a person can see.

Used by the worker's browser, `danga doctor`, `danga session refresh` and `make setup`; prints
the program's path when run (`python -m crawler.browser_path`). Nothing is installed or started
here. It reads the environment itself, as `make setup` asks before there are any settings.

What is returned is always the program and never the wrapper that Debian puts into /usr/bin:
killing a wrapper leaves the browser alive.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import playwright
import structlog

from crawler.errors import BrowserMissing

log = structlog.get_logger(__name__)

VARIABLE = "DANGA_BROWSER"

_SYSTEM_SHELLS = (Path("/usr/lib/chromium/chromium-headless-shell"),)
_SYSTEM_BROWSERS = (
    Path("/usr/lib/chromium/chromium"),
    Path("/usr/lib/chromium-browser/chromium-browser"),
    Path("/opt/google/chrome/chrome"),
)


@dataclass(frozen=True, slots=True)
class BrowserProgram:
    """A Chromium, for `chromium.launch(executable_path=..., chromium_sandbox=program.sandbox)`.

    Playwright switches the sandbox off unless it is told otherwise, so hand on both.
    """

    executable: Path
    no_sandbox_because: str | None = None
    """Why Chromium's own sandbox cannot be used on this machine; None: it is used."""

    @property
    def sandbox(self) -> bool:
        """Whether the browser's processes are to be locked in."""
        return self.no_sandbox_because is None

    @property
    def is_headless_shell(self) -> bool:
        """Whether it is the small browser without a window (a seventh of the CPU per context)."""
        return "headless" in self.executable.name


def find_browser(environ: Mapping[str, str] = os.environ) -> BrowserProgram:
    """Return the browser for visits: a headless shell before a full browser.

    `DANGA_BROWSER` wins, then Playwright's own download, then the system's.

    Raises:
        BrowserMissing: there is none, or `DANGA_BROWSER` names no program.
    """
    shells = [*_downloaded("chromium-headless-shell", environ), *_SYSTEM_SHELLS]
    full = [*_downloaded("chromium", environ), *_SYSTEM_BROWSERS]
    return _first(_chosen(environ) or (*shells, *full))


def find_visible_browser(environ: Mapping[str, str] = os.environ) -> BrowserProgram:
    """Return a browser that can open a window, for a person to sign in.

    Raises:
        BrowserMissing: only headless shells are there, or none.
    """
    try:
        return _first((*_downloaded("chromium", environ), *_SYSTEM_BROWSERS))
    except BrowserMissing:
        raise BrowserMissing(
            "No Chromium that can open a window was found.",
            advice="Run `.venv/bin/playwright install chromium`, or install the package chromium.",
        ) from None


def _chosen(environ: Mapping[str, str]) -> tuple[Path, ...]:
    named = environ.get(VARIABLE)
    if not named:
        return ()
    if not _is_program(Path(named)):
        raise BrowserMissing(f"{VARIABLE} names {named}, which is not a program.")
    return (Path(named),)


def _first(candidates: tuple[Path, ...]) -> BrowserProgram:
    for path in candidates:
        if _is_program(path):
            return BrowserProgram(path, _why_no_sandbox())
    raise BrowserMissing


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _downloaded(browser: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """The program of Playwright's own download, of the very revision this Playwright wants."""
    package = Path(playwright.__file__).parent / "driver" / "package"
    listed = json.loads((package / "browsers.json").read_text(encoding="utf-8"))["browsers"]
    revision = next(entry["revision"] for entry in listed if entry["name"] == browser)
    folder = _downloads(package, environ) / f"{browser.replace('-', '_')}-{revision}"
    if (folder / "INSTALLATION_COMPLETE").exists():
        for name in ("chrome-headless-shell", "headless_shell", "chrome"):
            yield from sorted(folder.glob(f"chrome-*/{name}"))


def _downloads(package: Path, environ: Mapping[str, str]) -> Path:
    named = environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named == "0":
        return package / ".local-browsers"
    if named:
        return Path(named)
    caches = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
    return Path(caches) / "ms-playwright"


def _why_no_sandbox() -> str | None:
    """Chromium refuses its sandbox to root and where user namespaces are forbidden."""
    because = "running as root" if os.geteuid() == 0 else None
    if because is None and not _may_open_user_namespaces():
        because = "this system forbids user namespaces (a container, or Ubuntu's AppArmor rule)"
    if because:
        log.info("browser.no_sandbox", because=because)
    return because


def _may_open_user_namespaces() -> bool:
    probe = ["unshare", "--user", "--map-root-user", "true"]
    try:
        tried = subprocess.run(probe, capture_output=True, check=False, timeout=10)  # noqa: S603 - fixed words
    except OSError:
        return False
    return tried.returncode == 0


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        sys.stdout.write(f"{find_browser().executable}\n")
    except BrowserMissing as missing:
        sys.exit(f"{missing} {missing.next_step}")
