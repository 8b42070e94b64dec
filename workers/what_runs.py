"""Marks of what a process goes by: its package, and the policy and class of each site.

Each process writes them into its sign of life, and `danga status` compares them with those that
the database names: a machine that was forgotten at a deployment reads pages in yesterday's way.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.errors import SiteClassBroken
from domain.policy import SitePolicy
from storage.policy_json import policy_to_json

if TYPE_CHECKING:
    from workers.house import House

_PACKAGES = ("domain", "costs", "crawler", "storage", "pace", "reports", "workers")
_LENGTH = 12
BROKEN = "broken"


def runs(house: House) -> dict[str, Any]:
    """Return what this process goes by: `package`, and `policies` and `classes` by site."""
    policies = {
        name: policy for name, policy in house.declared_policies().items() if not policy.is_import
    }
    return {
        "package": package_mark(),
        "policies": {name: policy_mark(policy) for name, policy in policies.items()},
        "classes": {name: _class_mark(house, name) for name in policies},
    }


@cache
def package_mark() -> str:
    """Return a hash of the package's own files, as they were when it was first asked for."""
    root = Path(__file__).parent.parent
    found = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            found.update(str(path.relative_to(root)).encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:_LENGTH]


def policy_mark(policy: SitePolicy) -> str:
    """Return a hash of a policy."""
    plain = json.dumps(policy_to_json(policy), sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:_LENGTH]


def class_mark(fingerprint: str) -> str:
    """Return the short form of a class's fingerprint; a class without one has none."""
    return fingerprint[:_LENGTH]


def _class_mark(house: House, site: str) -> str:
    try:
        return class_mark(house.site(site).fingerprint)
    except SiteClassBroken:
        return BROKEN
