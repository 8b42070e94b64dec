"""What `scripts/setup` decides, on machines made of fake programs. Nothing reaches the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

_BORROWED = (
    *("bash", "env", "cat", "cut", "sha256sum", "dirname", "mkdir", "mktemp", "rm", "tail"),
    *("grep", "sort", "timeout", "flock", "chmod", "touch", "cp"),
)

_FAKE_PYTHON = """\
case "$*" in
  *"version_info[:2] <="*) [ {fits} = yes ] ;;
  *print*) echo {version} ;;
  *ensurepip*) [ -e {has_venv} ] ;;
  "-m venv "*)
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    cp {bin}/venv-playwright "$3/bin/playwright"
    ;;
  "-m pip "*) echo "$*" >>{log}; [ ! -e {pip_fails} ] ;;
  "-m crawler.browser_path") [ -e {browser} ] && cat {browser} ;;
esac
"""


@dataclass
class Machine:
    """A checkout and a PATH of fakes; `log` holds what the script asked of them."""

    home: Path

    def __post_init__(self) -> None:
        (self.home / "bin").mkdir()
        (self.checkout / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts/setup", self.checkout / "scripts/setup")
        for name in ("requirements-dev.txt", "pyproject.toml"):
            (self.checkout / name).write_text("locked")
        for name in _BORROWED:
            (self.home / "bin" / name).symlink_to(shutil.which(name) or f"/bin/{name}")
        self.program("id", "echo 1000")
        self.program("venv-playwright", f'[ "$1" = --version ] && echo 1.65 && exit\n{self.fail}')
        self.program("mariadbd mariadb-install-db redis-server tinyproxy microsocks")
        self.path("has-venv").touch()

    fail = "echo 'Error: getaddrinfo ENOTFOUND'; echo \"playwright $*\" >>$LOG; exit 1"

    @property
    def checkout(self) -> Path:
        return self.home / "checkout"

    @property
    def log(self) -> str:
        return self.path("log").read_text() if self.path("log").exists() else ""

    def path(self, name: str) -> Path:
        return self.home / name

    def program(self, names: str, body: str = "exit 0") -> None:
        for name in names.split():
            path = self.home / "bin" / name
            path.write_text(f"#!/bin/bash\nLOG={self.path('log')}\n{body}\n")
            path.chmod(0o755)

    def python(self, name: str = "python3", *, version: str = "3.12", fits: str = "yes") -> None:
        self.program(
            name,
            _FAKE_PYTHON.format(
                fits=fits,
                version=version,
                has_venv=self.path("has-venv"),
                bin=self.home / "bin",
                log=self.path("log"),
                pip_fails=self.path("pip-fails"),
                browser=self.path("browser"),
            ),
        )

    def apt(self, brings: str = "exit 0") -> None:
        """Let this machine be root's, with an apt-get that does `brings` at each install."""
        self.program("id", "echo 0")
        self.program(
            "apt-get", f'echo "apt-get $*" >>$LOG\nif [ "$1" = install ]; then\n{brings}\nfi'
        )

    def browser(self, body: str = "echo '<html></html>'", *, name: str = "headless-shell") -> None:
        self.program(name, body)
        self.path("browser").write_text(str(self.home / "bin" / name))

    def set_up(self, *parts: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / "scripts/setup"), *parts],
            env={"PATH": str(self.home / "bin"), "HOME": str(self.home), **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with bash and the usual tools, the servers, and no Python."""
    return Machine(tmp_path)


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine on which Python and the environment are set up already."""
    machine.python()
    assert machine.set_up("python").returncode == 0
    machine.path("log").unlink()
    return machine


def test_without_any_python_it_stops_and_names_the_package(machine: Machine) -> None:
    ended = machine.set_up("python")
    assert ended.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13 was found (python3 is absent)" in ended.stderr
    assert "sudo apt-get install python3 python3-venv" in ended.stderr


def test_a_python_that_is_too_old_is_named_with_its_version(machine: Machine) -> None:
    machine.python(version="3.9", fits="no")
    ended = machine.set_up("python")
    assert ended.returncode == 1
    assert "python3 is 3.9" in ended.stderr


def test_a_newer_python3_is_passed_over_for_one_that_fits(machine: Machine) -> None:
    machine.python(version="3.14", fits="no")
    machine.python("python3.13", version="3.13")
    ended = machine.set_up("python")
    assert ended.returncode == 0, ended.stderr
    assert "making .venv with Python 3.13" in ended.stderr


def test_a_python_chosen_by_name_that_does_not_fit_stops_and_keeps_the_environment(
    ready: Machine,
) -> None:
    ended = ready.set_up("python", PYTHON="/nowhere/python")
    assert ended.returncode == 1
    assert "PYTHON=/nowhere/python is not a Python 3.11, 3.12 or 3.13" in ended.stderr
    assert (ready.checkout / ".venv/bin/python").exists()


def test_another_chosen_python_makes_the_environment_anew(ready: Machine) -> None:
    ready.python("python3.13", version="3.13")
    ended = ready.set_up("python", PYTHON="python3.13")
    assert ended.returncode == 0, ended.stderr
    assert "making .venv with Python 3.13" in ended.stderr


def test_a_missing_venv_module_without_rights_stops_and_names_the_package(machine: Machine) -> None:
    machine.python()
    machine.path("has-venv").unlink()
    ended = machine.set_up("python")
    assert ended.returncode == 1
    assert "sudo apt-get install python3.12-venv" in ended.stderr
    assert not (machine.checkout / ".venv").exists()


def test_root_gets_the_missing_venv_module_by_apt(machine: Machine) -> None:
    machine.python()
    machine.path("has-venv").unlink()
    machine.apt(brings=f"touch {machine.path('has-venv')}")
    ended = machine.set_up("python")
    assert ended.returncode == 0, ended.stderr
    assert "install -y --no-install-recommends python3.12-venv" in machine.log


def test_dependencies_are_installed_by_hash_and_the_project_without_any(machine: Machine) -> None:
    machine.python()
    assert machine.set_up("python").returncode == 0
    locked, project = machine.log.splitlines()
    assert "--require-hashes -r" in locked
    assert locked.endswith("requirements-dev.txt")
    assert "--no-deps --no-build-isolation -e" in project


def test_a_second_run_does_nothing_and_says_nothing(ready: Machine) -> None:
    ready.browser()
    ready.set_up("python", "browser", "servers")
    ended = ready.set_up("python", "browser", "servers")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert ready.log == ""


def test_a_changed_lock_file_is_installed_again_into_the_same_environment(ready: Machine) -> None:
    (ready.checkout / "requirements-dev.txt").write_text("locked otherwise")
    ended = ready.set_up("python")
    assert ended.returncode == 0
    assert "--require-hashes" in ready.log
    assert "making .venv" not in ended.stderr


def test_a_failed_installation_is_not_remembered_as_done(machine: Machine) -> None:
    machine.python()
    machine.path("pip-fails").touch()
    ended = machine.set_up("python")
    assert ended.returncode == 1
    assert "pip could not install the locked dependencies" in ended.stderr
    machine.path("pip-fails").unlink()
    assert machine.set_up("python").returncode == 0
    assert machine.log.count("--require-hashes") == 2


def test_a_driver_without_its_library_is_mended_by_apt_or_named(ready: Machine) -> None:
    ready.browser()
    driver = ready.checkout / ".venv/bin/playwright"
    driver.write_text(f"#!/bin/bash\n[ -e {ready.path('libatomic')} ]\n")
    ended = ready.set_up("browser")
    assert ended.returncode == 1
    assert "sudo apt-get install libatomic1" in ended.stderr
    ready.apt(brings=f"touch {ready.path('libatomic')}")
    assert ready.set_up("browser").returncode == 0


def test_a_headless_shell_that_is_there_is_taken_without_a_download(ready: Machine) -> None:
    ready.browser()
    ended = ready.set_up("browser")
    assert (ended.returncode, ended.stderr, ready.log) == (0, "", "")


def test_a_failed_download_falls_through_to_apt_and_is_not_tried_again(ready: Machine) -> None:
    ready.program("headless-shell", "echo '<html></html>'")
    shell = ready.home / "bin/headless-shell"
    ready.apt(brings=f"echo {shell} >{ready.path('browser')}")
    ended = ready.set_up("browser")
    assert ended.returncode == 0, ended.stderr
    assert "not downloaded: Error: getaddrinfo ENOTFOUND" in ended.stderr
    assert "playwright install chromium-headless-shell" in ready.log
    assert "install -y --no-install-recommends chromium-headless-shell" in ready.log
    ready.path("browser").unlink()
    ready.set_up("browser")
    assert ready.log.count("playwright install") == 1


def test_without_download_and_rights_it_stops_and_names_the_packages(ready: Machine) -> None:
    ended = ready.set_up("browser")
    assert ended.returncode == 1
    assert "sudo apt-get install chromium-headless-shell" in ended.stderr
    assert "DANGA_BROWSER=/path/to/chromium" in ended.stderr


def test_a_full_browser_serves_where_no_shell_can_be_had(ready: Machine) -> None:
    ready.browser(name="chrome")
    ended = ready.set_up("browser")
    assert ended.returncode == 0, ended.stderr
    assert "playwright install chromium-headless-shell" in ready.log


def test_a_download_that_hangs_is_given_up(ready: Machine) -> None:
    playwright = ready.checkout / ".venv/bin/playwright"
    playwright.write_text("#!/bin/bash\n[ $1 = --version ] && echo 1.65 && exit\nread <> <(:)\n")
    playwright.chmod(0o755)
    ready.browser(name="chrome")
    ended = ready.set_up("browser", DANGA_DOWNLOAD_SECONDS="0.2")
    assert ended.returncode == 0, ended.stderr
    assert "not downloaded: it took too long" in ended.stderr


def test_a_browser_that_does_not_start_is_found_out_at_once(ready: Machine) -> None:
    ready.browser("echo 'libnss3.so: cannot open shared object file' >&2; exit 127")
    ended = ready.set_up("browser")
    assert ended.returncode == 1
    assert "does not start: libnss3.so: cannot open shared object file" in ended.stderr
    assert "playwright install-deps chromium-headless-shell" in ended.stderr


def test_missing_servers_without_rights_are_named_together(ready: Machine) -> None:
    for name in ("redis-server", "mariadb-install-db"):
        (ready.home / "bin" / name).unlink()
    ended = ready.set_up("servers", DANGA_SYSTEM_PATH="")
    assert ended.returncode == 1
    assert "sudo apt-get install mariadb-server redis-server" in ended.stderr


def test_root_gets_missing_servers_by_apt_with_fresh_lists_where_the_first_try_fails(
    ready: Machine,
) -> None:
    (ready.home / "bin/redis-server").unlink()
    brings = f'[ -e {ready.path("tried")} ] && cp "$0" {ready.home}/bin/redis-server && exit\n'
    ready.apt(brings=f"{brings}touch {ready.path('tried')}; exit 100")
    ended = ready.set_up("servers")
    assert ended.returncode == 0, ended.stderr
    assert [line.split()[1] for line in ready.log.splitlines()] == ["install", "update", "install"]


def test_apt_is_left_alone_where_a_person_says_so(ready: Machine) -> None:
    (ready.home / "bin/redis-server").unlink()
    ready.apt()
    ended = ready.set_up("servers", DANGA_APT="no")
    assert ended.returncode == 1
    assert ready.log == ""


def test_sudo_that_would_ask_for_a_password_counts_as_no_rights(ready: Machine) -> None:
    (ready.home / "bin/redis-server").unlink()
    ready.program("apt-get", 'echo "apt-get $*" >>$LOG')
    ready.program("sudo", "exit 1")
    assert ready.set_up("servers").returncode == 1
    assert ready.log == ""


def test_make_help_lists_every_target_with_its_meaning() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = {line.split()[1] for line in listed.stdout.splitlines()}
    assert {"setup", "demo", "test", "check", "lock", "bench-main", "image", "clean"} <= targets


def test_continuous_integration_runs_the_whole_of_make_test() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("exec make test </dev/null")


def test_this_very_interpreter_is_one_the_set_up_accepts() -> None:
    assert (3, 11) <= sys.version_info[:2] <= (3, 13)
