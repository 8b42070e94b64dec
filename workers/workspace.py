"""The workspace: the one folder that holds what an agency configures, outside the checkout.

Only names here; nothing is read, written or opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput, Fault

INVENTORY = "danga.yaml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The files of a workspace, by their meaning. `root` is absolute."""

    root: Path

    @property
    def inventory(self) -> Path:
        """What is measured: sites, clients, logins, accounts, follow rules, watches."""
        return self.root / INVENTORY

    @property
    def env(self) -> Path:
        """Settings of this machine and secrets that the other files name."""
        return self.root / ".env"

    @property
    def proxies(self) -> Path:
        """The forward proxies."""
        return self.root / "proxies.yaml"

    @property
    def sites(self) -> Path:
        """Site classes of the agency's own, with their tests and saved pages."""
        return self.root / "sites"

    @property
    def key(self) -> Path:
        """The master key, unless settings name another."""
        return self.root / "danga.key"

    @property
    def database(self) -> Path:
        """The SQLite file, unless settings name another database."""
        return self.root / "danga.db"

    @property
    def state(self) -> Path:
        """What programs write and people need not keep: evidence, spool, logs."""
        return self.root / "state"

    @property
    def evidence(self) -> Path:
        """Encrypted pictures of failed pages."""
        return self.state / "evidence"

    @property
    def spool(self) -> Path:
        """Readings that wait for the database."""
        return self.state / "spool"

    @property
    def exists(self) -> bool:
        """Whether `danga init` was run here."""
        return self.inventory.is_file()

    def require(self) -> Workspace:
        """Return itself.

        Raises:
            BadInput: there is no such folder, or it is no workspace.
        """
        if self.exists:
            return self
        what = "is no workspace: it has no danga.yaml" if self.root.is_dir() else "does not exist"
        raise BadInput(
            Fault(f"workspace {self.root}", what),
            advice=f"Make one: `danga init {self.root}`, or name yours: `danga --workspace DIR`.",
        )


def find_workspace(named: Path | None, here: Path) -> Workspace:
    """Return the workspace that was named, else `here` if it is one, else `here`/workspace."""
    if named is not None:
        return Workspace((here / named.expanduser()).resolve())
    found = Workspace(here.resolve())
    return found if found.exists else Workspace(found.root / "workspace")
