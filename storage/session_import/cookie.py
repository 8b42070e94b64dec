"""One cookie of an imported file: converted to Playwright's words, or its faults.

No fault repeats a value. What a browser would silently drop is a fault here, as the import
would seem to succeed and the login would not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.errors import Fault

_SAME_SITE = {"strict": "Strict", "lax": "Lax", "none": "None", "no_restriction": "None"}
_UNSAID = frozenset({"unspecified", ""})
"""How browser extensions write that the site said nothing."""
_EXPIRY_KEYS = ("expiry", "expirationDate", "expires")
"""Selenium's word, the browser extensions', Playwright's."""
_MILLISECONDS_FROM = 1e11
"""In seconds this is the year 5138."""
_MICROSECONDS_FROM = 1e14
_LONGEST = 4096
"""Bytes of name and value together that browsers keep."""
_FORBIDDEN = frozenset(map(chr, [*range(32), 127])) | {";"}


@dataclass(slots=True)
class Judged:
    """A cookie as it was read: `cookie` is in Playwright's words where there are no faults."""

    where: str
    name: str
    domain: str
    cookie: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def ended_at(self, now: datetime) -> datetime | None:
        """Return when it ended, None for one that has not."""
        expires = self.cookie.get("expires", -1)
        if expires == -1 or expires > now.timestamp():
            return None
        return datetime.fromtimestamp(max(expires, 0), UTC)


def judge(raw: object, place: str) -> Judged:
    """Read the cookie that stands at `place` (`kim.pkl: cookie 2`), in anybody's words."""
    if not isinstance(raw, dict):
        return Judged(place, "", "", faults=[Fault(place, "is not a dictionary")])
    name, domain = raw.get("name"), raw.get("domain")
    judged = Judged(
        where=f"{place} ({shown(name)})",
        name=name if isinstance(name, str) else "",
        domain=_domain(raw) if isinstance(domain, str) else "",
    )
    judged.faults = [Fault(judged.where, what, cure) for what, cure in _faults(raw)]
    if not judged.faults:
        judged.cookie = _converted(raw)
    return judged


def shown(text: object) -> str:
    """Return a name or host as it may stand in a message: short and printable."""
    if not isinstance(text, str) or not text:
        return "without a name"
    return text[:60] if text.isprintable() else ascii(text[:60])


def belongs_to(domain: str, hosts: frozenset[str]) -> bool:
    """Whether a browser sends a cookie of `domain` to one of `hosts`.

    A leading dot means the host and all below it; a whole top-level domain never counts.
    """
    if not domain.startswith("."):
        return domain in hosts
    bare = domain[1:]
    return bare in hosts or ("." in bare and any(host.endswith(domain) for host in hosts))


def _faults(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("name", "value", "domain"):
        if not isinstance(raw.get(key), str):
            yield f"has no {key} (a text)", ""
    if raw.get("name") == "" or raw.get("domain") == "":
        yield "has an empty name or domain", ""
    path = raw.get("path", "/")
    if not isinstance(path, str) or not path.startswith("/"):
        yield "its path does not begin with /", ""
    for key in ("secure", "httpOnly", "hostOnly", "session"):
        if not isinstance(raw.get(key, False), bool):
            yield f"its {key} is neither true nor false", ""
    if raw.get("hostOnly") is True and str(raw.get("domain")).startswith("."):
        yield "its hostOnly contradicts its domain, which begins with a dot", ""
    yield from _text_faults(raw)
    yield from _expiry_faults(raw)
    yield from _vanishing(raw)


def _text_faults(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    texts = [raw[key] for key in ("name", "value") if isinstance(raw.get(key), str)]
    if any(_FORBIDDEN.intersection(text) for text in texts):
        yield "its name or value holds a control character or a semicolon", ""
    if sum(len(text.encode("utf-8", "replace")) for text in texts) > _LONGEST:
        yield f"is longer than the {_LONGEST} bytes that browsers keep", ""


def _expiry_faults(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    expires = _expires(raw)
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        yield "its expiry is not a number", "seconds since 1970, or leave it out"
    elif expires > _MILLISECONDS_FROM:
        unit = "microseconds" if expires > _MICROSECONDS_FROM else "milliseconds"
        yield f"its expiry is in {unit}", "write seconds since 1970"
    said = [key for key in _EXPIRY_KEYS if raw.get(key) is not None]
    if any(raw[key] != raw[said[0]] for key in said):
        yield f"its {' and '.join(said)} differ", "leave one of them"


def _vanishing(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield why a browser would silently drop it."""
    name, secure = str(raw.get("name")), raw.get("secure") is True
    same_site = _same_site(raw)
    if same_site is not None and same_site not in _SAME_SITE:
        yield "its sameSite is none of Strict, Lax, None, no_restriction, unspecified", ""
    elif _SAME_SITE.get(str(same_site)) == "None" and not secure:
        yield (
            "is SameSite=None without Secure: browsers drop it",
            "export it from Chromium; Firefox writes None where the site said nothing",
        )
    if name.startswith(("__Secure-", "__Host-")) and not secure:
        yield "its name promises Secure, which it is not: browsers drop it", ""
    host_only = not _domain(raw).startswith(".") and raw.get("path", "/") == "/"
    if name.startswith("__Host-") and not host_only:
        yield "its name promises one host and path /: browsers drop it", ""


def _expires(raw: dict[str, Any]) -> object:
    """Return when it ends by any of the words; -1 ends with the browser."""
    if raw.get("session") is True:
        return -1
    return next((raw[key] for key in _EXPIRY_KEYS if raw.get(key) is not None), -1)


def _same_site(raw: dict[str, Any]) -> str | None:
    """Return the word in small letters, None where nothing was said."""
    said = raw.get("sameSite")
    word = None if said is None else str(said).lower()
    return None if word in _UNSAID else word


def _domain(raw: dict[str, Any]) -> str:
    """Return Playwright's domain: a leading dot where hosts below it get the cookie too."""
    domain = str(raw.get("domain")).lower()
    return f".{domain}" if raw.get("hostOnly") is False and domain[:1] != "." else domain


def _converted(raw: dict[str, Any]) -> dict[str, Any]:
    cookie = {
        "name": raw["name"],
        "value": raw["value"],
        "domain": _domain(raw),
        "path": raw.get("path", "/"),
        "expires": _expires(raw),
        "httpOnly": raw.get("httpOnly", False),
        "secure": raw.get("secure", False),
    }
    same_site = _same_site(raw)
    if same_site is not None:
        cookie["sameSite"] = _SAME_SITE[same_site]
    if isinstance(raw.get("partitionKey"), str):
        cookie["partitionKey"] = raw["partitionKey"]
        if isinstance(raw.get("_crHasCrossSiteAncestor"), bool):
            cookie["_crHasCrossSiteAncestor"] = raw["_crHasCrossSiteAncestor"]
    return cookie
