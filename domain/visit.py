"""The words of a visit: kinds, states and what came out."""

from __future__ import annotations

from enum import StrEnum


class VisitKind(StrEnum):
    """Why a login is visited."""

    REGULAR = "regular"
    """Today's figures, planned by the schedule or asked for by `danga collect`."""
    PAST_DAY = "past_day"
    """A settled business date, read once more for its final figures."""
    DISCOVER = "discover"
    """List what a login can see; stores no reading."""
    PROBE = "probe"
    """One cheap page: does the session live?"""
    REFRESH = "refresh"
    """A person signs in."""
    TRIAL = "trial"
    """A site class is tried on an account by a command; stores no reading."""


class VisitState(StrEnum):
    """Where a visit row stands."""

    PLANNED = "planned"
    RUNNING = "running"
    DEFERRED = "deferred"
    """Waits for `not_before`, keeps its slot while the slot lasts."""
    DONE = "done"
    """Every page was read, or is known to have nothing for us."""
    PARTIAL = "partial"
    """Some pages were read."""
    FAILED = "failed"
    MISSED = "missed"
    """Its slot ended before it could run: no reading, and the row says so."""
