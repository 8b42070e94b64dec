"""A stolen database without the key yields nothing: its very bytes are searched."""

from __future__ import annotations

import base64
import subprocess
import zlib
from pathlib import Path

from sqlalchemy import Engine, make_url

from domain.audit import person
from domain.session import BrowserSession
from storage.credential_store import CredentialStore
from storage.engine import open_engine
from storage.keyring import Keyring
from storage.leases import LeaseBook
from storage.session_vault import SessionVault
from tests.servers import MariaDb, program
from tests.sessions.conftest import insert_login

COOKIE, TOKEN, PASSWORD = "geheim-cookie-5f0c", "geheim-token-77aa", "geheim-비밀번호-hunter2"


def fill(engine: Engine, keyring: Keyring) -> None:
    """Do everything that ever touches a secret."""
    stored = {"username": "kim@agency.example", "credential_source": "stored"}
    kim = insert_login(engine, "kim", **stored)
    cookie = {"name": "visible-name", "value": COOKIE, "domain": ".ads.example", "path": "/"}
    storage = [{"name": "token", "value": TOKEN}]
    session = BrowserSession(
        cookies=(cookie,),
        origins=({"origin": "https://ads.example", "localStorage": storage},),
        session_storage={"https://ads.example": {"token": TOKEN}},
        user_agent="Headless/156",
    )
    vault = SessionVault(engine, keyring)
    for version in range(3):
        vault.save(kim, session, version, "visit 1")
    with LeaseBook(engine).hold(kim, "mina", "rollback", 60) as lease:
        vault.roll_back(kim, 1, person("mina"), lease.token)
    CredentialStore(engine, keyring, {}).keep_password(kim, PASSWORD)


def traces(secret: str) -> set[bytes]:
    """Return how a secret would look in the bytes of a database or a dump."""
    plain = secret.encode()
    spellings = {plain, secret.encode("utf-16-le"), secret.encode("ascii", "backslashreplace")}
    for start in range(3):  # base64 of a text in the middle of another
        spellings.add(base64.b64encode(b"\0" * start + plain)[4:-4])
    return spellings | {one.hex().encode() for one in spellings} | {zlib.compress(plain)[2:-4]}


def require_nothing_in(data: bytes) -> None:
    assert b"Headless/156" in data, "this is not the database"
    for secret in (COOKIE, TOKEN, PASSWORD):
        for trace in traces(secret):
            assert trace not in data
            assert trace.upper() not in data


def test_the_search_would_find_a_secret_that_lies_open() -> None:
    for data in (COOKIE.encode(), base64.b64encode(b"x" + COOKIE.encode() + b"yz")):
        assert any(trace in data for trace in traces(COOKIE))
    dumped = b"x'" + COOKIE.encode().hex().upper().encode() + b"'"
    assert any(trace.upper() in dumped for trace in traces(COOKIE))


def test_the_files_of_sqlite_hold_neither_cookies_nor_passwords(
    sqlite_engine: Engine, keyring: Keyring
) -> None:
    fill(sqlite_engine, keyring)
    file = Path(str(sqlite_engine.url.database))
    beside = file.parent.glob(f"{file.name}*")  # the write-ahead log too
    require_nothing_in(b"".join(path.read_bytes() for path in beside))


def test_a_dump_of_mariadb_holds_neither_cookies_nor_passwords(
    mariadb: MariaDb, migrated_mariadb_url: str, keyring: Keyring
) -> None:
    engine = open_engine(migrated_mariadb_url)
    fill(engine, keyring)
    engine.dispose()
    url = make_url(migrated_mariadb_url)
    address = [
        f"--host={url.host}",
        f"--port={url.port}",
        "--protocol=tcp",
        f"--user={url.username}",
    ]
    dump = [program("mariadb-dump", "mariadb-client"), "--no-defaults", *address]
    for shape in ((), ("--hex-blob",)):
        done = subprocess.run(
            [*dump, *shape, str(url.database)], capture_output=True, check=True, env={}
        )
        require_nothing_in(done.stdout)
