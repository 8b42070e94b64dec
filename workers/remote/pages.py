"""The pages of a remote sign-in: two static files, one of them with places for a few words.

Everything a page needs stands in its own file; the policy names the digests of its script and
style, so that nothing else runs, loads or is framed.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from domain.sign_in_link import LinkState
from workers.remote.desk import Sight

_FOLDER = Path(__file__).parent / "static"
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Static:
    """A file with the Content-Security-Policy under which it works."""

    text: str
    policy: str


@cache
def live() -> Static:
    """Return the page with the live browser."""
    return _static("live.html")


@cache
def notice() -> Static:
    """Return the page with words and a button; its text is a template."""
    return _static("notice.html")


def offer_page(sight: Sight, zone: ZoneInfo, path: str) -> str:
    """Return the page of a link that this browser may start."""
    link = sight.link
    minutes = max(round(link.seconds_left / 60), 1)
    until = f"{link.expires_at.astimezone(zone):%m월 %d일 %H:%M}까지 (약 {_span(minutes)} 남음)"
    facts = {
        "매체": ", ".join(sight.sites),
        "로그인": sight.login,
        "광고주": ", ".join(sight.clients) or "-",
        "이유": sight.reason,
        "기다리는 수집": f"{sight.waiting}건",
        "링크": until,
    }
    again = link.state is LinkState.CLAIMED
    name = link.made_for or sight.known_as
    field = "" if again else _name_field(name)
    button = "이어서 로그인하기" if again else "로그인 시작하기"
    said = (
        "버튼을 누르면 매체의 로그인 화면이 이 브라우저에 열립니다. 누르기 전에는 아무 일도 "
        "일어나지 않습니다. 입력하는 내용은 저장하거나 기록하지 않습니다."
    )
    return _page("매체 로그인이 필요합니다", said, facts, _form(path, field, button))


def over_page(sight: Sight, path: str) -> str:
    """Return the page of a link that this browser cannot start: done, over, or another's."""
    link, facts = sight.link, {"매체": ", ".join(sight.sites), "로그인": sight.login}
    if link.state is LinkState.DONE:
        return _page("로그인이 끝났습니다", link.outcome, facts)
    if link.state is LinkState.CLAIMED:
        said = (
            f"{link.claimed_by} 님이 이 링크로 먼저 시작했습니다. 한 번에 한 사람만 로그인합니다."
        )
        return _page("다른 분이 로그인하고 있습니다", said, facts)
    if sight.known_as:
        said = "같은 로그인의 새 링크를 만들 수 있습니다."
        return _page("링크의 시간이 지났습니다", said, facts, _form(path, "", "새 링크 만들기"))
    said = (
        "새 링크는 알림을 받은 담당자가 만들 수 있습니다. Danga가 설치된 서버에서: "
        f"danga session refresh {sight.login}"
    )
    return _page("링크의 시간이 지났습니다", said, facts)


def words_page(title: str, said: str) -> str:
    """Return a page that says one thing."""
    return _page(title, said, {})


def name_in(typed: str) -> str | None:
    """Return the name that a person gave, or None: it is none."""
    name = " ".join(typed.split())
    return name if 0 < len(name) <= _LONGEST_NAME and name.isprintable() else None


def _span(minutes: int) -> str:
    return f"{minutes}분" if minutes < 120 else f"{minutes // 60}시간"


def _name_field(name: str) -> str:
    return (
        '<label>이름 <input name="name" required autocomplete="name" '
        f'maxlength="{_LONGEST_NAME}" value="{escape(name)}"></label>'
    )


def _form(path: str, field: str, button: str) -> str:
    return (
        f'<form method="post" action="{escape(path)}">{field}'
        f'<button type="submit">{button}</button></form>'
    )


def _page(title: str, said: str, facts: dict[str, str], form: str = "") -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return Template(notice().text).substitute(
        title=title, said=escape(said), facts=f"<dl>{rows}</dl>" if rows else "", form=form
    )


def _static(name: str) -> Static:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    policy = [
        "default-src 'none'",
        f"script-src {_digests('script', text)}",
        f"style-src {_digests('style', text)}",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    return Static(text, "; ".join(policy))


def _digests(tag: str, text: str) -> str:
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
    hashes = (base64.b64encode(sha256(one.encode()).digest()).decode() for one in found)
    return " ".join(f"'sha256-{one}'" for one in hashes) or "'none'"
