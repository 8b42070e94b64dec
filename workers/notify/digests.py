"""The morning's digest of each marketer: once per business day, at their start of work."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from domain.business_day import BusinessDay
from domain.cause import COSTS
from domain.person import DigestDays, Language, PersonSpec, Role
from reports.digest import digest, digest_text
from storage.causes import CauseRecord
from storage.outbox import NewMessage, Outbox
from workers.house import House
from workers.notify.audience import digest_is_due, quiet_end
from workers.notify.cost_message import cost_title
from workers.notify.message import Text
from workers.settling import site_facts


def write_digests(
    house: House, people: Sequence[PersonSpec], open_ones: Collection[CauseRecord], now: datetime
) -> None:
    """Write the digests that are due and were not written yet."""
    zone, outbox = house.settings.zone, Outbox(house.engine)
    about = f"digest {now.astimezone(zone).date()}"
    due = [one for one in people if digest_is_due(one, now, zone)]
    told = outbox.told(about) if due else frozenset()
    for person in due:
        if all((person.name, target) in told for target in person.targets):
            continue
        text = text_for(house, person.digest, _whose(person), person.language, open_ones, now)
        if text is not None:
            outbox.put(list(_messages(person, about, text, now, quiet_end(person, now, zone))))


def text_for(
    house: House,
    days: DigestDays,
    owner: str | None,
    language: Language,
    open_ones: Collection[CauseRecord],
    now: datetime,
) -> Text | None:
    """Return the digest of an owner (None: of all clients), or None: they have no watch."""
    day = BusinessDay(house.settings.zone)
    found = digest(house.engine, now, day, days, owner, site_facts(house).metrics)
    if not found.lines:
        return None
    alerts = {
        one.cause.subject: cost_title(one.cause, language)
        for one in open_ones
        if one.cause.kind in COSTS and one.told_at is not None
    }
    return Text(*digest_text(found, alerts, day, language))


def _whose(person: PersonSpec) -> str | None:
    return None if Role.LEAD in person.roles else person.name


def _messages(
    person: PersonSpec, about: str, text: Text, now: datetime, until: datetime | None
) -> Iterator[NewMessage]:
    for target in person.targets:
        yield NewMessage(about, person.name, target, text.title, text.body, now, until)
