"""What the visits of late brought, account by account: the facts from which causes are derived.

One question per minute over one day of visits, grouped by the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from domain.account import AccountKey
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    ClientOwnerRow,
    ClientRow,
    LoginRow,
    OwnerRow,
    VisitPageRow,
    VisitRow,
    WatchRow,
    WatchRuleRow,
)
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class Seen:
    """The last slot at which some pages gave each verdict, for one account or one login's site."""

    at: Mapping[VerdictKind, datetime]

    def last(self, verdict: VerdictKind) -> datetime | None:
        """Return the newest slot with that verdict, or None: not of late."""
        return self.at.get(verdict)


@dataclass(frozen=True, slots=True)
class WatchedAccount:
    """An account that a watch needs: read by which login, since when, and whose watches."""

    key: AccountKey
    login_id: int
    since: datetime
    watches: tuple[tuple[str, str], ...]
    """(client, watch)."""


class CollectedBook:
    """What was read, and what should have been."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def verdicts(self, since: datetime) -> Mapping[tuple[int, AccountKey | str], Seen]:
        """Return what regular visits saw in slots after `since`.

        By (login, account) for the pages of accounts, and by (login, site) for all pages.
        """
        rows = (
            select(
                VisitRow.login_id,
                VisitPageRow.site,
                VisitPageRow.account,
                VisitPageRow.verdict,
                func.max(VisitRow.planned_at).label("slot"),
            )
            .join(VisitPageRow, VisitPageRow.visit_id == VisitRow.id)
            .where(VisitRow.planned_at > since, VisitRow.kind == VisitKind.REGULAR)
            .group_by(
                VisitRow.login_id, VisitPageRow.site, VisitPageRow.account, VisitPageRow.verdict
            )
        )
        found: dict[tuple[int, AccountKey | str], dict[VerdictKind, datetime]] = defaultdict(dict)
        with reading(self._engine) as connection:
            for row in connection.execute(rows):
                verdict = VerdictKind(row.verdict)
                places: list[AccountKey | str] = [row.site]
                if row.account is not None:
                    places.append(AccountKey(row.site, row.account))
                for place in places:
                    at = found[row.login_id, place]
                    at[verdict] = max(row.slot, at.get(verdict, row.slot))
        return {key: Seen(at) for key, at in found.items()}

    def slots(self, since: datetime) -> Mapping[int, tuple[datetime, ...]]:
        """Return each login's planned slots after `since`, the oldest first."""
        rows = (
            select(VisitRow.login_id, VisitRow.planned_at)
            .where(VisitRow.planned_at > since, VisitRow.kind == VisitKind.REGULAR)
            .order_by(VisitRow.planned_at)
        )
        slots = defaultdict(list)
        with reading(self._engine) as connection:
            for row in connection.execute(rows):
                slots[row.login_id].append(row.planned_at)
        return {login: tuple(found) for login, found in slots.items()}

    def watched(self) -> tuple[WatchedAccount, ...]:
        """Return the accounts that open watches need, by their keys."""
        rows = (
            select(
                AccountRow.site,
                AccountRow.external_id,
                AccountRow.login_id,
                AccountTermsRow.valid_from,
                ClientRow.name.label("client"),
                WatchRow.name.label("watch"),
            )
            .join(WatchRuleRow, WatchRuleRow.account_id == AccountRow.id)
            .join(WatchRow, WatchRow.id == WatchRuleRow.watch_id)
            .join(ClientRow, ClientRow.id == WatchRow.client_id)
            .join(AccountTermsRow, AccountTermsRow.account_id == AccountRow.id)
            .join(LoginRow, LoginRow.id == AccountRow.login_id)
            .where(
                AccountRow.enabled,
                LoginRow.enabled,
                WatchRow.enabled,
                WatchRuleRow.valid_to.is_(None),
                AccountTermsRow.valid_to.is_(None),
            )
        )
        watches: dict[tuple[AccountKey, int, datetime], set[tuple[str, str]]] = defaultdict(set)
        with reading(self._engine) as connection:
            for row in connection.execute(rows):
                key = AccountKey(row.site, row.external_id)
                watches[key, row.login_id, row.valid_from].add((row.client, row.watch))
        return tuple(
            WatchedAccount(key, login, since, tuple(sorted(names)))
            for (key, login, since), names in sorted(watches.items(), key=lambda one: str(one[0]))
        )

    def owners(self) -> Mapping[str, tuple[str, ...]]:
        """Return who looks after each client now."""
        rows = (
            select(ClientRow.name, OwnerRow.name.label("owner"))
            .join(ClientOwnerRow, ClientOwnerRow.client_id == ClientRow.id)
            .join(OwnerRow, OwnerRow.id == ClientOwnerRow.owner_id)
            .where(ClientOwnerRow.valid_to.is_(None), OwnerRow.enabled)
            .order_by(OwnerRow.name)
        )
        owners = defaultdict(list)
        with reading(self._engine) as connection:
            for row in connection.execute(rows):
                owners[row.name].append(row.owner)
        return {client: tuple(names) for client, names in owners.items()}
