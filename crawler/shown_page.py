"""Checks that most site classes need: is this the right account, and the right business date?"""

from __future__ import annotations

from datetime import date

from crawler.errors import LayoutChanged
from crawler.page import Expected
from crawler.snapshot import Snapshot
from domain.verdict import OK, Verdict, VerdictKind


def required(snapshot: Snapshot, selector: str) -> str:
    """Return the text of the one element that `selector` names.

    Raises:
        LayoutChanged: it stands there never or more than once.
    """
    found = snapshot.select().css(selector)
    if len(found) != 1:
        raise LayoutChanged(f"{selector!r} stands {len(found)} times on the page")
    return " ".join("".join(found.css("::text").getall()).split())


def required_attribute(snapshot: Snapshot, selector: str, attribute: str) -> str:
    """Return an attribute of the one element that `selector` names.

    Raises:
        LayoutChanged: element or attribute is missing.
    """
    found = snapshot.select().css(selector)
    value = found.attrib.get(attribute) if len(found) == 1 else None
    if value is None:
        raise LayoutChanged(f"{selector!r} with {attribute!r} stands {len(found)} times")
    return value


def account_verdict(
    snapshot: Snapshot, expected: Expected, id_selector: str, name_selector: str
) -> Verdict:
    """Compare the account on the page with the expected one.

    `id_selector` names an element whose attribute `data-account` is the id, `name_selector` the
    element that shows the name. An account that was never named (discovery) matches by its id.
    """
    shown_id = required_attribute(snapshot, id_selector, "data-account")
    shown_name = required(snapshot, name_selector)
    wanted = expected.page.account
    if wanted is None or shown_id != wanted.external_id:
        return Verdict(VerdictKind.WRONG_ACCOUNT, f"account {shown_id} is shown")
    if expected.shown_name and shown_name != expected.shown_name:
        detail = f"the account is called {shown_name!r}, not {expected.shown_name!r}"
        return Verdict(VerdictKind.WRONG_ACCOUNT, detail)
    return OK


def period_verdict(
    snapshot: Snapshot,
    expected: Expected,
    time_selector: str,
    today: tuple[str, str] | None = None,
) -> Verdict:
    """Compare the one business date on the page with those that may stand there.

    `today` is a selector and the word it has to show on a page about today: shortly after
    midnight the date alone does not tell a site that turns late from one that shows yesterday.
    """
    shown = required_attribute(snapshot, time_selector, "datetime")
    try:
        day = date.fromisoformat(shown)
    except ValueError:
        return Verdict(VerdictKind.WRONG_VIEW, f"the period is {shown}")
    if day not in expected.dates:
        return Verdict(VerdictKind.WRONG_VIEW, f"the date is {day}")
    if today and not expected.past_day and (word := required(snapshot, today[0])) != today[1]:
        return Verdict(VerdictKind.WRONG_VIEW, f"the period is {word}")
    return OK
