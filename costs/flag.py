"""What a reader of a cost row has to know besides its numbers."""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    """All marks of a slot's or an hour's row."""

    JOINED = "joined"
    """A new ad is in it, counted from zero."""
    LEFT = "left"
    """A member left: what it spent after its last reading is not in it."""
    BASELINE = "baseline"
    """A member has its first reading here: nothing to subtract it from."""
    SINCE_MIDNIGHT = "since_midnight"
    """The watch's first row: everything since the business date began."""
    PENDING = "pending"
    """A part waits for the final figure of a past date."""
    ONE_SIDED = "one_sided"
    """Spend without results read beside it: never divided."""
    SKEWED = "skewed"
    """Spend and results were read too far apart."""
    CORRECTION = "correction"
    """A cumulative figure fell on its own date (a refund)."""
    ESTIMATED = "estimated"
    """An amount was shared between hours by time. On hours only."""
    HELD = "held"
    """An implausible reading was left out inside the interval."""
    LONG = "long"
    """The interval is longer than a slot: something was missed."""
    DAY_ONLY = "day_only"
    """Only the final figures of the date were read: no hours stand behind it. On days only."""
