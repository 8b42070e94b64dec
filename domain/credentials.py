"""A user name and a password, which never show themselves in a repr or a log."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a site's `login` types into its form."""

    username: str
    password: str = field(repr=False)
