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

_SAME_SITE = {"strict": "Strict", "lax": "Lax", "none": "None"}
_MILLISECONDS_FROM = 1e11
"""In seconds this is the year 5138."""
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


def judge(raw: object, number: int, file: str) -> Judged:
    """Read cookie `number` (from 1) of `file`, in Selenium's words or Playwright's."""
    if not isinstance(raw, dict):
        where = f"{file}: cookie {number}"
        return Judged(where, "", "", faults=[Fault(where, "is not a dictionary")])
    name, domain = raw.get("name"), raw.get("domain")
    judged = Judged(
        where=f"{file}: cookie {number} ({shown(name)})",
        name=name if isinstance(name, str) else "",
        domain=domain.lower() if isinstance(domain, str) else "",
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
    for key in ("secure", "httpOnly"):
        if not isinstance(raw.get(key, False), bool):
            yield f"its {key} is neither true nor false", ""
    yield from _text_faults(raw)
    yield from _expiry_faults(_expires(raw))
    yield from _vanishing(raw)


def _text_faults(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    texts = [raw[key] for key in ("name", "value") if isinstance(raw.get(key), str)]
    if any(_FORBIDDEN.intersection(text) for text in texts):
        yield "its name or value holds a control character or a semicolon", ""
    if sum(len(text.encode("utf-8", "replace")) for text in texts) > _LONGEST:
        yield f"is longer than the {_LONGEST} bytes that browsers keep", ""


def _expiry_faults(expires: object) -> Iterator[tuple[str, str]]:
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        yield "its expiry is not a number", "seconds since 1970, or leave it out"
    elif expires > _MILLISECONDS_FROM:
        yield "its expiry is in milliseconds", "write seconds since 1970"


def _vanishing(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield why a browser would silently drop it."""
    name, secure = str(raw.get("name")), raw.get("secure") is True
    same_site = raw.get("sameSite")
    if same_site is not None and str(same_site).lower() not in _SAME_SITE:
        yield "its sameSite is none of Strict, Lax, None", ""
    elif str(same_site).lower() == "none" and same_site is not None and not secure:
        yield (
            "is SameSite=None without Secure: browsers drop it",
            "export it from Chromium; Firefox writes None where the site said nothing",
        )
    if name.startswith(("__Secure-", "__Host-")) and not secure:
        yield "its name promises Secure, which it is not: browsers drop it", ""
    host_only = not str(raw.get("domain")).startswith(".") and raw.get("path", "/") == "/"
    if name.startswith("__Host-") and not host_only:
        yield "its name promises one host and path /: browsers drop it", ""


def _expires(raw: dict[str, Any]) -> object:
    """Return Selenium's `expiry`, else Playwright's `expires`; -1 ends with the browser."""
    for key in ("expiry", "expires"):
        if raw.get(key) is not None:
            return raw[key]
    return -1


def _converted(raw: dict[str, Any]) -> dict[str, Any]:
    cookie = {
        "name": raw["name"],
        "value": raw["value"],
        "domain": raw["domain"].lower(),
        "path": raw.get("path", "/"),
        "expires": _expires(raw),
        "httpOnly": raw.get("httpOnly", False),
        "secure": raw.get("secure", False),
    }
    if raw.get("sameSite") is not None:
        cookie["sameSite"] = _SAME_SITE[raw["sameSite"].lower()]
    if isinstance(raw.get("partitionKey"), str):
        cookie["partitionKey"] = raw["partitionKey"]
        if isinstance(raw.get("_crHasCrossSiteAncestor"), bool):
            cookie["_crHasCrossSiteAncestor"] = raw["_crHasCrossSiteAncestor"]
    return cookie
