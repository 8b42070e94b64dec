"""What visits cost of late, login by login: what the next ones will need of a site's budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, select

from domain.visit import VisitKind, VisitState
from storage.tables import LoginRow, VisitPageRow, VisitRow
from storage.transaction import reading

LATELY = timedelta(hours=2)
"""How far before the newest slot that was read one looks: nights and outages are no gap."""


@dataclass(frozen=True, slots=True)
class VisitCost:
    """What one visit of a login takes.

    `requests` by site, the mean of the last hours, rounded up; `seconds` is how long the quickest
    of them lasted: the others waited for the budget.
    """

    requests: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None


def recent_costs(engine: Engine) -> Mapping[str, VisitCost]:
    """Return what regular visits that read something cost of late, by login."""
    with reading(engine) as connection:
        newest = connection.scalar(select(func.max(VisitRow.planned_at)).where(*_READ))
        if newest is None:
            return {}
        lately = (*_READ, VisitRow.planned_at > newest - LATELY)
        visits = defaultdict(list)
        for row in _visits(connection, lately):
            visits[row.login].append(row)
        return {
            login: VisitCost(_by_site(visits[login], pages), _quickest(visits[login]))
            for login, pages in _pages(connection, lately).items()
        }


_READ: tuple[ColumnElement[bool], ...] = (
    VisitRow.kind == VisitKind.REGULAR,
    VisitRow.state.in_((VisitState.DONE, VisitState.PARTIAL)),
    VisitRow.pages_read > 0,
)


def _visits(
    connection: Connection, lately: Iterable[ColumnElement[bool]]
) -> Iterable[Row[*tuple[Any, ...]]]:
    return connection.execute(
        select(
            LoginRow.name.label("login"),
            LoginRow.home_site,
            VisitRow.requests,
            VisitRow.started_at,
            VisitRow.finished_at,
        )
        .join(LoginRow, LoginRow.id == VisitRow.login_id)
        .where(*lately)
    )


def _pages(
    connection: Connection, lately: Iterable[ColumnElement[bool]]
) -> Mapping[str, Mapping[str, int]]:
    """Return the requests of all pages, by login and site."""
    rows = (
        select(LoginRow.name, VisitPageRow.site, func.sum(VisitPageRow.requests))
        .join(VisitRow, VisitRow.id == VisitPageRow.visit_id)
        .join(LoginRow, LoginRow.id == VisitRow.login_id)
        .where(*lately)
        .group_by(LoginRow.name, VisitPageRow.site)
    )
    pages: dict[str, dict[str, int]] = defaultdict(dict)
    for login, site, requests in connection.execute(rows):
        pages[login][site] = int(requests)
    return pages


def _by_site(visits: list[Row[*tuple[Any, ...]]], pages: Mapping[str, int]) -> Mapping[str, int]:
    """What belongs to no page went to the site where the login signs in, as a rule."""
    home = visits[0].home_site
    rest = sum(visit.requests for visit in visits) - sum(pages.values())
    total = {**pages, home: pages.get(home, 0) + max(rest, 0)}
    return {site: -(-requests // len(visits)) for site, requests in total.items()}


def _quickest(visits: list[Row[*tuple[Any, ...]]]) -> float | None:
    """Both moments are the database's clock."""
    return min(
        (
            (visit.finished_at - visit.started_at).total_seconds()
            for visit in visits
            if visit.started_at is not None and visit.finished_at is not None
        ),
        default=None,
    )
