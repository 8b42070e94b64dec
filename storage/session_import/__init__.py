"""Bring a session that a person has made elsewhere into the vault.

Pure: bytes in, a `BrowserSession` or a list of faults out. Formats are recognised by content.
"""

from storage.session_import.session_file import (
    ImportedSession,
    LeftOut,
    SessionFormat,
    read_session_file,
)

__all__ = ["ImportedSession", "LeftOut", "SessionFormat", "read_session_file"]
