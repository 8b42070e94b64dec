"""What a site received from us, from the rows of visits and their pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from domain.policy import SitePolicy
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from storage.policy_json import policy_from_json
from storage.tables import (
    LoginRow,
    ProxyAssignmentRow,
    SitePolicyRow,
    SiteRow,
    VisitPageRow,
    VisitRow,
)
from storage.transaction import reading

SIGNED_IN = "signed in"
"""How a page's steps name a sign-in."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Requests that were counted at a moment (the database's clock): a page's, when it ended.

    `verdict` None: what a visit sent besides its pages.
    """

    at: datetime
    visit: int
    requests: int
    bytes_received: int = 0
    verdict: VerdictKind | None = None
    sign_ins: int = 0


@dataclass(frozen=True, slots=True)
class PolicyThen:
    """A policy of the site, and since when it holds (business time)."""

    since: datetime
    until: datetime | None
    policy: SitePolicy


class LoadBook:
    """The load of one site."""

    def __init__(self, engine: Engine, site: str) -> None:
        self._engine = engine
        self._site = site

    def sent(self, since: datetime) -> Iterator[Sent]:
        """Yield everything that was sent since then, pages first."""
        yield from self._pages(since)
        yield from self._rests(since)

    def policies(self, since: datetime) -> tuple[PolicyThen, ...]:
        """Return the policies that held since then (business time), the oldest first."""
        rows = (
            select(SitePolicyRow.valid_from, SitePolicyRow.valid_to, SitePolicyRow.policy)
            .join(SiteRow, SiteRow.id == SitePolicyRow.site_id)
            .where(
                SiteRow.name == self._site,
                SitePolicyRow.valid_to.is_(None) | (SitePolicyRow.valid_to > since),
            )
            .order_by(SitePolicyRow.valid_from, SitePolicyRow.id)
        )
        with reading(self._engine) as connection:
            return tuple(
                PolicyThen(row[0], row[1], policy_from_json(row[2]))
                for row in connection.execute(rows)
            )

    def proxies(self) -> int:
        """Return how many proxies the site's logins are assigned to now."""
        rows = select(LoginRow.sites, ProxyAssignmentRow.proxy_id).join(
            ProxyAssignmentRow, ProxyAssignmentRow.login_id == LoginRow.id
        )
        with reading(self._engine) as connection:
            found = connection.execute(rows.where(LoginRow.enabled, LoginRow.proxy.is_not(None)))
            return len({row.proxy_id for row in found if self._site in row.sites})

    def _pages(self, since: datetime) -> Iterator[Sent]:
        rows = select(
            VisitPageRow.visited_at,
            VisitPageRow.visit_id,
            VisitPageRow.requests,
            VisitPageRow.bytes_received,
            VisitPageRow.verdict,
            VisitPageRow.steps,
        ).where(VisitPageRow.site == self._site, VisitPageRow.visited_at >= since)
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=5000).execute(rows):
                verdict, sign_ins = VerdictKind(row.verdict), row.steps.count(SIGNED_IN)
                yield Sent(*row[:4], verdict=verdict, sign_ins=sign_ins)

    def _rests(self, since: datetime) -> Iterator[Sent]:
        """What belongs to no page: it went to the site where the login signs in, as a rule."""
        of_pages = (
            select(func.coalesce(func.sum(VisitPageRow.requests), 0))
            .where(VisitPageRow.visit_id == VisitRow.id)
            .correlate(VisitRow)
            .scalar_subquery()
        )
        rest = VisitRow.requests - of_pages
        rows = (
            select(VisitRow.started_at, VisitRow.id, rest, VisitRow.kind, VisitRow.verdict)
            .join(LoginRow, LoginRow.id == VisitRow.login_id)
            .where(LoginRow.home_site == self._site, VisitRow.started_at >= since, rest > 0)
        )
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=5000).execute(rows):
                if row.started_at is not None:
                    by_person = row.kind == VisitKind.REFRESH and row.verdict == VerdictKind.OK
                    yield Sent(row.started_at, row.id, int(row[2]), sign_ins=int(by_person))
