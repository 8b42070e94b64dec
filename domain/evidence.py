"""What a failed page looked like, with secrets removed, before anybody stores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a person needs to understand one verdict; holds no secret.

    `screenshot` is PNG bytes (None where the browser could not give one), `answers` the JSON
    answers as (url, body), `log` the steps of the visit, oldest first.
    """

    login: str
    page_url: str
    verdict: Verdict
    taken_at: datetime
    html: str
    screenshot: bytes | None
    answers: tuple[tuple[str, str], ...]
    log: tuple[str, ...]
    site: str = ""
    """The site's name in our inventory."""
    page: Mapping[str, Any] | None = None
    """What the page was and what was expected of it, in plain values: with HTML and answers it can
    be read again by a mended class. None where it cannot."""
