"""What one version of Danga wrote the next can open.

`written/` holds what each version sealed, with its key. A file there is never changed: whoever
changes a format adds a reader for the old one and a file of the new.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from domain.verdict import VerdictKind
from storage.credential_store import CredentialStore
from storage.database_clock import database_now
from storage.evidence_file import unpack
from storage.keyring import Keyring, Purpose
from storage.session_vault import SessionVault
from storage.tables import LoginCredentialRow
from storage.tables.session import SessionVersionRow
from tests.sessions.conftest import AddLogin

WRITTEN = sorted((Path(__file__).parent / "written").glob("*.json"))


def test_there_is_a_file_of_the_first_version() -> None:
    assert "0.1.0.json" in {path.name for path in WRITTEN}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_session_password_and_evidence_open(
    path: Path, engine: Engine, add_login: AddLogin
) -> None:
    written = json.loads(path.read_text(encoding="utf-8"))
    sealed = {name: base64.b64decode(written[name]) for name in ("session", "password", "evidence")}
    keyring = Keyring([written["key"]])
    kim = add_login("kim", id=7, username="kim@agency.example", credential_source="stored")
    with engine.begin() as connection:
        now = database_now(connection)
        row = {"login_id": kim, "version": 2, "ciphertext": sealed["session"], "created_at": now}
        connection.execute(
            insert(SessionVersionRow).values(**row, saved_by="visit 1", cookies_count=1)
        )
        password = {"login_id": kim, "ciphertext": sealed["password"], "set_at": now}
        connection.execute(insert(LoginCredentialRow).values(password))

    saved = SessionVault(engine, keyring).load(kim)
    assert saved is not None
    (cookie,) = saved.session.cookies
    assert (cookie["name"], cookie["value"]) == ("sid", "단가-5f0c")
    assert (cookie["expires"], cookie["partitionKey"]) == (1_900_000_000.25, "https://example.com")
    assert saved.session.origins[0]["localStorage"] == [{"name": "token", "value": "t-1"}]
    assert saved.session.session_storage == {"https://ads.example": {"tab": "1"}}
    assert saved.session.user_agent == "HeadlessChrome/156"

    found = CredentialStore(engine, keyring, {}).resolve(kim)
    assert found is not None
    assert found.password == "비밀 hunter2"

    evidence = unpack(sealed["evidence"], written["evidence_id"], keyring.fernet(Purpose.EVIDENCE))
    assert evidence.verdict.kind is VerdictKind.LAYOUT_CHANGED
    assert evidence.html == "<td>12,000원</td>"
