"""How a visit ended, and what follows for its row, its login, its proxy and its site. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crawler.order import VisitOrder
from crawler.visit_report import VisitReport
from domain.account import FoundAccount
from domain.policy import OnRefusal, SitePolicy
from domain.proxy import Proxy
from domain.session import SessionState
from domain.verdict import OK, Verdict, VerdictKind
from domain.visit import VisitState
from storage.logins import LoginRecord
from storage.proxies import Backoff
from storage.visit_record import Charge, Outcome, VisitRecord
from workers.follow_up import A_PERSON, FollowUp, follow_up
from workers.proxy_choice import FIRST_WAIT_SECONDS

SITE_FAULTS = frozenset({VerdictKind.UNREACHABLE, VerdictKind.MAINTENANCE, VerdictKind.BLANK})
"""What several logins in a row only meet where the site itself is in trouble."""
PAUSE_SECONDS = 60 * 60.0
"""How long a site that refused us is left alone by everybody."""


@dataclass(frozen=True, slots=True)
class ProxyFate:
    """What a visit showed of its proxy: it worked, or has to rest."""

    proxy: Proxy
    rests: Backoff | None = None
    because: Verdict = OK


@dataclass(frozen=True, slots=True)
class Pause:
    """A site that refused us and is to be left alone; `seconds` None: until a person says so."""

    site: str
    seconds: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything to write down. `wait_seconds` None: the visit is over for its slot.

    `read_a_page` proves that the login's session lives, `signed_out` that it does no more.
    `worked` are the sites of which a page was read; `fault` is a site that itself is to blame,
    and what was seen of it.
    """

    outcome: Outcome
    wait_seconds: float | None = None
    charge: Charge = Charge.NOTHING
    accounts: tuple[FoundAccount, ...] = field(default=())
    login_state: SessionState | None = None
    login_reason: str = ""
    read_a_page: bool = False
    signed_out: bool = False
    proxy: ProxyFate | None = None
    pause: Pause | None = None
    worked: tuple[str, ...] = ()
    fault: tuple[str, str] | None = None


def deferred(
    seconds: float,
    detail: str,
    verdict: VerdictKind | None = None,
    charge: Charge = Charge.NOTHING,
) -> Ending:
    """Return the ending of a visit that could not really begin, or was interrupted."""
    return Ending(Outcome(VisitState.DEFERRED, verdict, detail), seconds, charge)


def password_wanted(detail: str, login: LoginRecord) -> Ending:
    """Return the ending of a visit that had to sign in, and whose password cannot be had."""
    verdict = Verdict(VerdictKind.BAD_CREDENTIALS, detail.rstrip("."))
    said = f"{verdict.kind}: {verdict.detail}. Next: danga login password {login.name}"
    return Ending(
        Outcome(VisitState.DEFERRED, verdict.kind, verdict.detail),
        follow_up(verdict).wait_seconds,
        login_state=SessionState.NEEDS_HUMAN,
        login_reason=said,
    )


def the_rest_follows(ending: Ending) -> Ending:
    """Return the ending of a visit whose changed class was plausible: now the other accounts.

    One that has to wait anyway reads them when it goes on.
    """
    if ending.wait_seconds is not None:
        return ending
    detail = "the changed class is plausible: the other accounts follow"
    outcome = Outcome(VisitState.DEFERRED, ending.outcome.verdict, detail)
    return replace(ending, outcome=outcome, wait_seconds=0.0, charge=Charge.NOTHING)


def ending_of(
    report: VisitReport,
    visit: VisitRecord,
    login: LoginRecord,
    order: VisitOrder,
    policy: SitePolicy,
    refused_through: Sequence[str] = (),
) -> Ending:
    """Return what follows from a visit's report; `policy` is that of its last page's site.

    `refused_through` are the other proxies that rest because that site refused them.
    """
    row = _row_of(login, order, report.verdict)
    pause = _pause(order, report, policy, refused_through)
    wait = report.wait.seconds if report.wait else row.wait_after(visit.attempts - 1)
    if report.verdict.kind is VerdictKind.REFUSED and order.proxy is not None and pause is None:
        wait = FIRST_WAIT_SECONDS  # then it may go through one other, within its slot
    state = _state(report, wait, visit)
    charged = row.charges_attempt and report.wait is None
    return Ending(
        outcome=Outcome(state, report.outcome.kind, _detail(report)),
        wait_seconds=wait if state is VisitState.DEFERRED else None,
        charge=Charge.ATTEMPT if charged else Charge.NOTHING,
        accounts=report.accounts,
        login_state=_login_state(row, report),
        login_reason=_login_reason(row, report, login),
        read_a_page=_read_a_page(report),
        signed_out=report.verdict.kind is VerdictKind.SIGNED_OUT,
        proxy=_proxy_fate(order, row, report),
        pause=pause,
        worked=tuple(sorted({page.site for page in report.pages if page.verdict.ok})),
        fault=_fault(order, report),
    )


def _row_of(login: LoginRecord, order: VisitOrder, verdict: Verdict) -> FollowUp:
    """Nobody can sign in where there is no password: then only a person helps."""
    alone = login.credential_source is not None and order.sites[0].can_login
    if verdict.kind is VerdictKind.SIGNED_OUT and not alone:
        return A_PERSON
    return follow_up(verdict)


def _detail(report: VisitReport) -> str:
    return str(report.wait) if report.wait else report.outcome.detail


def _state(report: VisitReport, wait: float | None, visit: VisitRecord) -> VisitState:
    if report.wait or (not report.verdict.ok and wait is not None):
        return VisitState.DEFERRED
    if report.outcome.ok or _only_gone(report):
        return VisitState.DONE
    read = visit.pages_read or any(page.verdict.ok for page in report.pages)
    return VisitState.PARTIAL if read else VisitState.FAILED


def _only_gone(report: VisitReport) -> bool:
    """Whatever was not read is known to have nothing for us."""
    return report.verdict.ok and all(
        page.verdict.kind in (VerdictKind.OK, VerdictKind.GONE) for page in report.pages
    )


def _login_state(row: FollowUp, report: VisitReport) -> SessionState | None:
    if row.login_state is not None:
        return row.login_state
    return SessionState.ACTIVE if _read_a_page(report) else None


def _read_a_page(report: VisitReport) -> bool:
    return any(page.verdict.ok for page in report.pages)


def _login_reason(row: FollowUp, report: VisitReport, login: LoginRecord) -> str:
    """Say what happened and, where a person is needed, the next command."""
    if row.login_state is None:
        return ""
    said = f"{report.verdict.kind}: {report.verdict.detail}".rstrip(": ")
    return f"{said}. Next: {row.next_step.format(login=login.name)}"


def _proxy_fate(order: VisitOrder, row: FollowUp, report: VisitReport) -> ProxyFate | None:
    if order.proxy is None:
        return None
    if row.proxy_rests is not None:
        return ProxyFate(order.proxy, row.proxy_rests, _with_site(report))
    return ProxyFate(order.proxy) if report.outcome.ok else None


def _with_site(report: VisitReport) -> Verdict:
    """A proxy may be refused at one site and welcome at another."""
    if report.verdict.kind is not VerdictKind.REFUSED or not report.pages:
        return report.verdict
    return replace(report.verdict, detail=f"{report.pages[-1].site}: {report.verdict.detail}")


def _fault(order: VisitOrder, report: VisitReport) -> tuple[str, str] | None:
    """Return the site that is to blame for the end of a visit: down, closed or empty for all."""
    if report.verdict.kind not in SITE_FAULTS:
        return None
    site = report.pages[-1].site if report.pages else order.sites[0].name
    return site, f"{report.verdict.kind}: {report.verdict.detail}".rstrip(": ")


def _pause(
    order: VisitOrder, report: VisitReport, policy: SitePolicy, refused_through: Sequence[str]
) -> Pause | None:
    """Where no other address may be tried, everybody leaves the site alone.

    The same refusal through two addresses means us: then only a person ends the pause.
    """
    if report.verdict.kind is not VerdictKind.REFUSED or not report.pages:
        return None
    if order.proxy is not None and policy.on_refusal is OnRefusal.ROTATE:
        if not refused_through:
            return None
        names = " and ".join((*sorted(refused_through), order.proxy.id))
        site = report.pages[-1].site
        reason = f"it refused us through {names}. Next: danga evidence list --login {order.login}"
        return Pause(site, None, f"{reason}, then danga site resume {site}")
    reason = f"it refused us ({report.verdict.detail}): an hour of rest"
    return Pause(report.pages[-1].site, PAUSE_SECONDS, reason)
