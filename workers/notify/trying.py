"""Try the addresses of people, now: what `danga notify test` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.person import PersonSpec
from workers.notify.apprise_door import NotSent, send
from workers.notify.message import trial_text
from workers.notify.sending import address
from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a test message to one address; `detail` says why it did not arrive."""

    person: str
    target: str
    arrived: bool
    detail: str = ""


def try_addresses(settings: Settings, people: Sequence[PersonSpec]) -> Iterator[Tried]:
    """Send a test message to each address of these people."""
    for person in people:
        text = trial_text(person)
        for target in person.targets:
            try:
                send(address(settings, target), text.title, text.body)
            except NotSent as error:
                yield Tried(person.name, target, arrived=False, detail=str(error))
            else:
                yield Tried(person.name, target, arrived=True)
