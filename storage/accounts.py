"""Accounts: which ones a login reads, and which ones it can see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select, update

from domain.account import AccountKey, FoundAccount
from domain.inventory import AccountTerms
from storage.tables import AccountRow, AccountSightingRow, AccountTermsRow, ClientRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account of the inventory.

    `shown_name` is what its pages have to show: as declared, else as the site listed it last;
    None until it was listed once.
    """

    id: int
    key: AccountKey
    login_id: int | None
    """None: people bring its numbers, nobody visits it."""
    client: str | None
    shown_name: str | None
    terms: AccountTerms


@dataclass(frozen=True, slots=True)
class Sighting:
    """An account that a login can see; `declared` says whether the inventory holds it."""

    login_id: int
    account: FoundAccount
    seen_at: datetime
    declared: bool


class AccountBook:
    """The accounts that are not closed, and all that were ever seen."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[AccountRecord, ...]:
        """Return all accounts, by site and external id."""
        return self._select(AccountRow.enabled)

    def of_login(self, login_id: int) -> tuple[AccountRecord, ...]:
        """Return the accounts that a login reads, by site and external id."""
        return self._select(AccountRow.enabled & (AccountRow.login_id == login_id))

    def seen(self, login_id: int, found: Iterable[FoundAccount], at: datetime) -> None:
        """Note what the lobby of a site listed, with the names that it shows."""
        sightings = [
            {
                "login_id": login_id,
                "site": one.key.site,
                "external_id": one.key.external_id,
                "shown_name": one.shown_name,
                "seen_at": at,
            }
            for one in sorted(found, key=lambda one: one.key)
        ]

        def work(connection: Connection) -> None:
            upsert(connection, AccountSightingRow, sightings)
            for one in sightings:
                connection.execute(_rename(one))

        run_in_transaction(self._engine, work)

    def sightings(self) -> tuple[Sighting, ...]:
        """Return every account that any login was seen to see."""
        rows = (
            select(AccountSightingRow, AccountRow.id.label("account_id"))
            .outerjoin(
                AccountRow,
                (AccountRow.site == AccountSightingRow.site)
                & (AccountRow.external_id == AccountSightingRow.external_id)
                & AccountRow.enabled,
            )
            .order_by(AccountSightingRow.site, AccountSightingRow.external_id)
        )
        with reading(self._engine) as connection:
            return tuple(
                Sighting(
                    row.login_id,
                    FoundAccount(AccountKey(row.site, row.external_id), row.shown_name),
                    row.seen_at,
                    row.account_id is not None,
                )
                for row in connection.execute(rows)
            )

    def _select(self, condition: ColumnElement[bool] | Any) -> tuple[AccountRecord, ...]:
        rows = (
            select(
                AccountRow.id,
                AccountRow.site,
                AccountRow.external_id,
                AccountRow.login_id,
                ClientRow.name.label("client"),
                func.coalesce(AccountRow.declared_name, AccountRow.seen_name).label("shown_name"),
                AccountTermsRow.currency,
                AccountTermsRow.vat_included,
                AccountTermsRow.vat_rate,
                AccountTermsRow.time_zone,
            )
            .outerjoin(ClientRow, ClientRow.id == AccountRow.client_id)
            .join(AccountTermsRow, AccountTermsRow.account_id == AccountRow.id)
            .where(condition, AccountTermsRow.valid_to.is_(None))
            .order_by(AccountRow.site, AccountRow.external_id)
        )
        with reading(self._engine) as connection:
            return tuple(
                AccountRecord(
                    row.id,
                    AccountKey(row.site, row.external_id),
                    row.login_id,
                    row.client,
                    row.shown_name,
                    AccountTerms(row.currency, row.vat_included, row.vat_rate, row.time_zone),
                )
                for row in connection.execute(rows)
            )


def _rename(sighting: dict[str, Any]) -> Any:
    """Only the login that reads the account says what it is called."""
    return (
        update(AccountRow)
        .where(
            AccountRow.site == sighting["site"],
            AccountRow.external_id == sighting["external_id"],
            AccountRow.login_id == sighting["login_id"],
        )
        .values(seen_name=sighting["shown_name"])
    )
