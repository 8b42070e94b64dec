"""Take names and ids of customers out of a page before it is saved for tests.

Every id and name that the class finds on the page (accounts, entities, and what they stand in),
that the inventory knows, or that a JSON answer calls an id or a name, gets a stand-in of the
same shape, the same one wherever it stands: in HTML, addresses, JSON answers and in what was
expected. Equal `salt` gives equal stand-ins, so that the pages of a site fit together; the salt
stays with whoever recorded them. Secrets, e-mail addresses and telephone numbers are removed.
Figures stay, or there would be nothing to test.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from itertools import count
from typing import Any
from urllib.parse import quote

from crawler.page import Expected, Found
from crawler.redaction import redact_html, redact_text
from crawler.saved_page import SavedPage
from crawler.snapshot import Answer
from domain.account import AccountKey
from domain.entity import EntityKey

_SHORTEST_ID = 3
"""Shorter ones stand everywhere and identify nobody."""
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class StandIns:
    """What is said in place of each name and id."""

    words: Mapping[str, str]

    def in_text(self, text: str) -> str:
        """Return HTML or an address with every word replaced, the longest that fits.

        A number is replaced only where it is not part of a longer one (1,001원).
        """
        if not self.words:
            return text
        spelled = {spelling: to for word, to in self.words.items() for spelling in _spellings(word)}
        longest_first = sorted(spelled, key=len, reverse=True)
        pattern = re.compile("|".join(_alone(word) for word in longest_first))
        return pattern.sub(lambda found: spelled[found[0]], text)

    def in_json(self, value: Any) -> Any:
        """Return a parsed answer with texts replaced; numbers only under keys that name ids."""
        if isinstance(value, dict):
            return {
                self.in_text(key): self._id(part) if _names_an_id(key) else self.in_json(part)
                for key, part in value.items()
            }
        if isinstance(value, list):
            return [self.in_json(part) for part in value]
        return redact_text(self.in_text(value)) if isinstance(value, str) else value

    def word(self, text: str) -> str:
        """Return one whole name or id replaced, or itself."""
        return self.words.get(text, text)

    def _id(self, value: Any) -> Any:
        if type(value) is int:
            return int(self.words.get(str(value), value))
        return self.in_json(value)


@dataclass(slots=True)
class Known:
    """Names and ids that belong to customers, gathered from whatever knows them."""

    names: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def add_found(self, found: Found) -> None:
        """Add what a class lists."""
        self.ids |= {account.key.external_id for account in found.accounts}
        self.names |= {account.shown_name for account in found.accounts}
        self.ids |= {entity.key.external_id for entity in found.entities}
        self.ids |= {entity.parent for entity in found.entities if entity.parent}
        self.names |= {entity.name for entity in found.entities}

    def add_page(self, saved: SavedPage) -> None:
        """Add what was expected of a page, and what its JSON answers call an id or a name."""
        self.names.add(saved.expected.shown_name)
        if saved.expected.page.account is not None:
            self.ids.add(saved.expected.page.account.external_id)
        for answer in saved.snapshot.answers:
            try:
                self._add_json(answer.json())
            except ValueError:
                continue  # no JSON: what stands in it is found by the page's own names and ids

    def stand_ins(self, salt: str) -> StandIns:
        """Return a stand-in of the same shape for each id, and another name for each name."""
        words: dict[str, str] = {}
        for word in sorted(word for word in self.ids if len(word) >= _SHORTEST_ID):
            words[word] = _unused(word, salt, {*words.values()})
        named = {name: f"이름 {_number(name, salt, 6)}" for name in self.names if name.strip()}
        return StandIns({**named, **words})

    def _add_json(self, value: Any) -> None:
        for key, part in value.items() if isinstance(value, dict) else ():
            if isinstance(part, str | int) and not isinstance(part, bool) and _names_an_id(key):
                self.ids.add(str(part))
            elif isinstance(part, str) and _names_a_name(key):
                self.names.add(part)
        parts = value.values() if isinstance(value, dict) else value
        for part in parts if isinstance(value, dict | list) else ():
            self._add_json(part)


def anonymised(saved: SavedPage, words: StandIns) -> SavedPage:
    """Return the page with stand-ins in the place of names and ids, without secrets."""
    snapshot = saved.snapshot
    return replace(
        saved,
        snapshot=replace(
            snapshot,
            url=redact_text(words.in_text(snapshot.url)),
            html=redact_html(words.in_text(snapshot.html)),
            answers=tuple(_answer(answer, words) for answer in snapshot.answers),
        ),
        expected=_expected(saved.expected, words),
    )


def _answer(answer: Answer, words: StandIns) -> Answer:
    url = redact_text(words.in_text(answer.url))
    try:
        parsed = answer.json()
    except ValueError:
        return replace(answer, url=url, body=redact_text(words.in_text(answer.body)))
    return replace(answer, url=url, body=json.dumps(words.in_json(parsed), ensure_ascii=False))


def _expected(expected: Expected, words: StandIns) -> Expected:
    page, account = expected.page, expected.page.account
    if account is not None:
        account = AccountKey(account.site, words.word(account.external_id))
    return replace(
        expected,
        page=replace(page, url=words.in_text(page.url), account=account),
        shown_name=words.word(expected.shown_name),
        entities=frozenset(
            EntityKey(key.site, words.word(key.account), key.kind, words.word(key.external_id))
            for key in expected.entities
        ),
    )


def _spellings(word: str) -> set[str]:
    """The word as it stands in text, in HTML and in an address."""
    return {word, escape(word), escape(word, quote=False), quote(word)}


def _unused(word: str, salt: str, used: set[str]) -> str:
    """Two short ids may fall on the same stand-in: take the next one then."""
    for number in count():
        stand_in = _same_shape(word, f"{salt}:{number}")
        if stand_in not in used:
            return stand_in
    raise AssertionError("unreachable: count() does not end")


def _alone(word: str) -> str:
    """A pattern for the word where it is not part of a longer word or number."""
    before = r"(?<![0-9A-Za-z])(?<!\d[,.])" if word[0].isascii() else ""
    after = r"(?![0-9A-Za-z])(?![,.]\d)" if word[-1].isascii() else ""
    return before + re.escape(word) + after


def _names_an_id(key: str) -> bool:
    return key.lower() == "id" or key.endswith(("Id", "_id", "ID", "Ids", "_ids"))


def _names_a_name(key: str) -> bool:
    return key.lower() == "name" or key.endswith(("Name", "_name"))


def _same_shape(word: str, salt: str) -> str:
    """Replace digits by digits and letters by letters; the first digit is never a zero."""
    stream = hashlib.sha256(f"{salt}:{word}".encode()).digest() * (len(word) // 32 + 1)
    return "".join(_like(sign, byte) for sign, byte in zip(word, stream, strict=False))


def _like(sign: str, byte: int) -> str:
    if sign in _DIGITS:
        return str(byte % 9 + 1)
    if sign.isascii() and sign.isalpha():
        return chr((ord("a") if sign.islower() else ord("A")) + byte % 26)
    return sign


def _number(word: str, salt: str, digits: int) -> str:
    digest = hashlib.sha256(f"{salt}:{word}".encode()).hexdigest()
    return str(int(digest, 16) % 10**digits).zfill(digits)
