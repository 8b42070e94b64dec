"""The page as HTML: one file that asks for nothing, under a policy that lets nothing else run.

Every text is escaped by Jinja; the script gets its data as JSON in which no `<` stands, and
writes it as text only. The policy names the digests of the page's own style and scripts.
"""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from domain.currency import KRW
from domain.money import show_money
from domain.person import Language
from reports.amounts import Amounts
from reports.page.behind import Behind
from reports.page.sheet import Sheet
from reports.page.words import COLUMNS, STATES, WORDS
from reports.standing import Standing
from reports.words import FLAGS, Both, age, count, no_entity

_TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("palette.css", "page.css", "detail.css")
_SCRIPTS = ("page.js", "hours.js", "chart.js")


@dataclass(frozen=True, slots=True)
class Explained:
    """An hour of a watch, and what stands behind it; shown in `zone`."""

    watch: Standing
    amounts: Amounts
    behind: Behind
    zone: ZoneInfo


def page_html(sheet: Sheet) -> str:
    """Return the whole page of an owner, or of everyone."""
    style, scripts = _text(*_STYLES), [_text(name) for name in _SCRIPTS]
    return environment().get_template("page.html").render(
        sheet=sheet,
        policy=policy([style], scripts),
        style=Markup(style),  # noqa: S704 - our own files, no word of anybody else's
        scripts=[Markup(one) for one in scripts],  # noqa: S704
        data=htmlsafe_json_dumps(sheet.data(), separators=(",", ":"), ensure_ascii=False),
    )  # fmt: skip


def explanation_html(explained: Explained) -> str:
    """Return the page with what stands behind one hour of a watch; it has no script at all."""
    style = _text("palette.css", "explanation.css")
    begins = explained.behind.begins.astimezone(explained.zone)
    return environment().get_template("explanation.html").render(
        policy=policy([style], []),
        style=Markup(style),  # noqa: S704
        watch=explained.watch,
        amounts=explained.amounts,
        behind=explained.behind,
        zone=explained.zone,
        begins=begins,
        ends=begins + timedelta(hours=1),
        day=begins.date(),
    )  # fmt: skip


def policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Return the Content-Security-Policy of a page that holds these and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_digests(scripts)}",
            f"style-src {_digests(styles)}",
            "img-src data:",
            "frame-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def money(amount: int | Decimal, currency: str) -> Both:
    """Return an amount in minor units as it is written in either language."""
    shown = show_money(amount, currency)
    if currency != KRW:
        return Both(shown, shown)
    bare = shown.removesuffix("원")
    return Both(shown, f"-₩{bare[1:]}" if bare.startswith("-") else f"₩{bare}")


@cache
def environment() -> Environment:
    """Return the templates with what they may say; whatever they show is escaped."""
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(words=WORDS, states=STATES, columns=COLUMNS, flags=FLAGS)
    found.filters.update(
        money=money,
        count=lambda results: _both(count, results),
        cost_range=_cost_range,
        span=lambda time: _both(age, time),
        minutes=lambda age: max(age // timedelta(minutes=1), 0),
        moment=_moment,
        as_of=_as_of,
        quoted=shlex.quote,
        signed=lambda delta: f"{delta:+,}",
        since=_since,
        no_entity=lambda sides: _both(no_entity, sides),
    )
    return found


def _both(say: Callable[[Any, Language], str], what: object) -> Both:
    return Both(say(what, Language.KOREAN), say(what, Language.ENGLISH))


def _cost_range(one: Standing) -> Both:
    low, high = one.low, one.high
    assert low is not None
    least = money(low, one.currency)
    if high is None:
        return Both(f"{least.ko} 이상", f"{least.en} or more")
    most = money(high, one.currency)
    return Both(f"{least.ko.removesuffix('원')}~{most.ko}", f"{least.en}–{most.en}")


@pass_context
def _moment(context: Context, at: datetime) -> Both:
    """The time of day, with its date where that is not today."""
    sheet: Sheet = context["sheet"]
    local = at.astimezone(sheet.zone)
    if local.date() == sheet.today:
        return Both(f"{local:%H:%M}", f"{local:%H:%M}")
    return Both(f"{local.month}월 {local.day}일 {local:%H:%M}", f"{local:%-d %b %H:%M}")


@pass_context
def _as_of(context: Context, at: datetime) -> Both:
    sheet: Sheet = context["sheet"]
    local = at.astimezone(sheet.zone)
    days = "월화수목금토일"
    return Both(
        f"{local.month}월 {local.day}일 ({days[local.weekday()]}) {local:%H:%M} 기준",
        f"as of {local:%a %-d %b %H:%M}",
    )


@pass_context
def _since(context: Context, at: datetime) -> Both:
    found: Both = _moment(context, at)
    return Both(f"{found.ko}부터", f"since {found.en}")


@cache
def _text(*names: str) -> str:
    return "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _digests(texts: Iterable[str]) -> str:
    found = (b64encode(sha256(one.encode()).digest()).decode() for one in texts)
    return " ".join(f"'sha256-{one}'" for one in found) or "'none'"
