"""The browser's side of a sign-in from afar: the person of `refresh`, and what came of it.

Runs in the thread that owns Playwright. A page that was closed half-way ends it: the session
stays as it was, the login waits on, and the words say what to do.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

import structlog

from crawler.live_view import Audience, LiveView, Question
from crawler.person_input import Left, PersonInput
from crawler.tab import Tab
from domain.errors import DangaError
from domain.grant import Wait
from storage.errors import DatabaseAway, LeaseTaken
from storage.sign_in_links import SignInLinks
from storage.visit_schedule import VisitSchedule
from workers.house import House
from workers.refreshing import NotSignedIn, Person, Proof, SiteIsElsewhere, refresh
from workers.remote import words
from workers.remote.stage import Phase, Stage

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""How often the site's page is judged: is the person through?"""
PUMP_SECONDS = 0.01
GONE_SECONDS = 45.0
"""How long nobody may look before the sign-in ends: a phone that changes its network comes back."""
PATIENCE_SECONDS = 120.0
"""How long a visit that works with the login is waited for."""
_MOST_HELD = 1_000


class PersonAfar:
    """Shows the tab on a stage and does there what the person does."""

    def __init__(
        self, stage: Stage, links: SignInLinks, gone_seconds: float = GONE_SECONDS
    ) -> None:
        self._stage = stage
        self._links = links
        self._gone_seconds = gone_seconds
        self._view: LiveView | None = None
        self._held: deque[PersonInput] = deque(maxlen=_MOST_HELD)
        self._holds = False

    def meet(self, tab: Tab, hosts: frozenset[str]) -> None:
        """Put the tab on the stage before its first page."""
        stage = self._stage
        audience = Audience(stage.show, self._ask, stage.answer, self._turned_back)
        self._view = LiveView(tab, hosts, audience)
        stage.tell(Phase.WORKING)

    def act(self, _tab: Tab) -> None:
        """Let the person work for a second.

        Raises:
            NotSignedIn: the person stopped, closed the page, was forgotten, or the site leads
                elsewhere.
        """
        self._holds = False
        self._look()

    def hold(self, _tab: Tab, wait: Wait) -> None:
        """Show the tab for a second, and keep what the person does for later: the budget is spent.

        Raises:
            NotSignedIn: as `act`.
        """
        if not self._holds:
            self._stage.mention(words.HELD.format(seconds=math.ceil(wait.seconds)))
        self._holds = True
        self._look()

    def _look(self) -> None:
        self._require_known()
        view, until = self._view, time.monotonic() + LOOK_SECONDS
        assert view is not None, "meet comes first"
        while time.monotonic() < until:
            self._do(view)
            view.pump(PUMP_SECONDS)
        if view.strayed_to is not None:
            raise SiteIsElsewhere(
                f"The site signs in on {view.strayed_to}, which its class does not name.",
                advice=f"Name {view.strayed_to} in the `hosts` of the site's class.",
            )

    def wait_for_proof(self) -> None:
        """The person is through; the rest is ours."""
        self._stage.tell(Phase.PROVING)

    def _require_known(self) -> None:
        link = self._stage.link
        try:
            now = self._links.get(link.id)
        except DatabaseAway:
            return  # whoever is known stays so; the lease ends it where the database stays away
        if now.browser_digest != link.browser_digest:
            raise NotSignedIn(
                f"{link.claimed_by} was forgotten meanwhile.",
                advice=f"Run `danga session refresh {self._stage.login}` for a new link.",
            )

    def _do(self, view: LiveView) -> None:
        if self._stage.somebody_joined():
            view.draw()
        for one in self._stage.taken():
            if isinstance(one, Left):
                raise NotSignedIn("The person stopped half-way.", advice=self._again())
            self._held.append(one)
        while self._held and not self._holds:
            view.do(self._held.popleft())
        if self._stage.alone_seconds > self._gone_seconds:
            raise NotSignedIn("The page was closed half-way.", advice=self._again())

    def _again(self) -> str:
        return f"Open the link again, or run `danga session refresh {self._stage.login}`."

    def _ask(self, question: Question) -> None:
        self._stage.ask(
            {
                "event": "question",
                "kind": question.kind,
                "text": question.text,
                "wants_answer": question.kind != "alert",
            }
        )

    def _turned_back(self, host: str) -> None:
        self._stage.mention(words.TURNED_BACK.format(host=host))


def work_on(house: House, stage: Stage, gone_seconds: float = GONE_SECONDS) -> Proof | None:
    """Let the person of a stage sign in, and tell page, link and audit what came of it.

    Return the proof, or None where there was none to be had: the page was told why.

    Raises:
        Exception: a mistake of ours; the page was told that too.
    """
    afar = PersonAfar(stage, SignInLinks(house.engine), gone_seconds)
    person = Person(
        name=stage.link.claimed_by or "",
        minutes=stage.seconds_left / 60,
        act=afar.act,
        meet=afar.meet,
        wait_for_proof=afar.wait_for_proof,
        hold=afar.hold,
    )
    try:
        proof = _patiently(
            stage, lambda: refresh(house, stage.login, person, house.window_from_afar)
        )
    except DangaError as error:
        log.info("sign_in.left", login=stage.login, because=str(error))
        _end(house, stage, Phase.FAILED, words.why_not(error))
        return None
    except Exception:
        _end(house, stage, Phase.FAILED, words.OUR_MISTAKE)
        raise
    else:
        if proof.verdict.ok:
            said = words.signed_in(proof.accounts, _waiting(house, stage))
            _end(house, stage, Phase.DONE, said)
        else:
            _end(house, stage, Phase.FAILED, words.not_proved(proof.verdict))
        return proof
    finally:
        # A stage that is never over would keep every other link from starting.
        if not stage.phase.over:
            stage.tell(Phase.FAILED, words.OUR_MISTAKE)


def _waiting(house: House, stage: Stage) -> int:
    """Return how many visits wait; without the database none: the login is signed in already."""
    try:
        return VisitSchedule(house.engine).waiting(stage.link.login_id)
    except DatabaseAway as away:
        log.warning("sign_in.not_counted", login=stage.login, because=str(away))
        return 0


def _end(house: House, stage: Stage, phase: Phase, text: str) -> None:
    links = SignInLinks(house.engine)
    try:
        if phase is Phase.DONE:
            links.note_done(stage.link, text)
        else:
            links.note_try(stage.link, text)
    except DatabaseAway as away:
        log.warning("sign_in.not_noted", login=stage.login, because=str(away))
    finally:
        stage.tell(phase, text)


def _patiently(stage: Stage, attempt: Callable[[], Proof]) -> Proof:
    """Wait while a visit works with the login: it ends by itself, within minutes."""
    until = time.monotonic() + min(PATIENCE_SECONDS, stage.seconds_left)
    while True:
        try:
            return attempt()
        except LeaseTaken:
            if time.monotonic() > until or stage.alone_seconds > GONE_SECONDS:
                raise
            stage.tell(Phase.OPENING, words.VISIT_AT_WORK)
            time.sleep(LOOK_SECONDS)
