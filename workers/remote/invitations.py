"""The links of one message: noted when it was sent, worthless when it was not.

Tokens are stored nowhere, so that each try to send makes new links; those of a try that failed
must not stay good, nor fill the audit.
"""

from __future__ import annotations

from datetime import timedelta

from domain.audit import program
from storage.errors import UnknownName
from storage.logins import LoginBook
from storage.sign_in_links import SignInLinks
from workers.house import House

INVITED = timedelta(hours=24)
"""How long a link in a message can be used: the shift after a night's alert still finds it good."""
_BY = program("invitation")


class Invitations:
    """What one try to send a message to `made_for` invites to."""

    def __init__(self, house: House, made_for: str) -> None:
        self._house = house
        self._links = SignInLinks(house.engine)
        self._made_for = made_for
        self._made: list[tuple[str, str]] = []
        """Login, token."""

    def link(self, login: str) -> str | None:
        """Return a link to sign `login` in, good for a day.

        None where no public address is set: then nobody could open it, and `danga session
        refresh LOGIN` is the way. None also where the login left while the message waited.
        """
        public = self._house.settings.remote_public_url
        if public is None:
            return None
        try:
            LoginBook(self._house.engine).still_open(login)
            token = self._links.offer(login, _BY, INVITED, self._made_for, noted=False)
        except UnknownName:
            return None
        self._made.append((login, token))
        return f"{public}/s/{token}"

    def sent(self) -> None:
        """The message has gone: note who was given what."""
        for login, _token in self._made:
            self._links.note_offered(login, _BY, self._made_for)

    def not_sent(self) -> None:
        """Nobody has the links: let them expire."""
        for _login, token in self._made:
            self._links.withdraw(token)
