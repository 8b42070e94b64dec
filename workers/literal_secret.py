"""Find passwords that somebody wrote into a file where none may stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from domain.errors import Fault
from workers.yaml_source import Place, YamlSource

_SECRET_KEYS = re.compile(
    r"(?i)(pass(word|wd|phrase|code)?|pw|pwd|secret|token|api_?key|비밀번호|암호)\Z"
)
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*\Z|\$\{[A-Za-z_][A-Za-z0-9_]*\}\Z")
_USER_INFO = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}\Z")
_CURE = (
    "take it out, change it, since it was written down, and enter it by "
    "`danga login password LOGIN` or name a variable: `credentials: env:NAME`"
)
_CURE_URL = "name a variable of .env instead: http://user:${NAME}@host:3128"


def literal_secrets(source: YamlSource) -> Iterator[tuple[Place, Fault]]:
    """Yield each place that holds a secret itself instead of naming where it is."""
    for path, value in source.leaves():
        if not path or not isinstance(value, str) or not value:
            continue
        if _is_secret_key(path[-1]) and not _REFERENCE.match(value):
            yield path, Fault(source.where(path), "a password may not stand in a file", _CURE)
        elif (password := _password_of(value)) and not _USER_INFO.match(password):
            what = "a password may not stand in a url"
            yield path, Fault(source.where(path), what, _CURE_URL)


def _is_secret_key(key: Any) -> bool:
    return isinstance(key, str) and _SECRET_KEYS.search(key) is not None


def _password_of(text: str) -> str | None:
    if "://" not in text:
        return None
    try:
        return urlsplit(text).password
    except ValueError:
        # No url that could be taken apart, but what stands before an @ may still be one.
        return "?" if "@" in text else None
