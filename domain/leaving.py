"""What a client who leaves takes along, and what stays as others use it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.account import AccountKey
from domain.errors import BadInput, Fault
from domain.inventory import FollowRule, InventorySpec


@dataclass(frozen=True, slots=True)
class Leaving:
    """Names of what belongs to the client, open or closed already.

    `alone` are the logins that read nothing for anybody else, `shared` those that do: they keep
    session and password.
    """

    client: str
    watches: frozenset[str]
    accounts: frozenset[AccountKey]
    alone: frozenset[str]
    shared: frozenset[str]

    def declares(self, spec: InventorySpec) -> tuple[str, ...]:
        """Return what of it an inventory declares, as `client 달빛커피`, `login kim`."""
        return (
            *(f"client {one.name}" for one in spec.clients if one.name == self.client),
            *(f"login {one.name}" for one in spec.logins if one.name in self.alone),
            *(f"account {one.key}" for one in spec.accounts if one.key in self.accounts),
            *(f"follow {rule}" for rule in sorted(spec.follow, key=str) if self._follows(rule)),
            *(f"watch {one.name}" for one in spec.watches if one.name in self.watches),
        )

    def without(self, spec: InventorySpec) -> InventorySpec:
        """Return the inventory without all of it.

        Raises:
            BadInput: another client's watch reads one of the accounts.
        """
        faults = [
            Fault(f"watch {watch.name}", f"of {watch.client} reads {account}", _CURE)
            for watch in spec.watches
            if watch.name not in self.watches
            for account in sorted({rule.account for rule in watch.spend | watch.results})
            if account in self.accounts
        ]
        if faults:
            raise BadInput(*faults)
        return replace(
            spec,
            clients=tuple(one for one in spec.clients if one.name != self.client),
            logins=tuple(one for one in spec.logins if one.name not in self.alone),
            accounts=tuple(one for one in spec.accounts if one.key not in self.accounts),
            follow=frozenset(rule for rule in spec.follow if not self._follows(rule)),
            watches=tuple(one for one in spec.watches if one.name not in self.watches),
        )

    def _follows(self, rule: FollowRule) -> bool:
        return rule.account in self.accounts or rule.login in self.alone


_CURE = "change that watch in danga.yaml, `danga apply`, then come again"
