"""An account: what a site calls an ad account or a channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class AccountKey:
    """What identifies an account on its site, by the site's own id."""

    site: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.site}/{self.external_id}"


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account that a login can see; `shown_name` is the name as the page writes it."""

    key: AccountKey
    shown_name: str
