"""What the database refuses.

StorageError
+-- DatabaseAway            cannot be reached now; readings go to the spool
|   +-- DatabaseBusy        locks were held longer than we repeat
|   +-- DatabaseRefuses     reached, but user, password or database name are wrong
+-- DatabaseInUse           processes work with it that must not just now
+-- SchemaBehind            migrations have not been applied
+-- StaleToken              the lease went to somebody else; nothing may be stored
+-- LeaseTaken              somebody else works with the login just now
+-- ProxyTaken              the proxy is another login's alone
+-- SiteHalted              a person paused or stopped the site
+-- ClientIsLeaving         a client who is leaving cannot be declared meanwhile
+-- MonthClosed             a month is closed once
+-- LinkUsed                a one-time link was claimed by somebody else, or its time is over
+-- UnknownName             no such site, login, account, client or watch
+-- SpoolUnwritable         what was read could not be kept on the disk either
+-- KeyUnusable             the master key is missing, malformed, or others can read it
+-- PickleRefused           a pickle holds what may not be loaded
|   +-- HostilePickle       it is a program, or a bomb
|   +-- BrokenPickle        it ends early, or is no pickle
+-- SessionUnusable
|   +-- SessionMovedOn      somebody saved a newer session in between
|   +-- SessionTampered     the saved session fails its check
|   +-- SessionOfAnother    the saved session belongs to another login
|   +-- SessionTooLarge     it does not fit into the vault
+-- CredentialsUnusable     the stored user name and password cannot be handed out
+-- EvidenceNotKept         its file could not be written
+-- EvidenceGone            no such evidence, or its file is not on this machine
|   +-- EvidenceUnreadable  its file was changed, or sealed with another key
"""

from __future__ import annotations

from domain.errors import DangaError


class StorageError(DangaError):
    """The database, or the spool that stands in for it, did not do what was asked."""


class DatabaseAway(StorageError):
    """The database cannot be reached."""

    advice = "Check that the server in DANGA_DATABASE_URL runs; `danga doctor` tries it."


class DatabaseBusy(DatabaseAway):
    """Other transactions held their locks for too long; everything was rolled back."""

    advice = "It is tried again by itself; if it stays, look for a long report or migration."


class DatabaseRefuses(DatabaseAway):
    """The database server does not let us in, or has no such database."""

    advice = "Check user, password and database name in DANGA_DATABASE_URL."


class DatabaseInUse(StorageError):
    """Processes work with the database that must not write to it just now."""

    advice = (
        "Stop `danga up`, workers and schedules; those of other machines count for two minutes."
    )


class SchemaBehind(StorageError):
    """The tables are older than this program."""

    advice = "Run `danga db upgrade`."


class StaleToken(StorageError):
    """The lease of the login went to somebody else; what was in hand is not stored."""

    advice = "Nothing to do: whoever holds the lease now reads the pages again."


class LeaseTaken(StorageError):
    """Somebody else works with this login just now."""

    advice = "Wait until its visit has ended (`danga visits`), then run the command again."


class ProxyTaken(StorageError):
    """The proxy is another login's alone."""

    advice = "Look at `danga proxy list`; add a proxy, or take `exclusive` away."


class SiteHalted(StorageError):
    """A person paused or stopped the site; nothing is sent to it."""

    advice = "Run `danga site resume SITE` when it may be visited again."


class ClientIsLeaving(StorageError):
    """A client's leave was begun and is not finished."""

    advice = "Run `danga client leave CLIENT` again: it goes on where it ended."


class MonthClosed(StorageError):
    """Somebody has closed the month meanwhile."""

    advice = "Run `danga close MONTH` again: it lists what differs from what was kept."


class LinkUsed(StorageError):
    """Somebody else has claimed this one-time link, or its time is over."""

    advice = "Run `danga session refresh LOGIN` for a new one."


class UnknownName(StorageError):
    """The inventory holds nothing of that name."""

    advice = "See `danga login list`, `danga account list`, `danga watch list`."


class SpoolUnwritable(StorageError):
    """Neither the database nor the local spool took the readings of a page."""

    advice = "Free space on the disk of the workspace; the pages are read again by themselves."


class KeyUnusable(StorageError):
    """The master key is missing, malformed, or can be read by others."""

    advice = "Set DANGA_KEY, or name a file of mode 600 that holds the key."


class PickleRefused(StorageError):
    """A pickle holds what may not be loaded; nothing of it was run."""

    advice = "Bring a list of cookies as Selenium's get_cookies() gives it, without other types."


class HostilePickle(PickleRefused):
    """A pickle would import or call something, or unfolds to more than it may."""


class BrokenPickle(PickleRefused):
    """A pickle ends early, or is none."""

    advice = "Copy the file again, in binary mode, and compare its size."


class SessionUnusable(StorageError):
    """A session cannot be saved or loaded."""


class SessionMovedOn(SessionUnusable):
    """Somebody else saved a newer session in between; ours was not stored."""

    advice = "Nothing to do: the next visit starts from the newest session."


class SessionTampered(SessionUnusable):
    """A saved session fails its check: it was changed, or encrypted with another key."""

    advice = "Restore the key it was saved with, or run `danga session refresh LOGIN`."


class SessionOfAnother(SessionUnusable):
    """A saved session belongs to another login; it was not used."""

    advice = "Rows were mixed up in the database: run `danga session refresh LOGIN`."


class SessionTooLarge(SessionUnusable):
    """A session holds more than the vault takes."""

    advice = "Look at what the site keeps in local storage; the previous version stays in use."


class CredentialsUnusable(StorageError):
    """The stored user name and password cannot be handed out."""

    advice = "Run `danga login password LOGIN`."


class EvidenceNotKept(StorageError):
    """The evidence could not be written; the visit's result is not touched by that."""

    advice = "Check free space and rights of the evidence folder; `danga doctor` looks at both."


class EvidenceGone(StorageError):
    """There is no such evidence, or its file is not on this machine."""

    advice = "See `danga evidence list`; evidence is deleted after its time, oldest first."


class EvidenceUnreadable(EvidenceGone):
    """A file of evidence was changed, or sealed with another key."""

    advice = "Restore the key it was sealed with; it is deleted after its time by itself."
