"""What a site class answers is checked before anybody believes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawler.class_guard import checked_readings
from crawler.errors import SiteClassBroken
from crawler.page import Expected, Page
from crawler.sites.moment import MomentSite
from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind
from domain.reading import Reading

ACCOUNT = AccountKey("moment", "1001")
AD = EntityKey("moment", "1001", EntityKind.CREATIVE, "1")
SLOT = datetime(2026, 3, 3, 1, tzinfo=UTC)
SEEN = SLOT + timedelta(seconds=40)
SITE = MomentSite("moment", "http://127.0.0.1:1")
EXPECTED = Expected(
    Page("creatives", "http://127.0.0.1:1/", ACCOUNT), "봄꽃", frozenset({date(2026, 3, 3)}),
    frozenset({AD}), SLOT,
)  # fmt: skip
GOOD = Reading(AD, "spend", date(2026, 3, 3), 5, SLOT, SEEN, "5원")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"business_date": date(2026, 3, 2)}, "a business date that was not expected"),
        ({"business_date": date(2026, 3, 4)}, "a business date that was not expected"),
        ({"slot_at": SLOT - timedelta(minutes=20)}, "another slot"),
        ({"slot_at": SLOT + timedelta(minutes=20)}, "another slot"),
        ({"observed_at": SEEN + timedelta(hours=1)}, "a moment after its page was seen"),
        ({"observed_at": SEEN.replace(tzinfo=None)}, "a moment without an offset"),
        ({"observed_at": "10:00"}, "a moment without an offset"),
        ({"metric": "spned"}, "a metric that it does not declare"),
        ({"entity": replace(AD, external_id="2")}, "an entity that was not expected"),
        ({"value": 5.0}, "a value that is no whole number"),
        ({"value": True}, "a value that is no whole number"),
    ],
)
def test_a_reading_that_cannot_be_right_is_refused_with_its_fault(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(SiteClassBroken, match=f"MomentSite.extract answered {said}"):
        checked_readings(SITE, [GOOD, replace(GOOD, **wrong)], EXPECTED, SEEN)


def test_a_reading_of_what_was_asked_for_passes() -> None:
    earlier = replace(GOOD, metric="clicks", observed_at=SLOT - timedelta(hours=1))
    assert checked_readings(SITE, [GOOD, earlier], EXPECTED, SEEN) == (GOOD, earlier)
