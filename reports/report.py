"""A report as values and a declaration of its columns, from which every form of it is made.

Rows hold plain values (text, int, Decimal, date, aware datetime, None, lists): they are what JSON
gets. A `Column` says of one key what it is; terminal, HTML, CSV and XLSX show it by that alone.
Money is in minor units of the row's `currency`. A column of kind `COST` called `today_unit_cost`
finds the spend, the results and the sign that belong to it under the same prefix
(`today_spend`, `today_results`, `today_mark`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Any
from zoneinfo import ZoneInfo

from domain.person import Language
from reports.amounts import Amounts
from reports.mark import is_uncertain, mark_of
from reports.words import HEADINGS, Both

Row = Mapping[str, Any]


class Kind(Enum):
    """What the values of a column are."""

    TEXT = auto()
    NAMES = auto()
    COUNT = auto()
    RESULTS = auto()
    """A count of results; where the row says `net_results` it is a net change."""
    MONEY = auto()
    COST = auto()
    HEAT = auto()
    """A unit cost in a narrow cell."""
    PERCENT = auto()
    """Whole per cent."""
    CHANGE = auto()
    """Whole per cent more or less than something."""
    MOMENT = auto()
    DATE = auto()
    HOUR = auto()
    MINUTES = auto()
    FLAGS = auto()
    PROVISIONAL = auto()
    """Yes: the amounts may still change."""
    CLOSED = auto()
    """Whether a day is as it was when its month was closed: `SAME` or `DIFFERS`."""
    SPAN = auto()
    """The name of a span in `words.SPANS`."""
    STATE = auto()
    """The state of a login."""
    NOTE = auto()
    """What else has to be said of a row; found under several keys, also in rows without its own."""
    SPARK = auto()
    """Unit costs, the oldest first."""


SAME, DIFFERS = "same", "differs"


NUMBERS = frozenset(
    {
        Kind.COUNT,
        Kind.RESULTS,
        Kind.MONEY,
        Kind.COST,
        Kind.HEAT,
        Kind.PERCENT,
        Kind.CHANGE,
        Kind.MINUTES,
    }
)
"""Kinds that stand on the right of their column."""


COSTS = frozenset({Kind.COST, Kind.HEAT})
"""Kinds that have a sign and a colour."""


class Form(Flag):
    """How a report is written."""

    TABLE = auto()
    CSV = auto()
    XLSX = auto()
    JSON = auto()
    HTML = auto()
    SCREEN = TABLE | HTML
    FILE = CSV | XLSX
    ANY = TABLE | CSV | XLSX | JSON | HTML


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `only` names the forms that show it. JSON has every key of a row anyway.

    `named` is its heading where `words.HEADINGS` has none for its key. `folded`: a workbook
    keeps it out of sight.
    """

    key: str
    kind: Kind
    only: Form = Form.ANY
    named: Both | None = None
    folded: bool = False

    @property
    def heading(self) -> Both:
        """Its heading in both languages."""
        return self.named or HEADINGS[self.key]

    @property
    def prefix(self) -> str:
        """What the keys of the same amounts begin with."""
        return self.key.removesuffix("unit_cost")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under one name, which is their key in JSON."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    only: Form = Form.ANY
    title: str = ""

    def shown_in(self, form: Form) -> tuple[Column, ...]:
        """Return the columns that a form shows."""
        return tuple(column for column in self.columns if form & column.only)


@dataclass(frozen=True, slots=True)
class Report:
    """One report in one language; times are shown in `zone`.

    `nothing` is what people are told where there are no rows; `lead` stands before the tables,
    `notes` below them.
    CSV, which holds one table, has the first sheet that CSV may show.
    """

    title: str
    sheets: tuple[Sheet, ...]
    language: Language
    zone: ZoneInfo
    nothing: str
    notes: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    facts: Mapping[str, Any] | None = None
    """What else the JSON document says."""

    def shown_in(self, form: Form) -> tuple[Sheet, ...]:
        """Return the sheets that a form shows."""
        return tuple(sheet for sheet in self.sheets if form & sheet.only)

    @property
    def is_empty(self) -> bool:
        """Whether there is no row at all."""
        return not any(sheet.rows for sheet in self.sheets)

    @property
    def document(self) -> Mapping[str, Any]:
        """Return what JSON says."""
        sheets = {sheet.name: list(sheet.rows) for sheet in self.shown_in(Form.JSON)}
        return {**(self.facts or {}), **sheets}


def amount_fields(amounts: Amounts, target: int | None, prefix: str = "") -> dict[str, Any]:
    """Return the fields of a row that say what a span cost."""
    return {
        f"{prefix}unit_cost": amounts.unit_cost,
        f"{prefix}spend": amounts.spend,
        f"{prefix}spend_net": amounts.spend_net,
        f"{prefix}results": amounts.results,
        f"{prefix}unpaired_spend": amounts.unpaired_spend,
        f"{prefix}flags": sorted(amounts.flags),
        f"{prefix}mark": str(mark_of(amounts, target)),
        f"{prefix}estimated": is_uncertain(amounts),
    }
