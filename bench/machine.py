"""The machine and the programs that a bench ran on; nothing that names or places the machine."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from crawler.browser_path import find_browser
from tests.servers import program

_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def facts() -> dict[str, object]:
    """Return cores, memory, versions and the time."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "chromium": _told([str(find_browser().executable), "--version"]),
        "playwright": version("playwright"),
        "celery": version("celery"),
        "sqlite": sqlite3.sqlite_version,
        "mariadb": _told([program("mariadbd", "mariadb-server"), "--version"]),
        "redis": _told([program("redis-server", "redis-server"), "--version"]),
    }


def _told(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = _NUMBER.search(said)
    return found.group() if found else said.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
