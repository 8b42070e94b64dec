"""A forward proxy, named by an id of our own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Proxy:
    """`server` is `http://host:port`, `https://...` or `socks5://...`.

    The password never shows itself. `exclusive`: one login has it for itself. `provider` says
    whose it is, so that an outage of theirs is one cause.
    """

    id: str
    server: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    labels: frozenset[str] = frozenset()
    exclusive: bool = False
    provider: str | None = None

    def leads_as(self, other: Proxy) -> bool:
        """Whether traffic goes the same way through both: same address, same user."""
        mine = (self.id, self.server, self.username, self.password)
        return mine == (other.id, other.server, other.username, other.password)
