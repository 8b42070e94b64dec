"""Serve remote sign-ins: for one login until it is signed in, or standing, for whoever comes.

The calling thread owns Playwright and works on one sign-in after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from domain.audit import person
from domain.sign_in_link import LinkState
from storage.logins import LoginBook
from storage.sign_in_links import SignInLinks
from workers.house import House
from workers.refreshing import NotSignedIn, Proof
from workers.remote.at_work import GONE_SECONDS, work_on
from workers.remote.desk import SignInDesk
from workers.remote.server import serve

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for one sign-in, and for how long its link and then the person may take."""

    name: str
    minutes: float = 10.0
    gone_seconds: float = GONE_SECONDS


def sign_in_afar(house: House, login: str, asked: Asked, tell: Callable[[str], None]) -> Proof:
    """Offer a link to sign `login` in, tell it, and return the proof once somebody has.

    Raises:
        UnknownName: there is no such login.
        NotSignedIn: the time is over; nothing was changed.
        BadInput: the address cannot be listened on.
    """
    LoginBook(house.engine).get(login)
    lasts = timedelta(minutes=asked.minutes)
    desk = SignInDesk(house, work=lasts)
    with serve(house, desk) as origin:
        tell(f"{origin}/s/{desk.offer(login, person(asked.name), lasts)}")
        while not _all_over(house, desk):
            stage = desk.next_start(_LOOK_SECONDS)
            if stage is None:
                continue
            proof = work_on(house, stage, asked.gone_seconds)
            if proof is not None and proof.verdict.ok:
                return proof
    raise NotSignedIn(
        f"{asked.minutes:g} minutes are over and nobody has signed in.",
        advice=f"Run `danga session refresh {login}` for a new link.",
    )


def serve_standing(
    house: House, go_on: Callable[[], bool], tell: Callable[[str], None] = lambda _origin: None
) -> None:
    """Serve every link that is ever sent, while `go_on` says so; a broken sign-in ends no other.

    Raises:
        BadInput: the address cannot be listened on.
    """
    desk = SignInDesk(house)
    with serve(house, desk) as origin:
        log.info("remote.serving", origin=origin)
        tell(origin)
        while go_on():
            stage = desk.next_start(_LOOK_SECONDS)
            if stage is None:
                continue
            try:
                work_on(house, stage)
            except Exception:
                log.exception("sign_in.broke", login=stage.login)


def _all_over(house: House, desk: SignInDesk) -> bool:
    links = SignInLinks(house.engine)
    return all(links.get(one).state is LinkState.EXPIRED for one in desk.offered)
