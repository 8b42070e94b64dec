"""Take the secrets out of what a failed page looked like, before anybody stores it.

Removed are: every literal secret that is passed in (cookie values, the password), also where it
stands percent-encoded, escaped for HTML or for JSON; values under names that say so (tokens,
passwords, sessions, cookies) in JSON, scripts, attributes, headers and queries; password and
token inputs; signed tokens; e-mail addresses and telephone numbers. Figures stay.

Pure: no I/O. It rather removes too much than too little; what it leaves is still encrypted.
"""

from __future__ import annotations

import html as html_text
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from domain.credentials import Credentials
from domain.evidence import Evidence
from domain.session import BrowserSession

REMOVED = "[removed]"

_SHORTEST_LITERAL = 4
"""Shorter ones ("1", "ko") stand everywhere; removing them would tear the page apart."""
_SHORTEST_COOKIE = 6
_SHORTEST_STORED = 16
_LONG_HIDDEN_VALUE = 16
_PATH = re.compile(r"(?:/[\w.~-]{1,20}){2,}/?")
"""Of several short segments: hardly ever what a random token in base64 looks like."""

_SECRET_WORDS = frozenset(
    {
        *("auth", "authorization", "credential", "credentials", "jwt", "nonce", "otp"),
        *("passwd", "password", "pw", "pwd", "secret", "sig", "signature"),
        *("cookie", "cookies", "sess", "session", "sessionid", "sid"),
        *("csrf", "ticket", "token", "tokens", "xsrf"),
    }
)
_SECRET_ENDINGS = ("token", "password", "passwd", "secret", "sessionid", "apikey", "csrf")
_SECRET_IN_QUERY = frozenset({"code", "key", "state"})
"""OAuth's answers; as names in JSON they are everyday words."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_HEADER = re.compile(
    r"(?im)\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:token|key|auth)[\w-]*)"
    r"(\s*:\s*)(?!\[removed\])[^\s\"'<][^\r\n<]*"
)
_ASSIGNED = re.compile(
    r"""(?s)\b([A-Za-z_][\w.-]{0,63})((?:\\?["'])?\s*[:=]\s*)(\\?["'])((?:(?!\3)(?:\\.|[^\\])){1,8192}?)\3"""
)
_QUERY = re.compile(r"(?<=[?&;#])([\w.\[\]-]{1,64})=([^&#;\s\"'<>\\]+)")
_USER_INFO = re.compile(r"(?<=://)[^/\s\"'<>@]{1,256}@")
_TAG = re.compile(
    r"""(?is)<(?:input|meta)\b(?:[^"'>]{1,512}+|"[^"]{0,8192}+"|'[^']{0,8192}+'){0,64}+>"""
)
_ATTRIBUTE = re.compile(
    r"""(?is)\b(type|name|id|value|content)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)"""
)
_SHAPES = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/-]{8,}=*"), rf"\1 {REMOVED}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"), REMOVED),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,24}\b"), "[e-mail]"),
    (
        re.compile(
            r"(?<![\w.,+-])(?:"
            r"(?:\+?82[-. ]?(?:\(0\)[-. ]?|0)?1[016789]|01[016789])[-. ]?\d{3,4}[-. ]?\d{4}"
            r"|\(?0(?:2|[3-6]\d|70|50\d)[-.) ]{1,2}\d{3,4}[-. ]\d{4}"
            r"|\+\d{1,3}[-. ]\(?\d{1,4}\)?[-. ]\d{3,4}(?:[-. ]\d{3,4})?"
            r")(?![\w,])"
        ),
        "[phone]",
    ),
)


def redact(evidence: Evidence, secrets: Iterable[str] = ()) -> Evidence:
    """Return the evidence without secrets. The screenshot stays: browsers mask passwords."""
    literals = _spellings(secrets)
    verdict = evidence.verdict
    return replace(
        evidence,
        page_url=_redact(evidence.page_url, literals),
        verdict=replace(verdict, detail=_redact(verdict.detail, literals)),
        html=_redact_inputs(_redact(evidence.html, literals)),
        answers=tuple(
            (_redact(url, literals), _redact(body, literals)) for url, body in evidence.answers
        ),
        log=tuple(_redact(line, literals) for line in evidence.log),
        page=_redact_page(evidence.page, literals),
    )


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a log line, an address or a JSON answer without secrets."""
    return _redact(text, _spellings(secrets))


def redact_html(html: str, secrets: Iterable[str] = ()) -> str:
    """Return a page's HTML without secrets, inputs included."""
    return _redact_inputs(_redact(html, _spellings(secrets)))


def secrets_of(session: BrowserSession | None, credentials: Credentials | None) -> Iterator[str]:
    """Yield what must not stand in any evidence of a login: values of cookies, storage, password.

    Short values of cookies and storage ("ko_KR", "12000") are settings rather than secrets, and
    may be the very figures that the evidence has to show. So is a path, such as that of the
    page visited last: removing it would tear addresses and links apart.
    """
    if credentials is not None:
        yield credentials.password
    if session is None:
        return
    cookies = (cookie["value"] for cookie in session.cookies)
    yield from (value for value in cookies if len(value) >= _SHORTEST_COOKIE)
    for value in _stored_values(session):
        if len(value) >= _SHORTEST_STORED and not _PATH.fullmatch(value):
            yield value


def _stored_values(session: BrowserSession) -> Iterator[str]:
    for origin in session.origins:
        entries: list[dict[str, Any]] = origin.get("localStorage", [])
        yield from (entry["value"] for entry in entries)
    for storage in session.session_storage.values():
        yield from storage.values()


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Return each secret in all its spellings, longest first, so that none leaves a rest."""
    spelled = {
        spelling
        for secret in secrets
        if len(secret) >= _SHORTEST_LITERAL and secret not in REMOVED
        for spelling in (
            secret,
            quote(secret, safe="", errors="replace"),
            quote_plus(secret, errors="replace"),
            html_text.escape(secret),
            html_text.escape(secret, quote=False),
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
        )
    }
    return sorted(spelled, key=lambda spelling: (-len(spelling), spelling))


def _redact(text: str, literals: Iterable[str]) -> str:
    for literal in literals:
        text = text.replace(literal, REMOVED)
    text = _USER_INFO.sub(f"{REMOVED}@", text)
    text = _HEADER.sub(rf"\1\2{REMOVED}", text)
    text = _ASSIGNED.sub(_without_assigned, text)
    text = _QUERY.sub(_without_query_value, text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def _redact_page(page: Mapping[str, Any] | None, literals: list[str]) -> Mapping[str, Any] | None:
    """Addresses lose their secrets. Where a name or an id would, the page is not read again:

    what has to stand on it could not be compared any more.
    """
    if page is None:
        return None
    inner = {**page["page"], "url": _redact(page["page"]["url"], literals)}
    clean = {**page, "url": _redact(page["url"], literals), "page": inner}
    named = json.dumps({**page, "url": "", "page": ""}, ensure_ascii=False)
    return clean if _redact(named, literals) == named else None


def _without_assigned(found: re.Match[str]) -> str:
    name, between, quotes, value = found.groups()
    # JSON stands within JSON; quotes within quotes bound how deep this goes.
    kept = REMOVED if _names_a_secret(name) else _ASSIGNED.sub(_without_assigned, value)
    return f"{name}{between}{quotes}{kept}{quotes}"


def _without_query_value(found: re.Match[str]) -> str:
    name, value = found.groups()
    secret = name.lower() in _SECRET_IN_QUERY or _names_a_secret(name) or _looks_random(value)
    return f"{name}={REMOVED}" if secret else found.group()


def _redact_inputs(html: str) -> str:
    return _TAG.sub(_without_input_value, html)


def _without_input_value(found: re.Match[str]) -> str:
    tag = found.group()
    seen = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(tag)}
    if not _input_is_secret(seen):
        return tag
    return _ATTRIBUTE.sub(_without_value, tag)


def _input_is_secret(attributes: dict[str, str]) -> bool:
    kind = attributes.get("type", "").lower()
    named = any(_names_a_secret(attributes.get(name, "")) for name in ("name", "id"))
    long_hidden = kind == "hidden" and len(attributes.get("value", "")) >= _LONG_HIDDEN_VALUE
    return kind == "password" or named or long_hidden


def _without_value(found: re.Match[str]) -> str:
    name = found.group(1)
    return f'{name}="{REMOVED}"' if name.lower() in {"value", "content"} else found.group()


def _names_a_secret(name: str) -> bool:
    words = {word.lower() for word in _WORDS.findall(name)}
    return bool(words & _SECRET_WORDS) or name.lower().endswith(_SECRET_ENDINGS)


def _looks_random(value: str) -> bool:
    return (
        len(value) >= 24
        and "%" not in value
        and any(character.isdigit() for character in value)
        and any(character.isalpha() for character in value)
    )
