"""A real forward proxy (tinyproxy) for the tests that claim one: private, on a free port.

With `address="127.0.0.2"` it speaks to sites from an address of its own, so that a server on
this machine can tell its visitors apart. `stop()` and `start()` play a proxy that dies and comes
back on the same port.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Server, program

_ASKED = "Request (file descriptor"
_PASSED = "Established connection to host"


class ForwardProxy(Server):
    """Takes plain requests and CONNECT on 127.0.0.1; asks for the password where it has one."""

    def __init__(
        self,
        directory: Path,
        *,
        username: str | None = None,
        password: str = "",
        address: str = "127.0.0.1",
    ) -> None:
        super().__init__(directory)
        self.username = username
        self.password = password
        self.address = address

        self._configuration = directory / "tinyproxy.conf"
        self._configuration.write_text("\n".join(self._lines()) + "\n")

    def command(self) -> list[str]:
        """Serve in the foreground."""
        return [program("tinyproxy", "tinyproxy"), "-d", "-c", str(self._configuration)]

    @property
    def server(self) -> str:
        """Its address without the password, as `domain.proxy.Proxy.server` wants it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its address with user name and password, as `proxies.yaml` wants it."""
        who = f"{self.username}:{self.password}@" if self.username else ""
        return f"http://{who}127.0.0.1:{self.port}"

    def requests(self) -> int:
        """How many requests it was asked for, those without the right password included."""
        return self._logged(_ASKED)

    def passed(self) -> int:
        """How many requests it made for somebody (a CONNECT tunnel counts once)."""
        return self._logged(_PASSED)

    def _logged(self, words: str) -> int:
        log = self.directory / "server.log"
        return log.read_text(errors="replace").count(words) if log.exists() else 0

    def _lines(self) -> list[str]:
        lines = [
            f"Port {self.port}",
            "Listen 127.0.0.1",
            f"Bind {self.address}",
            "Allow 127.0.0.1",
            "LogLevel Connect",
            "MaxClients 200",
            "Timeout 60",
        ]
        return [*lines, f"BasicAuth {self.username} {self.password}"] if self.username else lines


@contextmanager
def forward_proxy(
    *, username: str | None = None, password: str = "", address: str = "127.0.0.1"
) -> Iterator[ForwardProxy]:
    """Run a forward proxy of one's own."""
    with tempfile.TemporaryDirectory(prefix="danga-proxy-") as directory:
        proxy = ForwardProxy(Path(directory), username=username, password=password, address=address)
        proxy.start()
        try:
            yield proxy
        finally:
            proxy.kill()
