"""Real forward proxies for the tests that claim one: private, on free ports.

HTTP is tinyproxy, SOCKS5 is microsocks, HTTPS is tinyproxy behind a TLS front of ours.

With `address="127.0.0.2"` it speaks to sites from an address of its own, so that a server on
this machine can tell its visitors apart. `stop()` and `start()` play a proxy that dies and comes
back on the same port.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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
        upstream: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(directory)
        self._upstream = upstream
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
        if self._upstream is not None:
            domain, port = self._upstream
            lines.append(f'Upstream http 127.0.0.1:{port} "{domain}"')
        return [*lines, f"BasicAuth {self.username} {self.password}"] if self.username else lines


@contextmanager
def forward_proxy(
    *,
    username: str | None = None,
    password: str = "",
    address: str = "127.0.0.1",
    upstream: tuple[str, int] | None = None,
) -> Iterator[ForwardProxy]:
    """Run a forward proxy of one's own."""
    with tempfile.TemporaryDirectory(prefix="danga-proxy-") as directory:
        proxy = ForwardProxy(
            Path(directory),
            username=username,
            password=password,
            address=address,
            upstream=upstream,
        )
        proxy.start()
        try:
            yield proxy
        finally:
            proxy.kill()


_SOCKS_PASSED = ": connected to "


class SocksProxy(Server):
    """Takes SOCKS5 on 127.0.0.1, with user and password where it has them."""

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

    def command(self) -> list[str]:
        """Serve in the foreground."""
        lines = [program("microsocks", "microsocks"), "-i", "127.0.0.1", "-p", str(self.port)]
        lines += ["-b", self.address]
        return [*lines, "-u", self.username, "-P", self.password] if self.username else lines

    @property
    def server(self) -> str:
        """Its address without the password."""
        return f"socks5://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its address with user name and password, as `proxies.yaml` wants it."""
        who = f"{self.username}:{self.password}@" if self.username else ""
        return f"socks5://{who}127.0.0.1:{self.port}"

    def passed(self) -> int:
        """How many connections it made for somebody."""
        log = self.directory / "server.log"
        return log.read_text(errors="replace").count(_SOCKS_PASSED) if log.exists() else 0


@contextmanager
def socks_proxy(
    *, username: str | None = None, password: str = "", address: str = "127.0.0.1"
) -> Iterator[SocksProxy]:
    """Run a SOCKS5 proxy of one's own."""
    with tempfile.TemporaryDirectory(prefix="danga-socks-") as directory:
        proxy = SocksProxy(Path(directory), username=username, password=password, address=address)
        proxy.start()
        try:
            yield proxy
        finally:
            proxy.kill()


class SlowFront:
    """A port on 127.0.0.1 before another; each connection waits `late_seconds` first."""

    def __init__(self, behind: int, tls: ssl.SSLContext | None = None) -> None:
        self.late_seconds = 0.0
        self._behind = behind
        self._context = tls
        self._ready = threading.Event()
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> None:
        """Return when it listens, on `self.port`."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """End it."""
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._met, "127.0.0.1", 0, ssl=self._context)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.late_seconds)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        for one in (writer, far_writer):
            one.transport.abort()


class TlsFront(SlowFront):
    """The same with TLS, and a certificate that `authority` vouches for."""

    def __init__(self, directory: Path, behind: int) -> None:
        self.authority = directory / "authority.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(directory, self.authority))
        super().__init__(behind, context)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(65536):
        target.write(piece)
        await target.drain()
    target.close()


def _certificate(directory: Path, authority: Path) -> Path:
    """Write a self-signed certificate of 127.0.0.1, and key and certificate in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a proxy of the tests")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both = directory / "both.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + authority.read_bytes()
    )
    return both


@contextmanager
def tls_front(behind: int) -> Iterator[TlsFront]:
    """Run TLS before the plain port `behind`."""
    with tempfile.TemporaryDirectory(prefix="danga-tls-") as directory:
        front = TlsFront(Path(directory), behind)
        front.start()
        try:
            yield front
        finally:
            front.stop()


@contextmanager
def slow_front(behind: int) -> Iterator[SlowFront]:
    """Run a port before `behind` that may be made slow."""
    front = SlowFront(behind)
    front.start()
    try:
        yield front
    finally:
        front.stop()
