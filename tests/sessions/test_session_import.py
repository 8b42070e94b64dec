"""Import: formats recognised by content, every fault named at once, never a value."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from crawler.browser_path import find_browser
from domain.errors import BadInput
from storage.session_import import ImportedSession, SessionFormat, read_session_file
from tests.sessions.hostile import BOMBS, programs

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LATER = int((NOW + timedelta(days=30)).timestamp())
EARLIER = int((NOW - timedelta(days=1)).timestamp())
HOSTS = frozenset({"ads.example.com"})
SECRET = "geheim-5f0c"

# The shape in which Selenium's `driver.get_cookies()` returns cookies.
SELENIUM: list[dict[str, Any]] = [
    {
        "domain": ".example.com",
        "expiry": LATER,
        "httpOnly": True,
        "name": "sid",
        "path": "/",
        "sameSite": "None",
        "secure": True,
        "value": SECRET,
    },
    {
        "domain": "ads.example.com",
        "httpOnly": False,
        "name": "lang",
        "path": "/",
        "sameSite": "Lax",
        "secure": False,
        "value": "ko",
    },
]
# The shape of Playwright's `context.storage_state(indexed_db=True)`.
STATE: dict[str, Any] = {
    "cookies": [
        {
            "name": "sid",
            "value": SECRET,
            "domain": "ads.example.com",
            "path": "/",
            "expires": LATER + 0.25,
            "httpOnly": True,
            "secure": True,
            "sameSite": "None",
            "partitionKey": "https://example.com",
            "_crHasCrossSiteAncestor": False,
        },
        {
            "name": "lang",
            "value": "ko",
            "domain": ".ads.example.com",
            "path": "/",
            "expires": -1,
            "httpOnly": False,
            "secure": False,
            "sameSite": "Lax",
        },
    ],
    "origins": [
        {
            "origin": "https://ads.example.com",
            "localStorage": [{"name": "token", "value": SECRET}],
            "indexedDB": [{"name": "db", "version": 1, "stores": []}],
        }
    ],
}


def read(data: bytes, hosts: frozenset[str] = HOSTS) -> ImportedSession:
    return read_session_file(data, "kim.pkl", hosts, NOW)


def faults_of(data: bytes, hosts: frozenset[str] = HOSTS) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(data, hosts)
    told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert "geheim" not in told
    return [str(fault) for fault in caught.value.faults]


def selenium_with(**changes: Any) -> bytes:
    """Pickle one Selenium cookie; None removes a key."""
    cookie = {**SELENIUM[0], **changes}
    return pickle.dumps([{key: value for key, value in cookie.items() if value is not None}])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_seleniums_cookies_is_read_in_playwrights_words(protocol: int) -> None:
    imported = read(pickle.dumps(SELENIUM, protocol))
    assert imported.format is SessionFormat.SELENIUM_PICKLE
    assert imported.session.cookies == (
        {
            "name": "sid",
            "value": SECRET,
            "domain": ".example.com",
            "path": "/",
            "expires": LATER,
            "httpOnly": True,
            "secure": True,
            "sameSite": "None",
        },
        {
            "name": "lang",
            "value": "ko",
            "domain": "ads.example.com",
            "path": "/",
            "expires": -1,
            "httpOnly": False,
            "secure": False,
            "sameSite": "Lax",
        },
    )
    assert imported.left_out == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_storage_state_is_read_whole(encoding: str) -> None:
    imported = read(json.dumps(STATE, indent=2).encode(encoding))
    assert imported.format is SessionFormat.STORAGE_STATE
    assert list(imported.session.cookies) == STATE["cookies"]
    assert list(imported.session.origins) == STATE["origins"]


def test_a_storage_state_without_cookies_may_hold_its_session_in_local_storage() -> None:
    imported = read(json.dumps({"cookies": [], "origins": STATE["origins"]}).encode())
    assert list(imported.session.origins) == STATE["origins"]


def test_a_browser_takes_every_imported_cookie() -> None:
    program = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, chromium_sandbox=program.sandbox
        )
        for data in (pickle.dumps(SELENIUM), json.dumps(STATE).encode()):
            soon = datetime.now(UTC)
            session = read_session_file(fresh(data, soon), "kim", HOSTS, soon).session
            context = browser.new_context()
            context.add_cookies(list(session.cookies))  # type: ignore[arg-type]
            assert {one["name"] for one in context.cookies()} == {"sid", "lang"}
            context.close()
        browser.close()


def fresh(data: bytes, now: datetime) -> bytes:
    """Move the end of the cookies past `now`: the browser has a clock of its own."""
    later = int((now + timedelta(days=30)).timestamp())
    if data.startswith(b"{"):
        state = copy.deepcopy(STATE)
        state["cookies"][0]["expires"] = later
        return json.dumps(state).encode()
    return pickle.dumps([{**SELENIUM[0], "expiry": later}, SELENIUM[1]])


def test_a_cookie_without_same_site_stays_without() -> None:
    (cookie,) = read(selenium_with(sameSite=None, secure=False)).session.cookies
    assert "sameSite" not in cookie


def test_loopback_is_a_site_like_any_other() -> None:
    for host in ("127.0.0.1", "localhost"):
        data = selenium_with(domain=host, secure=False, sameSite="Lax")
        assert read(data, frozenset({host})).session.cookies[0]["domain"] == host


def test_the_summary_lists_names_hosts_and_ends_but_no_value() -> None:
    imported = read(json.dumps(STATE).encode())
    assert [(one.name, one.domain) for one in imported.summary.cookies] == [
        ("lang", ".ads.example.com"),
        ("sid", "ads.example.com"),
    ]
    assert imported.summary.ends_at == datetime.fromtimestamp(LATER + 0.25, UTC)
    assert imported.summary.origins == ("https://ads.example.com",)
    assert "geheim" not in repr((imported.summary, imported.left_out))


def test_what_belongs_to_other_sites_or_has_ended_is_left_out_and_said() -> None:
    state = copy.deepcopy(STATE)
    tracker = {**STATE["cookies"][0], "name": "uid", "domain": ".tracker.example"}
    broken_tracker = {**tracker, "expires": 1_900_000_000_000, "path": 5}
    state["cookies"] += [tracker, broken_tracker, {**STATE["cookies"][0], "expires": EARLIER}]
    state["origins"].append({"origin": "https://tracker.example", "localStorage": []})
    imported = read(json.dumps(state).encode())
    assert list(imported.session.cookies) == STATE["cookies"]
    assert [(out.what, out.host, out.why.split(",")[0]) for out in imported.left_out] == [
        ("uid", ".tracker.example", "belongs to another site"),
        ("uid", ".tracker.example", "belongs to another site"),
        ("sid", "ads.example.com", "ended on 2026-03-02 09:00 UTC"),
        ("local storage", "tracker.example", "belongs to another site"),
    ]


@pytest.mark.parametrize(
    ("domain", "hosts", "belongs"),
    [
        (".example.com", {"ads.example.com"}, True),
        (".example.com", {"example.com"}, True),
        ("ADS.example.com", {"ads.Example.com"}, True),
        ("example.com", {"ads.example.com"}, False),
        ("ads.example.com", {"example.com"}, False),
        (".ample.com", {"ads.example.com"}, False),
        (".com", {"ads.example.com"}, False),
        ("example.com.evil.example", {"example.com"}, False),
    ],
)
def test_a_leading_dot_means_subdomains(domain: str, hosts: set[str], belongs: bool) -> None:
    data = selenium_with(domain=domain)
    if belongs:
        assert len(read(data, frozenset(hosts)).session.cookies) == 1
    else:
        assert "belongs to another site" in faults_of(data, frozenset(hosts))[0]


def test_a_file_for_another_site_names_each_cookie_and_both_sites() -> None:
    told = faults_of(pickle.dumps(SELENIUM), frozenset({"moment.example.kr"}))
    assert told[0].startswith("kim.pkl: cookie 1 (sid): of .example.com: belongs to another site")
    assert "moment.example.kr" in told[0]
    assert told[1].startswith("kim.pkl: cookie 2 (lang): of ads.example.com")


def test_a_file_in_which_all_has_ended_says_when() -> None:
    told = faults_of(pickle.dumps([{**one, "expiry": EARLIER} for one in SELENIUM]))
    assert len(told) == 2
    assert all("ended on 2026-03-02 09:00 UTC" in fault for fault in told)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": None}, "has no name"),
        ({"value": None}, "has no value"),
        ({"value": 7}, "has no value"),
        ({"domain": None}, "has no domain"),
        ({"name": ""}, "empty name"),
        ({"path": "x"}, "path does not begin"),
        ({"secure": "yes"}, "secure is neither"),
        ({"httpOnly": 1}, "httpOnly is neither"),
        ({"expiry": "soon"}, "expiry is not a number"),
        ({"expiry": True}, "expiry is not a number"),
        ({"expiry": LATER * 1000}, "in milliseconds"),
        ({"sameSite": "sometimes"}, "none of Strict, Lax, None"),
        ({"sameSite": "no_restriction", "secure": False}, "SameSite=None without Secure"),
        ({"expiry": LATER * 1_000_000}, "in microseconds"),
        ({"expirationDate": LATER + 5}, "its expiry and expirationDate differ"),
        ({"hostOnly": True}, "hostOnly contradicts its domain"),
        ({"hostOnly": "no"}, "hostOnly is neither"),
        ({"session": 1}, "session is neither"),
        ({"secure": False}, "SameSite=None without Secure"),
        ({"name": "__Secure-sid", "secure": False, "sameSite": "Lax"}, "promises Secure"),
        ({"name": "__Host-sid"}, "promises one host"),
        ({"value": "geheim\r\nSet-Cookie: x"}, "control character"),
        ({"value": "geheim" * 1000}, "4096 bytes"),
    ],
)
def test_a_faulty_cookie_is_named_with_its_fault(changes: dict[str, Any], said: str) -> None:
    told = faults_of(selenium_with(**changes))
    assert any(said in fault for fault in told)
    assert all(fault.startswith("kim.pkl: cookie 1 (") for fault in told)


def test_all_faults_come_at_once() -> None:
    broken = [
        {**SELENIUM[0], "expiry": LATER * 1000, "secure": False},
        SELENIUM[1],
        "not a cookie",
        {**SELENIUM[1], "path": None},
    ]
    told = faults_of(pickle.dumps(broken))
    assert [fault.partition(": ")[2].partition(" (")[0].split(":")[0] for fault in told] == [
        "cookie 1",
        "cookie 1",
        "cookie 3",
        "cookie 4",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (pickle.dumps([]), "holds no cookies"),
        (b'{"cookies": [], "origins": []}', "holds no cookies"),
        (b"# Netscape HTTP Cookie File\n\n# nothing else\n", "holds no cookies"),
        (b"[]", "holds no cookies"),
        (json.dumps([7] * 6000).encode(), "more than 5000 cookies"),
        (b"# HTTP Cookie File\n" + b"geheim\n" * 6000, "more than 5000 cookies"),
        (b'{"log": {"entries": []}}', "a HAR recording"),
        (b'{"cookies": 1}', "JSON of a dictionary"),
        (b'"geheim"', "neither a pickle, JSON nor a cookies.txt"),
        (pickle.dumps({"sid": SECRET}), "a pickle of a dictionary"),
        (pickle.dumps(SECRET), "a value of type str"),
        (b"SQLite format 3\x00geheim", "cookie database"),
        (b"PK\x03\x04geheim", "ZIP"),
        (b"\x1f\x8bgeheim", "gzip"),
        (b"\xff\xd8\xffgeheim\x00\x80", "neither a pickle nor text"),
        (b"sid=geheim", "neither a pickle, JSON nor a cookies.txt"),
        (b"[" * 100_000, "nesting"),
        (b'{"cookies": [NaN]}', "numbers or nesting"),
        (b'{"cookies": [], "n": ' + b"9" * 5000 + b"}", "numbers or nesting"),
        (b'{"cookies": [], "n": ' + b"9" * 50 + b"}", "not plain"),
        (b"{" + b" " * 9 * 2**20 + b"}", "no session is so large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_format_is_recognised_by_content(data: bytes, said: str) -> None:
    (told,) = faults_of(data)
    assert said in told
    assert told.startswith("kim.pkl: ")


def test_a_truncated_file_is_called_so_wherever_it_ends() -> None:
    whole = pickle.dumps(SELENIUM)
    for length in range(2, len(whole)):
        if length % 16 == 0:  # a child process each
            (told,) = faults_of(whole[:length])
            assert "is truncated or damaged" in told
    text = json.dumps(STATE, indent=1)
    for length in range(1, len(text) - 1):
        (told,) = faults_of(text[:length].encode())
        assert "kim.pkl: line " in told


def test_no_program_runs_and_the_file_is_called_refused(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name, data in programs(canary).items():
        if data.startswith((b"c", b"\x80", b"(", b"]")):
            (told,) = faults_of(data)
            assert "is refused" in told, name
        else:
            faults_of(data)
        assert not canary.exists()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_fault_like_any_other(name: str) -> None:
    (told,) = faults_of(BOMBS[name])
    assert told.startswith("kim.pkl: ")


@given(st.binary(max_size=200).filter(lambda data: not data.startswith(b"\x80")))
@settings(max_examples=200, deadline=None)
def test_random_bytes_are_a_fault_never_a_session(data: bytes) -> None:
    assert faults_of(data)


@pytest.mark.parametrize(
    "origin",
    [
        7,
        {"origin": "ads.example.com"},
        {"origin": "https://ads.example.com", "localStorage": {}},
        {"origin": "https://ads.example.com", "localStorage": [{"name": "geheim"}]},
        {"origin": "https://[geheim", "localStorage": []},
    ],
    ids=str,
)
def test_origins_of_the_wrong_shape_are_named(origin: object) -> None:
    with pytest.raises(BadInput, match=r"kim\.pkl: origin 1 \("):
        read(json.dumps({**STATE, "origins": [origin]}).encode())


def test_a_name_that_is_no_name_is_shown_harmlessly() -> None:
    (told, *_rest) = faults_of(selenium_with(name="\x1b[2J" + "x" * 500))
    assert "\x1b" not in told
    assert len(told) < 200
