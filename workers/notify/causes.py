"""Which causes are there, from what the database and this machine show. Pure.

One thing to be mended is one cause: a login that waits for a person makes its watches old, but
only the login is told of. What merely follows from another cause is marked `follows`: it is not
told, and where it was told before it is not over either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from textwrap import shorten

from domain.account import AccountKey
from domain.cause import BlindWatch, Cause, CauseKind
from domain.session import SessionState
from domain.verdict import VerdictKind
from storage.collected import Seen, WatchedAccount
from storage.logins import LoginRecord
from storage.watch_troubles import WatchTrouble
from workers.notify.facts import Ending, Facts

LATE_SLOTS = 2
EVERYTHING = "everything"
_LONGEST_TITLE = 120
_NOTHING_SEEN = Seen({})
_OF_STATE = {
    SessionState.NEEDS_HUMAN: CauseKind.NEEDS_HUMAN,
    SessionState.CONTESTED: CauseKind.CONTESTED,
}
_IN_HAND = frozenset({SessionState.CLAIMED, SessionState.REFRESHING})
"""Somebody is at it: nothing new, and nothing is over yet."""
_BEING_RENEWED = _IN_HAND | _OF_STATE.keys()
_ALIVE = frozenset({SessionState.ACTIVE, SessionState.SUSPECT})


@dataclass(frozen=True, slots=True)
class Present:
    """A cause that is there; `follows`: it only follows from others."""

    cause: Cause
    follows: bool = False


def present(facts: Facts) -> tuple[Present, ...]:
    """Return every cause that is there at this moment."""
    first = [
        *_waiting_logins(facts),
        *_stopped_sites(facts),
        *_resting_proxies(facts),
        *_changed_layouts(facts),
    ]
    explained = frozenset().union(*(one.accounts for one in first))
    disks = [Cause(CauseKind.DISK, name, why) for name, why in facts.full_disk.items()]
    told = [Present(one) for one in [*first, *disks, *_unread(facts), *_not_computed(facts)]]
    told += [Present(one) for one in _ending_sessions(facts)]
    in_hand = [Present(one, follows=True) for one in _logins_in_hand(facts)]
    explained |= frozenset().union(*(one.cause.accounts for one in in_hand))
    there = {one.cause.key for one in (*told, *in_hand)}
    # What has just gone was in the way until now: reading may begin again.
    explained |= frozenset().union(*(facts.before[key] for key in facts.before.keys() - there))
    return (*told, *in_hand, *_late(facts, explained))


def is_collecting(facts: Facts) -> bool:
    """Whether anything was read of late: what a dead man's ping stands for."""
    for (_login, place), seen in facts.seen.items():
        read = seen.last(VerdictKind.OK)
        times = facts.sites.get(place) if isinstance(place, str) else None
        if read and times and times.missed(read, facts.now) < LATE_SLOTS:
            return True
    return False


def _waiting_logins(facts: Facts) -> Iterator[Cause]:
    for login in facts.logins:
        kind = _OF_STATE.get(login.state)
        if kind is not None:
            yield _login_cause(facts, kind, login)


def _unread(facts: Facts) -> Iterator[Cause]:
    for login, why in sorted(facts.unread.items()):
        yield Cause(CauseKind.BACKFILL, login, why, logins=(login,))


def _not_computed(facts: Facts) -> Iterator[Cause]:
    """Yield what keeps watches from being computed: a class that lost a metric stops many."""
    for subject, found in groupby(sorted(facts.troubles, key=_contradiction), _contradiction):
        watches = list(found)
        blind = tuple(
            sorted(
                BlindWatch(one.client, one.watch, facts.owners.get(one.client, ()))
                for one in watches
            )
        )
        since = min(one.since for one in watches)
        reason = f"{watches[0].reason}. {watches[0].cure}"
        yield Cause(CauseKind.NOT_COMPUTED, subject, reason, since, blind=blind)


def _contradiction(trouble: WatchTrouble) -> str:
    return shorten(trouble.reason, _LONGEST_TITLE, placeholder=" ...")


def _logins_in_hand(facts: Facts) -> Iterator[Cause]:
    for login in facts.logins:
        if login.state in _IN_HAND:
            yield from (_login_cause(facts, kind, login) for kind in _OF_STATE.values())
        if login.state in _BEING_RENEWED:
            yield _ending_cause(login, facts.ending.get(login.name))


def _ending_sessions(facts: Facts) -> Iterator[Cause]:
    """Yield the sessions that live, and that a person has to renew in time."""
    for login in facts.logins:
        ending = facts.ending.get(login.name)
        if ending is not None and login.state in _ALIVE:
            yield _ending_cause(login, ending)


def _ending_cause(login: LoginRecord, ending: Ending | None) -> Cause:
    reason, due = ("", None) if ending is None else (ending.reason, ending.due)
    return Cause(CauseKind.SESSION_ENDING, login.name, reason, logins=(login.name,), due=due)


def _login_cause(facts: Facts, kind: CauseKind, login: LoginRecord) -> Cause:
    reason = login.state_reason.partition(". Next: ")[0]
    return _cause(facts, kind, login.name, reason, _accounts_of(facts, [login.id]), [login])


def _stopped_sites(facts: Facts) -> Iterator[Cause]:
    for site in sorted(facts.sites):
        reason = facts.stopped.get(site) or _refusal(facts, site)
        if reason:
            accounts = frozenset(one.key for one in facts.watched if one.key.site == site)
            yield _cause(facts, CauseKind.SITE_STOPPED, site, reason, accounts)


def _refusal(facts: Facts, site: str) -> str:
    """Return which logins the site refused, of those that it let in no more since."""
    refused = [
        login.name
        for login in facts.logins
        if _newest(facts.seen.get((login.id, site), _NOTHING_SEEN), VerdictKind.REFUSED)
    ]
    return f"refused: {', '.join(refused)}" if refused else ""


def _resting_proxies(facts: Facts) -> Iterator[Cause]:
    for name, logins in sorted(facts.proxyless.items()):
        concerned = [login for login in facts.logins if login.name in logins]
        accounts = _accounts_of(facts, [login.id for login in concerned])
        reason = f"all rest: {name}"
        yield _cause(facts, CauseKind.PROXIES_DOWN, name, reason, accounts, concerned)


def _changed_layouts(facts: Facts) -> Iterator[Cause]:
    changed: dict[str, set[WatchedAccount]] = defaultdict(set)
    for account in facts.watched:
        if _newest(_seen(facts, account), VerdictKind.LAYOUT_CHANGED):
            changed[account.key.site].add(account)
    for site, accounts in sorted(changed.items()):
        keys = frozenset(one.key for one in accounts)
        reason = ", ".join(sorted(str(key) for key in keys))
        logins = [one for one in facts.logins if one.id in {a.login_id for a in accounts}]
        yield _cause(facts, CauseKind.LAYOUT_CHANGED, site, reason, keys, logins)


def _late(facts: Facts, explained: frozenset[AccountKey]) -> Iterator[Present]:
    """Yield what is late: by site, or as one cause where it is everything."""
    expected = [one for one in facts.watched if _is_expected(facts, one)]
    late = [one for one in expected if _slots_without(facts, one) >= LATE_SLOTS]
    unexplained = {one.key for one in late} - explained
    everything = bool(late) and len(late) == len(expected)
    if everything:
        why = "no process visits" if facts.nobody_visits else _words(facts, late)
        cause = _late_cause(facts, CauseKind.NOTHING_COLLECTED, EVERYTHING, late, why)
        yield Present(cause, follows=not unexplained)
    for site, accounts in sorted(_by_home(facts, late).items()):
        cause = _late_cause(facts, CauseKind.STALE, site, accounts, _words(facts, accounts))
        yield Present(cause, follows=everything or not cause.accounts & unexplained)


def _is_expected(facts: Facts, account: WatchedAccount) -> bool:
    """Neither gone from its site, nor read by a login that a person switched off."""
    off = {one.id for one in facts.logins if one.state is SessionState.DISABLED}
    return account.login_id not in off and not _newest(_seen(facts, account), VerdictKind.GONE)


def _by_home(
    facts: Facts, accounts: Iterable[WatchedAccount]
) -> Mapping[str, list[WatchedAccount]]:
    homes = {login.id: login.sites[0] for login in facts.logins}
    found: dict[str, list[WatchedAccount]] = defaultdict(list)
    for account in accounts:
        found[homes.get(account.login_id, account.key.site)].append(account)
    return found


def _late_cause(
    facts: Facts, kind: CauseKind, subject: str, late: Collection[WatchedAccount], why: str
) -> Cause:
    keys = frozenset(one.key for one in late)
    logins = [one for one in facts.logins if one.id in {account.login_id for account in late}]
    read = [_seen(facts, one).last(VerdictKind.OK) or one.since for one in late]
    return _cause(facts, kind, subject, why, keys, logins, min(read))


def _slots_without(facts: Facts, account: WatchedAccount) -> int:
    """Return how many planned slots ended since the account was read, or could be read again."""
    read = _seen(facts, account).last(VerdictKind.OK)
    bounds = [one for one in (read, account.since, facts.recovered.get(account.key)) if one]
    times = facts.sites.get(account.key.site)
    if times is None:
        return 0
    slots = facts.slots.get(account.login_id, ())
    # The slot in which an account was declared is not yet one of its own.
    return sum(slot > max(bounds) and times.ended(slot, facts.now) for slot in slots)


def _words(facts: Facts, late: Collection[WatchedAccount]) -> str:
    """Return what the visits found instead, most recent first."""
    newest: dict[VerdictKind, datetime] = {}
    for account in late:
        for place in (account.key, account.key.site):
            for verdict, at in facts.seen.get((account.login_id, place), _NOTHING_SEEN).at.items():
                newest[verdict] = max(at, newest.get(verdict, at))
    newest.pop(VerdictKind.OK, None)
    return ", ".join(sorted(newest, key=lambda one: newest[one], reverse=True)[:3])


def _seen(facts: Facts, account: WatchedAccount) -> Seen:
    return facts.seen.get((account.login_id, account.key), _NOTHING_SEEN)


def _newest(seen: Seen, verdict: VerdictKind) -> bool:
    """Whether no page was read since a page gave that verdict."""
    at, read = seen.last(verdict), seen.last(VerdictKind.OK)
    return at is not None and (read is None or at >= read)


def _accounts_of(facts: Facts, logins: Collection[int]) -> frozenset[AccountKey]:
    return frozenset(one.key for one in facts.watched if one.login_id in logins)


def _cause(
    facts: Facts,
    kind: CauseKind,
    subject: str,
    reason: str,
    accounts: frozenset[AccountKey],
    logins: Iterable[LoginRecord] = (),
    since: datetime | None = None,
) -> Cause:
    watches = {name for one in facts.watched if one.key in accounts for name in one.watches}
    blind = sorted(
        BlindWatch(client, watch, facts.owners.get(client, ())) for client, watch in watches
    )
    names = tuple(sorted(login.name for login in logins))
    return Cause(kind, subject, reason, since, names, accounts, tuple(blind))
