"""What pages are made of besides the standings: whose there are, and the hours of two weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, select

from domain.person import Language
from reports.amounts import Amounts
from reports.heat import heat
from reports.page.hours import Hour
from reports.page.sheet import HEAT_DAYS
from storage.tables import OwnerRow
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class PageOwner:
    """Whose page it is; `name` None: everyone's. `language` is shown first."""

    name: str | None
    language: Language


def page_owners(engine: Engine, language: Language) -> tuple[PageOwner, ...]:
    """Return everyone, in `language`, and each owner who is declared now, by name."""
    declared = (
        select(OwnerRow.name, OwnerRow.locale).where(OwnerRow.enabled).order_by(OwnerRow.name)
    )
    with reading(engine) as connection:
        rows = connection.execute(declared).all()
    return (
        PageOwner(None, language),
        *(PageOwner(row.name, _language(row.locale)) for row in rows),
    )


def page_hours(
    engine: Engine, watches: Collection[int], today: date
) -> Mapping[int, Mapping[Hour, Amounts]]:
    """Return, per watch, the hours of the last `HEAT_DAYS` business dates that have a row.

    One query, however many watches.
    """
    found: defaultdict[int, dict[Hour, Amounts]] = defaultdict(dict)
    cells = heat(engine, watches, today - timedelta(days=HEAT_DAYS - 1), today)
    for (watch, day, hour), amounts in cells.items():
        found[watch][day, hour] = amounts
    return found


def _language(locale: str) -> Language:
    return Language.ENGLISH if locale.startswith("en") else Language.KOREAN
