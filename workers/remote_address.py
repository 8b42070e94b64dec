"""Where remote sign-ins are served, and the address by which people reach them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """Host and port to listen on; `origin` is what stands before the path of every link."""

    host: str
    port: int
    origin: str

    @classmethod
    def of(cls, listen: str, public_url: str | None) -> Self:
        """Read both settings.

        Raises:
            ValueError: saying what is wrong with `listen`.
        """
        host, port = require_address(listen)
        return cls(host, port, public_url or f"http://{_in_url(host)}:{port}")

    @property
    def is_public(self) -> bool:
        """Whether people reach it from elsewhere, by TLS."""
        return self.origin.startswith("https://")

    def hosts(self, port: int) -> frozenset[str]:
        """Return what a request's Host may say: the public one, and loopback with its port.

        A name of somebody else's that leads here (DNS rebinding) is none of them.
        """
        own = {f"{name}:{port}" for name in _LOOPBACK_NAMES} if is_loopback(self.host) else set()
        return frozenset({urlsplit(self.origin).netloc.lower(), *own})


def require_address(text: str) -> tuple[str, int]:
    """Return host and port of `host:port`.

    Raises:
        ValueError: it is none.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise ValueError("is no address, such as 127.0.0.1:8725")
    return host, int(port)


def require_origin(url: str) -> str:
    """Return `https://host` without a slash at its end; http is for this machine only.

    Raises:
        ValueError: it is none, holds a path or a password, or would send sessions in the clear.
    """
    try:
        parts = urlsplit(url)
        plain = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        plain = False
    if not plain or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("is no address without a path, such as https://danga.example.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("has to begin with https://: what people type goes through it")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_loopback(host: str | None) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
