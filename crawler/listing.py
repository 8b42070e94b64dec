"""What the pages of one account list together, and whether that is one whole list."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.errors import LayoutChanged
from domain.entity import EntityKey


@dataclass(slots=True)
class Listing:
    """Grows page by page. Pages of one kind are one list, and say how long it is (`of`).

    A list that changed its length between two pages has moved under the reader: what stands on
    its pages is right, but what is missing from them proves nothing.
    """

    found: set[EntityKey] = field(default_factory=set)
    _seen: dict[str, set[EntityKey]] = field(default_factory=dict)
    _lengths: dict[str, set[int | None]] = field(default_factory=dict)

    @property
    def steady(self) -> bool:
        """Whether every list kept its length while it was read."""
        return all(len(lengths) <= 1 for lengths in self._lengths.values())

    def add(self, page_kind: str, found: frozenset[EntityKey], of: int | None) -> None:
        """Take in what a page listed."""
        self.found |= found
        self._seen.setdefault(page_kind, set()).update(found)
        self._lengths.setdefault(page_kind, set()).add(of)

    def require_whole(self, page_kind: str, found: frozenset[EntityKey], of: int | None) -> None:
        """Pass where `found` on the last page of a list completes it, or the list has moved.

        Raises:
            LayoutChanged: the list kept its length, and its pages do not add up to it.
        """
        steady = self._lengths.get(page_kind, set()) <= {of}
        seen = len(self._seen.get(page_kind, set()) | found)
        if of is not None and steady and seen != of:
            raise LayoutChanged(f"the list counts {of}, its pages show {seen}")
