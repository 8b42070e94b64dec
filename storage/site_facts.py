"""What the calculator has to know of the sites of a watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from costs.member import Member, Side
from domain.business_day import BusinessDay
from domain.metric import Metric
from storage.errors import UnknownName
from storage.watches import MemberRecord


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the class of each site declares: its business day, and its metrics by name."""

    days: Mapping[str, BusinessDay]
    metrics: Mapping[str, Mapping[str, Metric]]

    def require(self, members: Iterable[MemberRecord]) -> None:
        """Pass where all sites and metrics of the members are known.

        Raises:
            UnknownName: one is not.
        """
        for member in members:
            site = member.entity.site
            if site not in self.days or member.metric not in self.metrics.get(site, {}):
                raise UnknownName(
                    f"The class of the site {site!r} declares no metric {member.metric!r}",
                    advice="Mend the watch or the site's class, then apply danga.yaml again.",
                )

    def member(self, record: MemberRecord) -> Member:
        """Return the member as the calculator takes it."""
        return Member(
            record.entity,
            self.metrics[record.entity.site][record.metric],
            Side(record.side),
            record.valid_from,
            record.valid_to,
            record.born_after,
        )
