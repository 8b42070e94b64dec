"""The last page of each account and business date, as proof of that date's figures.

Kept in the database, sealed, and replaced in the transaction that stores the page's readings:
what is kept is the page whose numbers were stored last. It comes here with its secrets removed;
it still holds names and figures of customers, hence the seal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, func, or_, select

from domain.account import AccountKey
from domain.evidence import Evidence
from storage.errors import EvidenceGone
from storage.evidence_file import ItemLimits, cut, pack, unpack
from storage.keyring import Keyring, Purpose
from storage.tables import ProofPageRow
from storage.transaction import reading
from storage.upsert import upsert
from storage.visit_record import VisitRecord


@dataclass(frozen=True, slots=True)
class ProofId:
    """Which page: the `number`th of its kind that a visit reads of an account, of one date.

    Not its address: that of a past day is another than that of today.
    """

    account: AccountKey
    day: date
    page_kind: str
    number: int

    def __str__(self) -> str:
        account = self.account
        return f"{account.site}/{account.external_id}/{self.day}/{self.page_kind}/{self.number}"


@dataclass(frozen=True, slots=True)
class ProofPage:
    """A page that is kept, without its content; `kind` is that of the visit, `bytes` as stored."""

    id: str
    site: str
    account: str
    business_date: date
    taken_at: datetime
    slot_at: datetime
    kind: str
    visit_id: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ProofSize:
    """What all of them take in the database."""

    pages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SealedPage:
    """A page ready to be stored."""

    row: dict[str, object]


class ProofStore:
    """All pages that are kept as proof."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._fernet = keyring.fernet(Purpose.EVIDENCE)

    def seal(self, document: Evidence, proof: ProofId, visit: VisitRecord) -> SealedPage:
        """Return the page cut to size, packed and sealed, for `keep`."""
        key = str(proof)
        sealed = pack(cut(document, ItemLimits()), key, self._fernet)
        return SealedPage(
            {
                "id": key,
                "site": proof.account.site,
                "account": proof.account.external_id,
                "business_date": proof.day,
                "taken_at": document.taken_at,
                "slot_at": visit.planned_at,
                "kind": visit.kind,
                "visit_id": visit.id,
                "bytes": len(sealed),
                "ciphertext": sealed,
            }
        )

    def show(self, proof_id: str) -> Evidence:
        """Return the page with that id.

        Raises:
            EvidenceGone: there is none.
            EvidenceUnreadable: it was changed, or sealed with another key.
        """
        wanted = select(ProofPageRow.ciphertext).where(ProofPageRow.id == proof_id)
        with reading(self._engine) as connection:
            sealed = connection.scalar(wanted)
        if sealed is None:
            raise EvidenceGone(f"No page {proof_id} is kept", advice="See `danga evidence proof`.")
        return unpack(sealed, proof_id, self._fernet)


def kept(
    engine: Engine, account: AccountKey | None, day: date | None, most: int
) -> tuple[ProofPage, ...]:
    """Return what is kept of an account or of all, of `day` or of all, the newest first."""
    wanted = _pages().order_by(ProofPageRow.business_date.desc(), ProofPageRow.id).limit(most)
    if account is not None:
        wanted = wanted.where(_of(account))
    if day is not None:
        wanted = wanted.where(ProofPageRow.business_date == day)
    with reading(engine) as connection:
        return tuple(_page(row) for row in connection.execute(wanted))


def size(engine: Engine) -> ProofSize:
    """Return how much is kept of all accounts."""
    total = func.coalesce(func.sum(ProofPageRow.bytes), 0)
    with reading(engine) as connection:
        pages, taken = connection.execute(select(func.count(), total)).one()
    return ProofSize(pages, int(taken))


def keep(connection: Connection, pages: Sequence[SealedPage]) -> None:
    """Store the pages, each in place of the one that was kept of its date."""
    upsert(connection, ProofPageRow, [page.row for page in pages])


def proof_of(
    connection: Connection, accounts: Collection[AccountKey], dates: Collection[date]
) -> tuple[ProofPage, ...]:
    """Return what is kept of these accounts and dates, by id."""
    mine = or_(*(_of(account) for account in accounts))
    wanted = _pages().where(mine, ProofPageRow.business_date.in_(dates)).order_by(ProofPageRow.id)
    return tuple(_page(row) for row in connection.execute(wanted)) if accounts else ()


def count_of(connection: Connection, accounts: Collection[AccountKey]) -> int:
    """Return how many pages of these accounts are kept."""
    if not accounts:
        return 0
    mine = or_(*(_of(account) for account in accounts))
    wanted = select(func.count()).select_from(ProofPageRow).where(mine)
    return connection.scalar(wanted) or 0


def erase(connection: Connection, accounts: Collection[AccountKey]) -> int:
    """Delete the pages of these accounts; return how many there were."""
    return sum(
        connection.execute(delete(ProofPageRow).where(_of(account))).rowcount
        for account in accounts
    )


_COLUMNS = tuple(one.name for one in fields(ProofPage))


def _pages() -> Select[*tuple[Any, ...]]:
    return select(*(getattr(ProofPageRow, name) for name in _COLUMNS))


def _page(row: Row[*tuple[Any, ...]]) -> ProofPage:
    return ProofPage(*row)


def _of(account: AccountKey) -> ColumnElement[bool]:
    return (ProofPageRow.site == account.site) & (ProofPageRow.account == account.external_id)
