"""How amounts of watches are counted: their accounts' terms, and their own word on VAT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from costs.terms import DatedTerms, DatedVat, MoneyTerms
from domain.account import AccountKey
from domain.inventory import AccountTerms, Vat
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    EntityRow,
    WatchMemberRow,
    WatchTargetRow,
)


def money_terms(connection: Connection, watches: Collection[int]) -> Mapping[int, MoneyTerms]:
    """Return what held when, of each of the watches; two queries, however many."""
    accounts = _accounts(connection, watches)
    vat = _vat(connection, watches)
    return {watch: MoneyTerms(accounts[watch], tuple(vat[watch])) for watch in watches}


def _accounts(
    connection: Connection, watches: Collection[int]
) -> Mapping[int, Mapping[AccountKey, tuple[DatedTerms, ...]]]:
    rows = (
        select(
            WatchMemberRow.watch_id,
            AccountRow.site,
            AccountRow.external_id,
            AccountTermsRow.currency,
            AccountTermsRow.vat_included,
            AccountTermsRow.vat_rate,
            AccountTermsRow.time_zone,
            AccountTermsRow.valid_from,
            AccountTermsRow.id,
        )
        .join(EntityRow, EntityRow.id == WatchMemberRow.entity_id)
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .join(AccountTermsRow, AccountTermsRow.account_id == AccountRow.id)
        .where(WatchMemberRow.watch_id.in_(watches))
        .distinct()
        .order_by(AccountTermsRow.id)
    )
    found: defaultdict[int, defaultdict[AccountKey, list[DatedTerms]]]
    found = defaultdict(lambda: defaultdict(list))
    for row in connection.execute(rows):
        terms = AccountTerms(row.currency, row.vat_included, row.vat_rate, row.time_zone)
        key = AccountKey(row.site, row.external_id)
        found[row.watch_id][key].append(DatedTerms(row.valid_from, terms))
    dated = {
        watch: {key: tuple(terms) for key, terms in accounts.items()}
        for watch, accounts in found.items()
    }
    return defaultdict(dict, dated)


def _vat(connection: Connection, watches: Collection[int]) -> Mapping[int, list[DatedVat]]:
    rows = (
        select(WatchTargetRow.watch_id, WatchTargetRow.vat, WatchTargetRow.valid_from)
        .where(WatchTargetRow.watch_id.in_(watches))
        .order_by(WatchTargetRow.id)
    )
    found: defaultdict[int, list[DatedVat]] = defaultdict(list)
    for row in connection.execute(rows):
        found[row.watch_id].append(
            DatedVat(row.valid_from, None if row.vat is None else Vat(row.vat))
        )
    return found
