"""Serve remote sign-ins: for one login until it is signed in, or standing, for whoever comes.

The calling thread owns Playwright and works on one sign-in after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from domain.audit import person
from domain.sign_in_link import LinkState
from domain.verdict import Verdict, VerdictKind
from storage.heartbeats import HeartbeatBook
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.sign_in_links import SignInLinks
from workers.house import House
from workers.refreshing import NotSignedIn, Proof
from workers.remote.at_work import GONE_SECONDS, work_on
from workers.remote.desk import WORK, SignInDesk
from workers.remote.server import AddressTaken, serve
from workers.worker_life import REMOTE, Life

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 0.5
_SILENT_SECONDS = (WORK + timedelta(minutes=2)).total_seconds()
"""While somebody signs in the standing server says nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for one sign-in, and for how long its link and then the person may take."""

    name: str
    minutes: float = 10.0
    gone_seconds: float = GONE_SECONDS


def sign_in_afar(house: House, login: str, asked: Asked, tell: Callable[[str], None]) -> Proof:
    """Offer a link to sign `login` in, tell it, and return the proof once somebody has.

    Where a public address is set and a standing server listens already, that one serves the link.

    Raises:
        UnknownName: there is no such login.
        NotSignedIn: the time is over; nothing was changed.
        BadInput: the address cannot be listened on, or another program has it.
    """
    LoginBook(house.engine).get(login)
    lasts = timedelta(minutes=asked.minutes)
    desk = SignInDesk(house, work=lasts)

    def offer(origin: str) -> None:
        tell(f"{origin}/s/{desk.offer(login, person(asked.name), lasts)}")

    try:
        with serve(house, desk) as origin:
            offer(origin)
            proof = _work_here(house, desk, login, asked.gone_seconds)
    except AddressTaken:
        public = house.settings.remote_public_url
        if public is None or not _stands(house):
            raise
        offer(public)
        proof = _wait_for_the_standing_server(house, desk)
    if proof is None:
        raise NotSignedIn(
            f"{asked.minutes:g} minutes are over and nobody has signed in.",
            advice=f"Run `danga session refresh {login}` for a new link.",
        )
    return proof


def _work_here(house: House, desk: SignInDesk, login: str, gone_seconds: float) -> Proof | None:
    """Serve until `login` is signed in (links of other logins too), or all time is over."""
    while not _all_over(house, desk):
        stage = desk.next_start(_LOOK_SECONDS)
        if stage is None:
            continue
        proof = work_on(house, stage, gone_seconds)
        if stage.login == login and proof is not None and proof.verdict.ok:
            return proof
    return None


def _wait_for_the_standing_server(house: House, desk: SignInDesk) -> Proof | None:
    """Wait for what becomes of the link; its outcome names the accounts that were seen."""
    links, leases, (offered,) = SignInLinks(house.engine), LeaseBook(house.engine), desk.offered
    while (link := links.get(offered)).state is not LinkState.DONE:
        # Whoever came in time may still be at work, or the session on its way to be proved.
        if link.state is LinkState.EXPIRED and not (
            link.claimed_by and leases.holder_of(link.login_id)
        ):
            return None
        time.sleep(_LOOK_SECONDS)
    return Proof(Verdict(VerdictKind.OK, link.outcome))


def _stands(house: House) -> bool:
    """Whether the standing server lives: any program could have the port."""
    return any(
        one.kind == REMOTE and one.age_seconds < _SILENT_SECONDS
        for one in HeartbeatBook(house.engine).all()
    )


def serve_standing(
    house: House, go_on: Callable[[], bool], tell: Callable[[str], None] = lambda _origin: None
) -> None:
    """Serve every link that is ever sent, while `go_on` says so; a broken sign-in ends no other.

    Raises:
        BadInput: the address cannot be listened on.
    """
    desk = SignInDesk(house)
    life = Life(house, REMOTE, told_to_stop=lambda: not go_on())
    with serve(house, desk) as origin:
        log.info("remote.serving", origin=origin)
        life.beat()
        tell(origin)
        while not life.over:
            life.beat()
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
