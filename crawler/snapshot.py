"""What a page showed at one moment, in plain values: all that judging and reading may see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector


@dataclass(frozen=True, slots=True)
class Answer:
    """One JSON answer that the page itself asked for and received."""

    url: str
    status: int
    body: str

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            ValueError: it is not JSON.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A page's url, the status of its document, its rendered HTML and its JSON answers.

    `taken_at` (aware UTC, business clock) becomes the readings' `observed_at`.
    """

    url: str
    status: int | None
    html: str
    answers: tuple[Answer, ...]
    taken_at: datetime
    retry_after_seconds: float | None = None

    @property
    def path(self) -> str:
        """The path of the url, without query and fragment."""
        return urlsplit(self.url).path

    def select(self) -> Selector:
        """Return the HTML as a parsel selector (an empty page gives an empty document)."""
        return Selector(text=self.html or "<html></html>")

    def answers_to(self, path_part: str) -> Iterator[Answer]:
        """Yield the successful answers whose url's path contains `path_part`, oldest first."""
        for answer in self.answers:
            if answer.status == 200 and path_part in urlsplit(answer.url).path:
                yield answer
