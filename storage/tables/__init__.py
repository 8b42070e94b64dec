"""The tables. Importing this package makes `Base.metadata` complete."""

from storage.tables.account import (
    AccountListingRow,
    AccountRow,
    AccountSightingRow,
    AccountTermsRow,
)
from storage.tables.alert import AlertMuteRow
from storage.tables.apply import InventoryApplyRow
from storage.tables.audit import AuditRow
from storage.tables.client import ClientOwnerRow, ClientRow, OwnerRow
from storage.tables.client_leave import ClientLeaveRow
from storage.tables.closing import ClosedDayRow, ClosedMonthRow
from storage.tables.credential import LoginCredentialRow
from storage.tables.declarative import TABLE_OPTIONS, Base
from storage.tables.entity import EntityRow, FollowRuleRow
from storage.tables.evidence import EvidenceRow
from storage.tables.login import LoginLeaseRow, LoginRow
from storage.tables.notification import CauseRow, NotificationRow, PersonRow
from storage.tables.pace_override import PaceOverrideRow
from storage.tables.proof import ProofPageRow
from storage.tables.proxy import ProxyAssignmentRow, ProxyRestRow
from storage.tables.reading import ReadingRow
from storage.tables.reading_import import ReadingImportRow
from storage.tables.session import SessionVersionRow
from storage.tables.sign_in import SignInRow
from storage.tables.sign_in_link import SignInLinkRow
from storage.tables.site import SitePolicyRow, SiteRow
from storage.tables.site_class import SiteClassRow
from storage.tables.site_halt import SiteHaltRow
from storage.tables.unit_cost import (
    CostGenerationRow,
    CostMonthRow,
    UnitCostDayRow,
    UnitCostHourRow,
    UnitCostSlotRow,
)
from storage.tables.upkeep import ChoreRow, ReadingsKeptRow
from storage.tables.visit import VisitPageRow, VisitRow
from storage.tables.wanted_day import WantedDayRow
from storage.tables.watch import WatchMemberRow, WatchRow, WatchRuleRow, WatchTargetRow
from storage.tables.watch_trouble import WatchTroubleRow
from storage.tables.worker import WorkerHeartbeatRow

__all__ = [
    "TABLE_OPTIONS",
    "AccountListingRow",
    "AccountRow",
    "AccountSightingRow",
    "AccountTermsRow",
    "AlertMuteRow",
    "AuditRow",
    "Base",
    "CauseRow",
    "ChoreRow",
    "ClientLeaveRow",
    "ClientOwnerRow",
    "ClientRow",
    "ClosedDayRow",
    "ClosedMonthRow",
    "CostGenerationRow",
    "CostMonthRow",
    "EntityRow",
    "EvidenceRow",
    "FollowRuleRow",
    "InventoryApplyRow",
    "LoginCredentialRow",
    "LoginLeaseRow",
    "LoginRow",
    "NotificationRow",
    "OwnerRow",
    "PaceOverrideRow",
    "PersonRow",
    "ProofPageRow",
    "ProxyAssignmentRow",
    "ProxyRestRow",
    "ReadingImportRow",
    "ReadingRow",
    "ReadingsKeptRow",
    "SessionVersionRow",
    "SignInLinkRow",
    "SignInRow",
    "SiteClassRow",
    "SiteHaltRow",
    "SitePolicyRow",
    "SiteRow",
    "UnitCostDayRow",
    "UnitCostHourRow",
    "UnitCostSlotRow",
    "VisitPageRow",
    "VisitRow",
    "WantedDayRow",
    "WatchMemberRow",
    "WatchRow",
    "WatchRuleRow",
    "WatchTargetRow",
    "WatchTroubleRow",
    "WorkerHeartbeatRow",
]
