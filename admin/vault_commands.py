"""What people do with the vault itself: seal it anew, take an earlier session, look inside."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.login_commands import LoginArgument
from admin.output import Answer
from domain.audit import Deed, person
from domain.errors import BadInput, Fault
from domain.sign_in import SignInKind
from storage.errors import KeyUnusable
from workers.settings import who_asks

if TYPE_CHECKING:
    from storage.heartbeats import Heartbeat
    from storage.rekeying import Rekeyed
    from workers.house import House

_LEASE_SECONDS = 60.0
_COLUMNS = {
    "kind": "what",
    "already": "newest key before",
    "resealed": "sealed anew",
    "moved": "changed meanwhile",
    "unreadable": "opens with no key",
}


class KeyNotEverywhere(KeyUnusable):
    """A process that runs does not know the newest key; it could not open what is sealed anew."""


def add_to(group: typer.Typer) -> None:
    """Add the commands to `danga session`."""
    command(group, "rekey", epilog=examples("danga key add", "danga session rekey"))(rekey)
    lines = ("danga session rollback kim", "danga session rollback kim --to 12")
    command(group, "rollback", epilog=examples(*lines))(rollback)


def rekey(door: Door) -> None:
    """Seal sessions, passwords, proof and this machine's evidence anew with the file's first key.

    Visits go on meanwhile. It may be stopped and run again. It says when the old key can go.
    """
    from storage.audit import AuditBook
    from storage.heartbeats import HeartbeatBook
    from storage.rekeying import rekey_credentials, rekey_proof, rekey_sessions
    from workers.house import House

    with House.open(door.settings) as house:
        keyring, engine = house.keyring, house.engine
        newest = keyring.ids[0]
        processes = [one for one in HeartbeatBook(engine).all() if one.alive and one.key_ids]
        _require_known(newest, processes)
        done = (
            rekey_sessions(engine, keyring),
            rekey_credentials(engine, keyring),
            rekey_proof(engine, keyring),
            house.evidence.rekey(keyring),
        )
        _keep_refusals(house)
        counts = {one.kind: one.resealed for one in done}
        AuditBook(engine).note(
            person(who_asks()), Deed("key.rekey", "key", detail={"key": newest, **counts})
        )
        elsewhere = house.evidence.elsewhere()
    older = sorted(one.name for one in processes if one.key_ids and one.key_ids[0] != newest)
    remains = _remains(older, elsewhere, door.settings.evidence_days)
    _tell(door, done, remains, len(keyring.ids))
    if remains or any(one.unreadable for one in done):
        raise amiss()


def _keep_refusals(house: House) -> None:
    """Let the passwords that were refused be known by the newest key too."""
    from storage.errors import CredentialsUnusable
    from storage.logins import LoginBook
    from storage.sign_ins import SignInBook

    sign_ins = SignInBook(house.engine)
    for login in LoginBook(house.engine).all():
        if not sign_ins.refused_marks(login.id):
            continue
        try:
            credentials = house.credentials.resolve(login.id)
        except CredentialsUnusable:
            continue  # what cannot be read cannot be typed either
        if credentials is not None:
            sign_ins.renew_marks(login.id, house.credentials.marks(login.id, credentials))


def _require_known(newest: str, processes: Sequence[Heartbeat]) -> None:
    without = sorted(one.name for one in processes if newest not in (one.key_ids or ()))
    if without:
        raise KeyNotEverywhere(
            f"Nothing was sealed anew: {', '.join(without)} would not open it.",
            advice="Copy the key file to their machines, start them again, then run it again.",
        )


def _remains(older: Sequence[str], elsewhere: dict[str, int], days: int) -> list[str]:
    """Say in sentences why the old key is still needed."""
    remains = []
    if older:
        remains.append(
            f"{', '.join(older)} still seal with an older key: let the newest be the first of "
            "their file, start them again, then run this again."
        )
    if elsewhere:
        pieces = ", ".join(f"{count} on {machine}" for machine, count in sorted(elsewhere.items()))
        remains.append(f"Evidence elsewhere: {pieces}: run this there, or wait {days} days.")
    return remains


def _tell(door: Door, done: Sequence[Rekeyed], remains: Sequence[str], keys: int) -> None:
    rows = [
        {
            "kind": one.kind,
            "already": one.already,
            "resealed": one.resealed,
            "moved": one.moved,
            "unreadable": one.unreadable,
        }
        for one in done
    ]
    if door.as_json:
        document = {"sealed": rows, "remains": list(remains), "old_keys_needed": bool(remains)}
        door.printer.document({**document, "keys": keys})
        return
    door.show(Answer("sealed", _COLUMNS, rows))
    for sentence in remains:
        door.say(sentence)
    if not remains and keys > 1:
        door.say(
            "The older keys may be removed from the key file. Keep them with the backups of the "
            "database that were made before: those open with nothing else."
        )


def rollback(
    door: Door,
    login: LoginArgument,
    to: Annotated[
        int | None,
        typer.Option("--to", metavar="VERSION", help="Default: the one before the newest."),
    ] = None,
) -> None:
    """Make an earlier version of LOGIN's session the newest; the next visit proves it.

    Nothing is taken away: the versions in between stay, the last ten are kept.
    """
    from storage.leases import LeaseBook
    from storage.logins import LoginBook
    from storage.session_vault import SessionVault
    from storage.sign_ins import SignInBook
    from workers.keys import open_keyring

    by = who_asks()
    keyring = open_keyring(door.settings)
    with door.engine() as engine:
        found = LoginBook(engine).get(login)
        vault = SessionVault(engine, keyring)
        holder = f"{by} on {socket.gethostname()}:{os.getpid()}"
        with LeaseBook(engine).hold(found.id, holder, "rollback", _LEASE_SECONDS) as lease:
            kept = [one.version for one in vault.versions(found.id)]
            earlier = _chosen(login, kept, to)
            version = vault.roll_back(found.id, earlier, person(by), lease.token)
            at = door.clock.now()
            SignInBook(engine).by_person(found.id, SignInKind.IMPORT, person(by), at)
    door.printer.record({"login": login, "of_version": earlier, "version": version})


def _chosen(login: str, kept: Sequence[int], to: int | None) -> int:
    """Return the version to take; `kept` begins with the newest."""
    wanted = to if to is not None else next(iter(kept[1:]), None)
    if wanted is None or wanted not in kept[1:]:
        what = "has no earlier version" if to is None else f"has no earlier version {to}"
        raise BadInput(
            Fault(login, what, f"kept: {list(kept)}" if kept else "no session is saved"),
            advice=f"Run `danga session refresh {login}` for a new session.",
        )
    return wanted
