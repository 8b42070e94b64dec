"""`danga close`: keep a month's figures, and see later what differs from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer
from admin.report_options import LangOption
from domain.business_day import BusinessDay
from domain.errors import BadInput, Fault
from domain.month import Month
from domain.person import Language
from reports.words import HEADINGS, Both, headings

if TYPE_CHECKING:
    from storage.closing import Figures
    from workers.closing import Closed

_AMOUNTS = ("spend", "spend_net", "results", "unit_cost", "unpaired_spend")
_NOW = Both("현재", "now")
_COLUMNS = {
    "client": HEADINGS["client"],
    "watch": HEADINGS["watch"],
    "date": HEADINGS["date"],
    "spend": Both("마감 소진", "spend kept"),
    "now_spend": _NOW,
    "results": Both("마감 결과", "results kept"),
    "now_results": _NOW,
    "unit_cost": Both("마감 단가", "unit cost kept"),
    "now_unit_cost": _NOW,
}
_CLOSED = Both("{month} 월을 마감했습니다{note}.", "{month} is closed{note}.")
_WAS_CLOSED = Both(
    "{month} 월은 {when}에 {who} 님이 마감했습니다{note}.",
    "{month} was closed on {when} by {who}{note}.",
)
_PROVISIONAL = Both(" (잠정인 날 있음)", ", some days of it provisional")
_SAME = Both("모든 날이 마감 때와 같습니다.", "Every day is still as it was kept.")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    lines = (
        "danga close 2026-03",
        "danga close 2026-03 --provisional --reason 'sent to the client'",
    )
    command(app, "close", epilog=examples(*lines))(close)


def close(
    door: Door,
    month: Annotated[str, typer.Argument(metavar="MONTH", help="A month that is over: 2026-03.")],
    provisional: Annotated[
        bool, typer.Option("--provisional", help="Even where days are not final yet.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the audit.")] = "",
    lang: LangOption = None,
) -> None:
    """Keep the figures of MONTH, of each watch and day, as they are now.

    What counts may still change; what is kept never does. Said again of a closed month it lists
    the days that differ now, beside what was kept.
    """
    from workers.closing import Asked, close_final, close_provisional

    wall = BusinessDay(door.settings.zone)
    asked = Asked(_month(month), door.person, door.clock.now(), wall, reason)
    with door.engine() as engine:
        closed = (close_provisional if provisional else close_final)(engine, asked)
    _show(door, closed, lang or Language(door.settings.language))


def _show(door: Door, closed: Closed, language: Language) -> None:
    closing = closed.closing
    rows = [
        {
            "client": one.client,
            "watch": one.watch,
            "date": one.business_date,
            **_amounts(one.kept, ""),
            **_amounts(one.now, "now_"),
        }
        for one in closed.changes
    ]
    if door.as_json:
        told = {
            "month": str(closing.month),
            "closed_at": closing.closed_at,
            "closed_by": closing.closed_by,
            "provisional": closing.is_provisional,
            "is_new": closed.is_new,
        }
        door.printer.document({**told, "differences": rows})
        return
    told = {"month": closing.month, "who": closing.closed_by}
    told["when"] = f"{closing.closed_at.astimezone(door.settings.zone):%Y-%m-%d %H:%M}"
    told["note"] = _PROVISIONAL.say(language) if closing.is_provisional else ""
    if closed.is_new:
        door.say(_CLOSED.say(language, **told))
        return
    door.say(_WAS_CLOSED.say(language, **told))
    nothing = _SAME.say(language)
    door.show(Answer("differences", headings(_COLUMNS, language), rows, nothing=nothing))


def _amounts(figures: Figures | None, prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": getattr(figures, name, None) for name in _AMOUNTS}


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise BadInput(Fault("MONTH", f"{text} is no month", "write 2026-03")) from None
