"""When each login starts within its slot: together where a watch joins them, else spread.

Pure. Logins whose numbers are divided by one another must be read within 120 s, so they start
together; groups are spread evenly, so that a slot's begin is no wave of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

SPREAD = 0.5
"""Starts are spread over this part of a slot; the rest is for visits that wait."""


def start_offsets(
    logins: Sequence[str], joined: Iterable[frozenset[str]], spread_seconds: float
) -> Mapping[str, float]:
    """Return seconds after the slot's begin, per login.

    `joined` are the logins of each watch. The same logins get the same offsets in every slot,
    so that the gap between two readings of a login stays a slot long.

    >>> start_offsets(["kim", "lee", "park"], [frozenset({"kim", "park"})], 600)
    {'kim': 0.0, 'park': 0.0, 'lee': 300.0}
    """
    groups = _groups(logins, joined)
    gap = spread_seconds / len(groups) if groups else 0.0
    return {login: place * gap for place, group in enumerate(groups) for login in group}


def _groups(logins: Sequence[str], joined: Iterable[frozenset[str]]) -> list[list[str]]:
    """Merge what any watch joins; in the order of the names, so that it is always the same."""
    group_of = {login: {login} for login in logins}
    for watch in joined:
        merged: set[str] = set().union(*(group_of[login] for login in watch if login in group_of))
        for login in merged:
            group_of[login] = merged
    return [list(group) for group in sorted({tuple(sorted(one)) for one in group_of.values()})]
