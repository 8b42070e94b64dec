"""How amounts of money are counted: as read, without VAT, and as the watch compares them.

Net amounts are differences of *rounded cumulative values*: net(v2) - net(v1), each value rounded to
4 places once. So the net parts of a business date add up to the net of its last value, exactly,
in whatever pieces it was read; `docs/decisions/0019-net-amounts.md` says what else was weighed.
All in whole ten-thousandths of a minor unit: no float, no rounding while adding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from costs.errors import TwoCurrencies
from costs.member import Member, Side
from domain.account import AccountKey
from domain.inventory import AccountTerms, Vat
from domain.metric import Unit

TEN_THOUSANDTHS = 10_000


@dataclass(frozen=True, slots=True)
class DatedTerms:
    """The terms of an account for slots from `valid_from` on, until the next ones."""

    valid_from: datetime
    terms: AccountTerms


@dataclass(frozen=True, slots=True)
class DatedVat:
    """How a watch counts its spend from `valid_from` on; None: as its accounts read it."""

    valid_from: datetime
    vat: Vat | None


@dataclass(frozen=True, slots=True)
class MoneyTerms:
    """The terms of a watch's accounts and of the watch itself, each oldest first.

    What holds before the oldest is taken to be the oldest: nothing else is known of that time.
    """

    accounts: Mapping[AccountKey, tuple[DatedTerms, ...]] = field(default_factory=dict)
    vat: tuple[DatedVat, ...] = ()

    def of(self, account: AccountKey) -> Counting:
        """Return how the amounts of one account are counted."""
        return Counting(self.accounts.get(account, ()), self.vat)


@dataclass(frozen=True, slots=True)
class Counting:
    """How amounts of one account are counted for one watch."""

    terms: tuple[DatedTerms, ...] = ()
    vat: tuple[DatedVat, ...] = ()

    def net_and_basis(self, before: int, after: int, at: datetime) -> tuple[int, int]:
        """Return what lies between two cumulative values, by the terms that hold at `at`.

        First without VAT, then as the watch compares it; in ten-thousandths of a minor unit.
        """
        terms, vat = self._terms_at(at), self._vat_at(at)
        net = _net(after, terms) - _net(before, terms)
        if vat is Vat.EXCLUDED:
            return net, net
        if vat is Vat.INCLUDED:
            return net, _gross(after, terms) - _gross(before, terms)
        return net, (after - before) * TEN_THOUSANDTHS

    def _terms_at(self, at: datetime) -> AccountTerms:
        if not self.terms:
            return AccountTerms()
        newest = bisect_right(self.terms, at, key=lambda one: one.valid_from) - 1
        return self.terms[max(newest, 0)].terms

    def _vat_at(self, at: datetime) -> Vat | None:
        if not self.vat:
            return None
        newest = bisect_right(self.vat, at, key=lambda one: one.valid_from) - 1
        return self.vat[max(newest, 0)].vat


def currency_of(members: tuple[Member, ...], money: MoneyTerms) -> str:
    """Return the one currency of all amounts that the members ever bring to their watch.

    Raises:
        TwoCurrencies: there is more than one: they can neither be added nor divided.
    """
    found: dict[str, AccountKey] = {}
    for member in members:
        if member.side is Side.SPEND or member.metric.unit is Unit.MONEY:
            account = AccountKey(member.entity.site, member.entity.account)
            for currency in _currencies(member, money.accounts.get(account, ())):
                found.setdefault(currency, account)
    if len(found) > 1:
        seen = ", ".join(f"{account} in {currency}" for currency, account in found.items())
        raise TwoCurrencies(f"The watch holds amounts of two currencies: {seen}")
    return next(iter(found), AccountTerms().currency)


def decimal(ten_thousandths: int | None) -> Decimal | None:
    """Return the amount in minor units, with its 4 places.

    >>> decimal(90_909_091)
    Decimal('9090.9091')
    """
    return None if ten_thousandths is None else Decimal(ten_thousandths).scaleb(-4)


def _currencies(member: Member, terms: tuple[DatedTerms, ...]) -> list[str]:
    """Return the currencies that the account had while the entity was a member."""
    if not terms:
        return []
    ends = [one.valid_from for one in terms[1:]]
    last = member.valid_to
    return [
        one.terms.currency
        for one, end in zip(terms, [*ends, None], strict=True)
        if (end is None or end > member.valid_from)
        and (last is None or one.valid_from < last or one is terms[0])
    ]


def _net(value: int, terms: AccountTerms) -> int:
    """Return a cumulative value without VAT, rounded half away from zero.

    >>> _net(10_000, AccountTerms())
    90909091
    >>> _net(-10_000, AccountTerms())
    -90909091
    >>> _net(10_000, AccountTerms(vat_included=False))
    100000000
    """
    if not terms.vat_included:
        return value * TEN_THOUSANDTHS
    whole, part = abs(value) * TEN_THOUSANDTHS**2, TEN_THOUSANDTHS + _rate(terms)
    net = (2 * whole + part) // (2 * part)
    return -net if value < 0 else net


def _gross(value: int, terms: AccountTerms) -> int:
    """Return a cumulative value with VAT in it: exact, as the rate has 4 places.

    >>> _gross(10_000, AccountTerms(vat_included=False))
    110000000
    """
    return value * (TEN_THOUSANDTHS + (0 if terms.vat_included else _rate(terms)))


def _rate(terms: AccountTerms) -> int:
    return int(terms.vat_rate * TEN_THOUSANDTHS)
