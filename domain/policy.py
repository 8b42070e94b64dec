"""The policy of a site: what all machines must agree on about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from domain.metric import Metric
from domain.request_budget import RequestBudget

IMPORT = "import"
"""The class of a site whose numbers people bring (`danga reading import`); nobody visits it."""


class OnRefusal(StrEnum):
    """What follows when a site refuses an address."""

    ROTATE = "rotate"
    """Rest the proxy; its logins move to at most one other a day."""
    PAUSE = "pause"
    """Stop visiting the site until a person says go on."""


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """`site_class` is `module:Class` or `path/to/file.py:Class`, relative to the workspace."""

    site_class: str
    base_url: str
    budget: RequestBudget = field(default_factory=RequestBudget)
    on_refusal: OnRefusal = OnRefusal.ROTATE
    slot_minutes: int = 20
    midnight_guard_seconds: int = 300
    """Where a page shows no date, nothing is stored so close to the site's midnight."""
    changed_layout_slots: int = 3
    """An account whose pages changed their layout is looked at once in so many slots."""
    sign_ins_per_day: int = 6
    """So often a program signs one login in on a business day."""
    probe_at: time | None = None
    """Local time of the site at which each session is probed daily; None: visits prove them."""
    metrics: tuple[Metric, ...] = ()
    """Of an import; every other class declares its own."""

    @property
    def is_import(self) -> bool:
        """Whether people bring the site's numbers."""
        return self.site_class == IMPORT
