"""`danga up` for a workspace, ticking as often as a test wants.

python -m tests.workers.up_runner WORKSPACE TICK_SECONDS PROCESSES
"""

from __future__ import annotations

import sys
from pathlib import Path

from workers.logs import log_to_stderr
from workers.settings import open_settings
from workers.up import run_up


def main(workspace: str, tick_seconds: str, processes: str) -> None:
    """Run until told to stop."""
    settings = open_settings(Path(workspace))
    log_to_stderr(settings.log_level, settings.log_format)
    run_up(settings, int(processes), tick_seconds=float(tick_seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
