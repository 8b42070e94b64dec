"""Merge groups that share a member: whoever is joined by anything, also through others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

Member = TypeVar("Member", bound=Hashable)


def merged(joined: Iterable[Iterable[Member]]) -> tuple[frozenset[Member], ...]:
    """Return the groups, each member in exactly one.

    >>> [sorted(one) for one in merged([{"a", "b"}, {"c"}, {"b", "d"}])]
    [['a', 'b', 'd'], ['c']]
    """
    group_of: dict[Member, list[Member]] = {}
    for members in joined:
        groups = {id(group): group for one in members if (group := group_of.setdefault(one, [one]))}
        whole, *others = sorted(groups.values(), key=len, reverse=True) or [[]]
        for other in others:  # the smaller into the larger: a group of thousands is moved rarely
            whole.extend(other)
            group_of.update(dict.fromkeys(other, whole))
    return tuple(frozenset(group) for group in {id(one): one for one in group_of.values()}.values())
