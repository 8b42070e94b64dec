"""Which browser program is found, on machines made of empty files."""

from __future__ import annotations

import json
from pathlib import Path

import playwright
import pytest

from crawler import browser_path
from crawler.browser_path import find_browser, find_visible_browser
from crawler.errors import BrowserMissing


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose /usr/lib is a folder of ours, without any browser."""
    monkeypatch.setattr(browser_path, "_SYSTEM_SHELLS", (tmp_path / "chromium-headless-shell",))
    monkeypatch.setattr(browser_path, "_SYSTEM_BROWSERS", (tmp_path / "chromium",))
    return tmp_path


def test_the_variable_wins_over_everything_installed(system: Path) -> None:
    _program(system / "chromium-headless-shell")
    mine = _program(system / "mine")
    assert find_browser({"DANGA_BROWSER": str(mine)}).executable == mine


def test_a_variable_that_names_no_program_is_an_error_and_never_replaced(system: Path) -> None:
    _program(system / "chromium-headless-shell")
    with pytest.raises(BrowserMissing, match="DANGA_BROWSER names /nowhere/chrome"):
        find_browser({"DANGA_BROWSER": "/nowhere/chrome"})


def test_playwrights_download_wins_over_the_systems(system: Path) -> None:
    _program(system / "chromium-headless-shell")
    shell = _downloaded(system, "chromium-headless-shell", "chrome-headless-shell")
    found = find_browser({"PLAYWRIGHT_BROWSERS_PATH": str(system)})
    assert found.executable == shell
    assert found.is_headless_shell


def test_a_shell_of_the_system_wins_over_a_full_download(system: Path) -> None:
    shell = _program(system / "chromium-headless-shell")
    _downloaded(system, "chromium", "chrome")
    assert find_browser({"PLAYWRIGHT_BROWSERS_PATH": str(system)}).executable == shell


def test_a_download_that_was_cut_off_does_not_count(system: Path) -> None:
    shell = _downloaded(system, "chromium-headless-shell", "chrome-headless-shell")
    (shell.parents[1] / "INSTALLATION_COMPLETE").unlink()
    with pytest.raises(BrowserMissing):
        find_browser({"PLAYWRIGHT_BROWSERS_PATH": str(system)})


def test_a_download_of_another_playwright_does_not_count(system: Path) -> None:
    shell = _downloaded(system, "chromium-headless-shell", "chrome-headless-shell")
    shell.parents[1].rename(system / "chromium_headless_shell-1")
    with pytest.raises(BrowserMissing):
        find_browser({"PLAYWRIGHT_BROWSERS_PATH": str(system)})


def test_downloads_are_looked_for_in_the_home_folder_by_default(system: Path) -> None:
    cache = system / ".cache/ms-playwright"
    shell = _downloaded(cache, "chromium-headless-shell", "chrome-headless-shell")
    assert find_browser({"HOME": str(system)}).executable == shell


def test_a_missing_browser_names_the_package_and_the_command(system: Path) -> None:
    with pytest.raises(BrowserMissing) as missing:
        find_browser({"HOME": str(system)})
    assert "make setup" in missing.value.next_step
    assert "chromium-headless-shell" in missing.value.next_step


def test_a_person_is_never_given_a_browser_without_a_window(system: Path) -> None:
    _program(system / "chromium-headless-shell")
    with pytest.raises(BrowserMissing, match="can open a window"):
        find_visible_browser({"HOME": str(system)})
    window = _program(system / "chromium")
    assert find_visible_browser({"HOME": str(system)}).executable == window


@pytest.mark.parametrize(
    ("user", "namespaces", "because"),
    [(0, True, "root"), (1000, False, "forbids user namespaces"), (1000, True, None)],
)
def test_the_sandbox_is_given_up_only_where_the_system_forbids_it(
    system: Path,
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    namespaces: object,
    because: str | None,
) -> None:
    _program(system / "chromium-headless-shell")
    monkeypatch.setattr("os.geteuid", lambda: user)
    monkeypatch.setattr(browser_path, "_may_open_user_namespaces", lambda: namespaces)
    found = find_browser({"HOME": str(system)})
    assert found.sandbox is (because is None)
    assert (because or "") in (found.no_sandbox_because or "")


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def _downloaded(downloads: Path, browser: str, program: str) -> Path:
    package = Path(playwright.__file__).parent / "driver/package/browsers.json"
    listed = json.loads(package.read_text(encoding="utf-8"))["browsers"]
    revision = next(entry["revision"] for entry in listed if entry["name"] == browser)
    folder = downloads / f"{browser.replace('-', '_')}-{revision}"
    path = _program(folder / "chrome-linux64" / program)
    (folder / "INSTALLATION_COMPLETE").touch()
    return path
