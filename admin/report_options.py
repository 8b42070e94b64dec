"""The options that all reports share, and what is wrong with them.

    reporting(group, DaysOfWatches, "danga report hourly --client 봄꽃마켓")(hourly)

gives `danga report hourly` an option for each field of `DaysOfWatches`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.moments import date_or_fault
from admin.report_output import Format, Output
from domain.errors import BadInput, Fault
from domain.person import Language
from workers.nearest import suggest

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reports.costs import Costs
    from reports.watched import Scope

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=400)

LangOption = Annotated[
    Language | None, typer.Option("--lang", help="Default: DANGA_LANGUAGE, else ko.")
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every report may be asked: in which language and form, and where it goes."""

    lang: LangOption = None
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the ending of --out, else table."),
    ] = None
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A new file, never one there.")
    ] = None

    def output(self, door: Door) -> Output:
        """Return where the report goes, and how.

        Raises:
            BadInput: the form and the file do not fit.
        """
        language = self.lang or Language(door.settings.language)
        return Output.asked(door, language, self.form, self.out)


@dataclass(frozen=True, kw_only=True)
class OfClients(Asked):
    """... and of which clients."""

    client: Annotated[
        str | None, typer.Option("--client", metavar="NAME", help="Only this client's (광고주).")
    ] = None
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Only this owner's (담당자).")
    ] = None


@dataclass(frozen=True, kw_only=True)
class OfWatches(OfClients):
    """... and of which watch."""

    watch: Annotated[
        str | None, typer.Option("--watch", metavar="NAME", help="Only this watch.")
    ] = None

    @property
    def scope(self) -> Scope:
        """Which watches."""
        from reports.watched import Scope

        return Scope(self.owner, self.client, self.watch)


@dataclass(frozen=True, kw_only=True)
class AsKnown(Asked):
    """... and as it was known when."""

    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="TIME", help="What was known then: 2026-03-03T14:00."),
    ] = None

    def moment(self, door: Door) -> datetime:
        """Return the moment to look from: now, or the one asked for.

        Raises:
            BadInput: the text is no time, or it lies in the future.
        """
        now = door.clock.now()
        if self.as_of is None:
            return now
        try:
            asked = datetime.fromisoformat(self.as_of)
        except ValueError:
            asked = None
        if asked is None or len(self.as_of) <= len("2026-03-03"):
            raise BadInput(Fault("--as-of", f"{self.as_of} is no time", "write 2026-03-03T14:00"))
        moment = asked if asked.tzinfo else asked.replace(tzinfo=door.settings.zone)
        if moment > now:
            raise BadInput(Fault("--as-of", f"{self.as_of} lies in the future", "name a time past"))
        return moment.astimezone(UTC)

    def costs(self, door: Door, engine: Engine) -> Costs:
        """Return the rows as they count, or as they were known."""
        from reports.as_of import KnownCosts
        from storage.cost_reader import CostReader
        from storage.dated_costs import CostComputer
        from workers.house import House
        from workers.settling import site_facts

        if self.as_of is None:
            return CostReader(engine)
        facts = site_facts(House(door.settings, engine))
        return KnownCosts(engine, CostComputer(facts, door.settings.zone, self.moment(door)))


@dataclass(frozen=True, kw_only=True)
class KnownWatches(AsKnown, OfWatches):
    """Of which watches, as known when."""


@dataclass(frozen=True, kw_only=True)
class Dated(Asked):
    """... and of which days."""

    on: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="One day.")] = None
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day ...")
    ] = None
    until: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="... to the last: today.")
    ] = None

    def span(self, today: date, days: int) -> tuple[date, date]:
        """Return the first and the last day asked for; by default the last `days` days.

        Raises:
            BadInput: a text is no date, the range ends before it begins, or it lies in the future.
        """
        faults: list[Fault] = []
        on, since, until = (
            date_or_fault(text, option, faults)
            for option, text in (("--date", self.on), ("--from", self.since), ("--to", self.until))
        )
        if self.on and (self.since or self.until):
            faults.append(Fault("--date", "stands beside --from or --to", "give one of the two"))
        last = on or until or today
        first = on or since or last - (days - 1) * _DAY
        faults += _out_of_range(first, last, today, self)
        if faults:
            raise BadInput(*faults)
        return first, last


@dataclass(frozen=True, kw_only=True)
class DaysOfWatches(Dated, AsKnown, OfWatches):
    """Of which watches and days."""


@dataclass(frozen=True, kw_only=True)
class DaysOfOne(Dated, AsKnown):
    """Of one watch and which days."""

    watch: Annotated[str, typer.Argument(metavar="WATCH", help="A watch of danga.yaml.")]


@dataclass(frozen=True, kw_only=True)
class DaysOfSites(Dated):
    """Of which sites and days."""

    site: Annotated[str | None, typer.Option("--site", metavar="NAME", help="Only this site.")] = (
        None
    )


def _out_of_range(first: date, last: date, today: date, asked: Dated) -> list[Fault]:
    latest, option = (last, "--to") if asked.on is None else (last, "--date")
    if first > today and asked.on is None and asked.since:
        return [Fault("--from", f"{first} has not begun yet", f"today is {today}")]
    if latest > today:
        return [Fault(option, f"{latest} has not begun yet", f"today is {today}")]
    if first > last:
        return [Fault("--from", f"{first} is after --to {last}", "the first day comes first")]
    if last - first > _LONGEST:
        return [
            Fault("--from", f"{first} is {(last - first).days} days before --to", "ask for 400")
        ]
    return []


def require_names(engine: Engine, asked: Asked) -> None:
    """Pass where each name that was asked for is one of the inventory, also a closed one.

    Raises:
        BadInput: one is not; the message has the nearest name.
    """
    from storage.ids import names_of
    from storage.transaction import reading

    faults = []
    with reading(engine) as connection:
        for noun in ("client", "owner", "watch", "site"):
            name = getattr(asked, noun, None)
            known = frozenset[str]() if name is None else names_of(connection, noun)
            if name is not None and name not in known:
                cure = suggest(name, known)
                faults.append(Fault(f"--{noun}", f"there is no {noun} {name}", cure))
    if faults:
        raise BadInput(*faults)


Options = TypeVar("Options", bound=Asked)


def reporting(
    group: typer.Typer, options: type[Options], *lines: str
) -> Callable[[Callable[[Door, Options], None]], None]:
    """Make a function the command of its name, with an option for each field of `options`.

    `lines` are the examples of its help.
    """

    def register(function: Callable[[Door, Options], None]) -> None:
        def run(door: Door, **given: Any) -> None:
            function(door, options(**given))

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__signature__ = _signature(options)  # type: ignore[attr-defined]
        command(group, function.__name__, epilog=examples(*lines))(run)

    return register


def _signature(options: type[Asked]) -> inspect.Signature:
    hints = get_type_hints(options, include_extras=True)
    door = inspect.Parameter("door", inspect.Parameter.POSITIONAL_ONLY, annotation=Door)
    own = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[one.name],
            default=inspect.Parameter.empty if one.default is MISSING else one.default,
        )
        for one in fields(options)
    ]
    return inspect.Signature([door, *own])
