"""A forward proxy, named by an id of our own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Proxy:
    """`server` is `http://host:port`; the password never shows itself."""

    id: str
    server: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    labels: frozenset[str] = frozenset()
