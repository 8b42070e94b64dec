"""When each login starts within its slot: together where a watch joins them, else spread.

Pure. Logins whose numbers are divided by one another must be read within 120 s, so they start
together. Groups of the same sites are spread evenly, each with room for what it reads, so that
at no site a slot's begin is a wave of requests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from zlib import crc32

LEAST_SPREAD = 0.5
"""Of a slot: so much is used at least, as the slower way is the softer one."""
MOST_SPREAD = 0.9
"""So much at most: what starts last has to end within its slot."""
JITTER_SECONDS = 10.0
"""Nobody comes by the clock: a group starts up to so much earlier, always by the same amount."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A login that reads so many accounts, in visits that go to these sites."""

    login: str
    sites: frozenset[str]
    accounts: int = 1


@dataclass(frozen=True, slots=True)
class _Group:
    logins: tuple[str, ...]
    sites: frozenset[str]
    weight: int


def start_offsets(
    readers: Collection[Reader],
    together: Iterable[Collection[str]],
    spreads: Mapping[str, float],
    slot_seconds: float,
) -> Mapping[str, float]:
    """Return seconds after the slot's begin, per login.

    `together` are groups of logins that start at the same moment; `spreads` says over which part
    of a slot the visits of a site begin. The same logins get the same offsets in every slot, so
    that the gap between two readings of a login stays a slot long.

    >>> kim, lee = (Reader(name, frozenset({"moment"})) for name in ("kim", "lee"))
    >>> offsets = start_offsets([kim, lee], [], {"moment": 0.5}, 1200)
    >>> offsets["kim"], 290 <= offsets["lee"] <= 300
    (0.0, True)
    """
    alike: dict[frozenset[str], list[_Group]] = defaultdict(list)
    for group in _groups(readers, together):
        alike[group.sites].append(group)
    offsets: dict[str, float] = {}
    for number, sites in enumerate(sorted(alike, key=sorted)):
        room = slot_seconds * max(spreads.get(site, LEAST_SPREAD) for site in sites)
        # Groups of other sites come in between: kinds of group share the machines.
        offsets |= _spread(alike[sites], room, phase=number / len(alike))
    return offsets


def _spread(groups: Collection[_Group], room: float, phase: float) -> Mapping[str, float]:
    weight = sum(group.weight for group in groups)
    offsets: dict[str, float] = {}
    before = 0.0
    for group in groups:
        share = room * group.weight / weight
        begin = room * before / weight + phase * share
        early = crc32(group.logins[0].encode()) / 2**32 * min(JITTER_SECONDS, share / 4)
        offsets |= dict.fromkeys(group.logins, max(begin - early, 0.0))
        before += group.weight
    return offsets


def after_delay(offset: float, late: float, slot_seconds: float) -> float:
    """Return in how many seconds a login starts, of a slot that is planned so many seconds late.

    Who should have started already follows at the distance that was planned, or closer where the
    slot ends sooner: after an outage nothing fires at once.

    >>> [after_delay(offset, 300.0, 1200.0) for offset in (0.0, 120.0, 420.0)]
    [0.0, 120.0, 120.0]
    """
    if offset >= late:
        return offset - late
    room = min(late, MOST_SPREAD * (slot_seconds - late))
    return offset / late * max(room, 0.0)


def spread_for(share: float) -> float:
    """Return over which part of a slot visits begin whose site is busy for `share` of it.

    In whole tenths: a cost that changes a little moves nobody.

    >>> spread_for(0.1), spread_for(0.55), spread_for(1.3)
    (0.5, 0.7, 0.9)
    """
    return min(max(ceil(12 * share) / 10, LEAST_SPREAD), MOST_SPREAD)


def _groups(readers: Collection[Reader], together: Iterable[Collection[str]]) -> list[_Group]:
    """Return the groups in the order of their names, so that it is always the same."""
    by_name = {reader.login: reader for reader in readers}
    joined = [tuple(sorted(name for name in group if name in by_name)) for group in together]
    alone = by_name.keys() - {name for group in joined for name in group}
    groups = sorted({group for group in joined if group} | {(name,) for name in alone})
    return [_group(names, [by_name[name] for name in names]) for names in groups]


def _group(names: tuple[str, ...], readers: Collection[Reader]) -> _Group:
    sites = frozenset().union(*(reader.sites for reader in readers))
    return _Group(names, sites, sum(reader.accounts for reader in readers))
