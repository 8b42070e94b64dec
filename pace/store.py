"""The one thing a store of request budgets can do: change a site's state, atomically."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from pace.state import State

Answer = TypeVar("Answer")
Decide = Callable[[State, float], tuple[State, Answer]]
"""Gets the state and the store's own time in seconds; pure, as it may be called again when
somebody else was faster. Handing back the very state it got means: nothing changed."""


class Store(Protocol):
    """Shared by every process that may send something to the site."""

    def change(self, site: str, decide: Decide[Answer]) -> Answer:
        """Let `decide` replace the state of `site`, with nobody in between, and give its answer.

        Raises:
            PaceUnavailable: the store did not answer; the change may or may not have happened.
        """
        ...
