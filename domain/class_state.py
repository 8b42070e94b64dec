"""How far a version of a site's class is believed."""

from __future__ import annotations

from enum import StrEnum


class ClassState(StrEnum):
    """A changed class begins as `trying`; a person may trust one that is held."""

    TRUSTED = "trusted"
    """Its readings are stored."""
    TRYING = "trying"
    """One account is read first, and compared with its last readings."""
    HELD = "held"
    """What it read was implausible: no reading until a person trusts it, or it changes again."""
