"""An entity: a thing of an account that has numbers (campaign, ad group, creative, channel)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntityKind(StrEnum):
    """The levels at which platforms show numbers."""

    CAMPAIGN = "campaign"
    AD_GROUP = "ad_group"
    CREATIVE = "creative"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True, order=True)
class EntityKey:
    """What identifies an entity on its site, by the site's own ids."""

    site: str
    account: str
    kind: EntityKind
    external_id: str

    def __str__(self) -> str:
        return f"{self.site}/{self.account}/{self.kind}/{self.external_id}"


@dataclass(frozen=True, slots=True)
class FoundEntity:
    """An entity that a page showed, whether or not it is followed."""

    key: EntityKey
    name: str
    running: bool = True
    parent: str | None = None
    """External id of the ad group or campaign it stands in, where the page says so."""
