"""The proxies of `proxies.yaml`, read again when the file or `.env` changed.

Asked before every visit. A file that cannot be used any more leaves those of before in place,
and says so once; a process that never read one has to be told at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import structlog

from domain.errors import BadInput
from domain.proxy import Proxy
from workers.proxy_file import load_proxies
from workers.settings import Settings, read_environment

log = structlog.get_logger(__name__)

_Mark = tuple[tuple[int, int, int] | None, ...]


class KnownProxies:
    """What `proxies.yaml` of a workspace names now."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.folder
        self._environment: Mapping[str, str] = settings.environment
        self._known: tuple[Proxy, ...] | None = None
        self._mark: _Mark = ()

    def now(self) -> tuple[Proxy, ...]:
        """Return them, in the order of the file.

        Raises:
            BadInput: the file is wrong and nothing was ever read.
        """
        files = (self._folder.proxies, self._folder.env)
        mark = tuple(_mark(file) for file in files)
        if self._known is None or mark != self._mark:
            self._mark = mark  # also of a broken file: what is wrong is said once
            self._known = self._read()
        return self._known

    def _read(self) -> tuple[Proxy, ...]:
        if self._known is None:
            return load_proxies(self._folder.proxies, self._environment)
        try:
            self._environment = read_environment(self._folder)
            found = load_proxies(self._folder.proxies, self._environment)
        except BadInput as wrong:
            log.error("proxies.of_before", because=str(wrong), advice=wrong.next_step)
            return self._known
        log.info("proxies.read", proxies=[proxy.id for proxy in found])
        return found


def _mark(file: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; a file that is not there has None."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
