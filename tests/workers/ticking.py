"""One scheduler process of the concurrency test: tick some times for a workspace, then end.

python -m tests.workers.ticking WORKSPACE TIMES
"""

from __future__ import annotations

import sys
from pathlib import Path

from workers.house import House
from workers.settings import open_settings
from workers.tick import tick


def main(workspace: str, times: str) -> None:
    """Wait for a line on stdin, so that all begin at once, then tick."""
    with House.open(open_settings(Path(workspace))) as house:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(times)):
            tick(house)


if __name__ == "__main__":
    main(*sys.argv[1:])
