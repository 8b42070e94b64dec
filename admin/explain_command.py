"""`danga report explain`: how one hour of a watch comes about, or a date without hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer, Row
from admin.report_options import LangOption
from costs.flag import Flag
from domain.errors import BadInput, Fault
from domain.person import Language
from reports.words import FLAGS, HEADINGS, SIDES, Both, headings
from workers.nearest import suggest

if TYPE_CHECKING:
    from reports.explain import ExplainedInterval, Explanation, MemberShare
    from reports.seen_readings import SeenReading
    from storage.audit import Audited

_NOTES = Both("참고", "notes")
_HEAD = {
    "client": HEADINGS["client"],
    "watch": HEADINGS["watch"],
    "hour_at": Both("시간", "hour"),
    "date": HEADINGS["date"],
    "spend": HEADINGS["spend"],
    "results": HEADINGS["results"],
    "unit_cost": HEADINGS["unit_cost"],
    "unpaired_spend": HEADINGS["unpaired_spend"],
    "flags": Both("표시", "flags"),
    "notes": _NOTES,
}
_INTERVALS = {
    "interval_start": Both("시작", "from"),
    "slot_at": Both("끝", "to"),
    "spend": HEADINGS["spend"],
    "results": HEADINGS["results"],
    "unit_cost": HEADINGS["unit_cost"],
    "unpaired_spend": HEADINGS["unpaired_spend"],
    "notes": _NOTES,
}
_MEMBERS = {
    "slot_at": Both("끝", "to"),
    "side": Both("쪽", "side"),
    "entity": Both("소재", "entity"),
    "name": Both("이름", "name"),
    "metric": Both("지표", "metric"),
    "amount": Both("값", "amount"),
    "unpaired": HEADINGS["unpaired_spend"],
    "notes": _NOTES,
}
_READINGS = {
    "slot_at": Both("회차", "slot"),
    "entity": Both("소재", "entity"),
    "metric": Both("지표", "metric"),
    "date": Both("날짜", "of"),
    "shown": Both("페이지 표시", "shown"),
    "value": Both("값", "value"),
    "revision": Both("수정", "revision"),
    "observed_at": Both("측정 시각", "seen"),
    "known_at": Both("알게 된 시각", "known"),
    "visit": Both("수집", "visit"),
    "login": HEADINGS["login"],
    "worker": Both("수집기", "worker"),
    "evidence": Both("남긴 페이지", "kept"),
    "import": Both("가져오기", "import"),
    "brought_by": Both("가져온 사람", "brought by"),
    "source": Both("파일", "file"),
}
_PROOF = {
    "id": Both("그날의 마지막 페이지", "last page of the day"),
    "taken_at": Both("측정 시각", "read"),
    "visit": Both("수집", "visit"),
    "kind": Both("수집 종류", "visit kind"),
}
_CHANGES = {
    "at": Both("시각", "when"),
    "author": Both("누가", "who"),
    "what": Both("무엇", "what"),
    "name": Both("이름", "name"),
    "detail": Both("내용", "detail"),
}
_NOTHING = {
    "intervals": Both("구간이 없습니다.", "No intervals."),
    "members": Both("소재가 없습니다.", "No members."),
    "readings": Both("측정값이 없습니다.", "No readings."),
    "proof": Both("남긴 페이지가 없습니다.", "No last page of the day is kept."),
    "changes": Both("변경이 없습니다.", "No changes."),
}
_OLDER = Both("이전 변경: `danga audit '{subject}'`", "Older changes: `danga audit '{subject}'`")
_OPEN = Both(
    "페이지 열기: `danga evidence show ID --to DIR`",
    "Open a page: `danga evidence show ID --to DIR`.",
)


def add_to(group: typer.Typer) -> None:
    """Add the command to the group `report`."""
    lines = (
        "danga report explain '봄꽃 친구 추가' 2026-03-03T14",
        "danga report explain '봄꽃 DB' 2026-02-01",
    )
    command(group, "explain", epilog=examples(*lines))(explain)


def explain(
    door: Door,
    watch: Annotated[str, typer.Argument(metavar="WATCH", help="A watch of danga.yaml.")],
    hour: Annotated[
        str, typer.Argument(metavar="HOUR", help="2026-03-03T14, local; or a date without hours.")
    ],
    lang: LangOption = None,
) -> None:
    """Show the readings behind one hour: deltas, text on the page, visits, who changed what.

    A date without hours, of which only the final figures were read, is explained as a whole.
    """
    from reports.explain import explain as explained
    from reports.explain import explain_day
    from storage.dated_costs import CostComputer
    from storage.watches import WatchBook
    from workers.house import House
    from workers.settling import site_facts

    asked = _asked(door, hour)
    with House.open(door.settings) as house:
        known = {one.name: one.id for one in WatchBook(house.engine).all()}
        if watch not in known:
            fault = Fault("WATCH", f"there is no watch {watch}", suggest(watch, known))
            raise BadInput(fault)
        computer = CostComputer(site_facts(house), door.settings.zone)
        found = (
            explained(house.engine, computer, known[watch], asked)
            if isinstance(asked, datetime)
            else explain_day(house.engine, computer, known[watch], asked)
        )
    _show(door, found, lang or Language(door.settings.language))


def _asked(door: Door, text: str) -> datetime | date:
    try:
        asked = datetime.fromisoformat(text)
    except ValueError:
        asked = None
    today = door.clock.now().astimezone(door.settings.zone).date()
    if asked is not None and len(text) <= len("2026-03-03"):
        if asked.date() > today:
            raise BadInput(Fault("HOUR", f"{text} lies in the future", "name a date past"))
        return asked.date()
    if asked is None or asked.minute or asked.second:
        raise BadInput(Fault("HOUR", f"{text} is no hour", "write 2026-03-03T14"))
    begins = asked if asked.tzinfo else asked.replace(tzinfo=door.settings.zone)
    if begins > door.clock.now():
        raise BadInput(Fault("HOUR", f"{text} lies in the future", "name an hour past"))
    return begins.astimezone(UTC)


def _show(door: Door, found: Explanation, language: Language) -> None:
    intervals = [_interval(one, language) for one in found.intervals]
    members = [_member(one, None, language) for one in found.members]
    members += [
        _member(share, one.cost.slot_at, language)
        for one in found.intervals
        for share in one.members
    ]
    readings = [_reading(one) for one in found.readings]
    changes = [_change(one) for one in found.changes.lines]
    proof = [
        {"id": one.id, "taken_at": one.taken_at, "visit": one.visit_id}
        | {"kind": one.kind, "bytes": one.bytes}
        for one in found.proof
    ]
    head = _head(found, language)
    if door.as_json:
        parts = {"intervals": intervals, "members": members, "readings": readings}
        told = {"changes": changes, "older_changes_of": found.changes.cut}
        door.printer.document({**head, **parts, "proof": proof, **told})
        return
    door.printer.record({_HEAD[key].say(language): value for key, value in head.items()})
    for name, columns, rows in (
        ("intervals", _INTERVALS, intervals),
        ("members", _MEMBERS, members),
        ("readings", _READINGS, readings),
        ("proof", _PROOF, proof),
        ("changes", _CHANGES, changes),
    ):
        door.say("")
        nothing = _NOTHING[name].say(language)
        heads = headings(columns, language)
        shows = {"side": lambda row: SIDES[row["side"]].say(language)}
        door.show(Answer(name, heads, rows, nothing=nothing, shows=shows))
    for subject in found.changes.cut:
        door.say(_OLDER.say(language, subject=subject))
    if proof:
        door.say(f"\n{_OPEN.say(language)}")


def _head(found: Explanation, language: Language) -> dict[str, Any]:
    cost = found.cost
    flags = cost.flags if cost else frozenset[Flag]()
    return {
        "client": found.client,
        "watch": found.watch,
        "hour_at" if isinstance(found.of, datetime) else "date": found.of,
        "spend": cost and cost.spend,
        "results": cost and cost.results,
        "unit_cost": cost and cost.unit_cost,
        "unpaired_spend": cost and cost.unpaired_spend,
        "flags": sorted(flags),
        "notes": _notes(flags, language),
    }


def _interval(one: ExplainedInterval, language: Language) -> dict[str, Any]:
    cost = one.cost
    return {
        "interval_start": cost.interval_start,
        "slot_at": cost.slot_at,
        "spend": cost.spend,
        "results": cost.results,
        "unit_cost": cost.unit_cost,
        "unpaired_spend": cost.unpaired_spend,
        "flags": sorted(cost.flags),
        "notes": _notes(cost.flags, language),
    }


def _member(share: MemberShare, slot_at: datetime | None, language: Language) -> Row:
    return {
        "slot_at": slot_at,
        "side": share.side,
        "entity": str(share.entity),
        "name": share.name,
        "metric": share.metric,
        "amount": share.amount,
        "unpaired": share.unpaired,
        "flags": sorted(share.flags),
        "notes": _notes(share.flags, language),
    }


def _reading(one: SeenReading) -> dict[str, Any]:
    seen, visit, brought = one.seen, one.visit, one.brought
    return {
        "slot_at": seen.slot_at,
        "side": one.side,
        "entity": str(one.entity),
        "name": one.name,
        "metric": seen.metric,
        "date": seen.business_date,
        "shown": seen.shown,
        "value": seen.value,
        "revision": seen.revision,
        "restated": one.is_restated,
        "observed_at": seen.observed_at,
        "known_at": seen.known_at or seen.observed_at,
        "visit": seen.visit_id,
        "login": visit and visit.login,
        "worker": visit and visit.worker,
        "evidence": list(visit.evidence) if visit else [],
        "import": brought and brought.id,
        "brought_by": brought and brought.author,
        "source": brought and brought.source,
    }


def _change(one: Audited) -> Row:
    noun, _, verb = one.deed.action.partition(".")
    told = {"reason": one.deed.reason, **one.deed.detail}
    return {
        "at": one.at,
        "author": one.actor.name,
        "what": f"{verb} {noun}",
        "name": one.deed.subject.partition(" ")[2],
        "detail": ", ".join(f"{key}: {value}" for key, value in told.items() if value),
    }


def _notes(flags: Iterable[Flag], language: Language) -> str:
    return ", ".join(FLAGS[flag].say(language) for flag in sorted(flags))
