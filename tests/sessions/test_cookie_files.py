"""What browser extensions and curl write: cookies.txt, Cookie-Editor, EditThisCookie."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage.session_import import SessionFormat
from tests.sessions.test_session_import import (
    EARLIER,
    HOSTS,
    LATER,
    SECRET,
    SELENIUM,
    faults_of,
    read,
)

SID = {
    "name": "sid",
    "value": SECRET,
    "domain": ".example.com",
    "path": "/",
    "expires": LATER,
    "httpOnly": True,
    "secure": True,
}
LANG = {
    "name": "lang",
    "value": "ko",
    "domain": "ads.example.com",
    "path": "/ads",
    "expires": -1,
    "httpOnly": False,
    "secure": False,
}
COOKIES_TXT = (
    "# Netscape HTTP Cookie File\n"
    "# https://curl.se/docs/http-cookies.html\n"
    "\n"
    f"#HttpOnly_.example.com\tTRUE\t/\tTRUE\t{LATER}\tsid\t{SECRET}\n"
    "ads.example.com\tFALSE\t/ads\tFALSE\t0\tlang\tko\n"
)
# The shape in which Cookie-Editor 1.13 exports JSON.
COOKIE_EDITOR: list[dict[str, Any]] = [
    {
        "domain": ".example.com",
        "expirationDate": LATER + 0.5,
        "hostOnly": False,
        "httpOnly": True,
        "name": "sid",
        "path": "/",
        "sameSite": "no_restriction",
        "secure": True,
        "session": False,
        "storeId": None,
        "value": SECRET,
    },
    {
        "domain": "ads.example.com",
        "hostOnly": True,
        "httpOnly": False,
        "name": "lang",
        "path": "/ads",
        "sameSite": None,
        "secure": False,
        "session": True,
        "storeId": None,
        "value": "ko",
    },
]
# EditThisCookie: an id, a store, and `unspecified` where the site said nothing.
EDIT_THIS_COOKIE = [
    {**COOKIE_EDITOR[0], "storeId": "0", "id": 1},
    {**COOKIE_EDITOR[1], "sameSite": "unspecified", "storeId": "0", "id": 2},
]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_cookies_txt_is_read_with_its_http_only_lines(ends: str, mark: str) -> None:
    imported = read((mark + COOKIES_TXT.replace("\n", ends)).encode())
    assert imported.format is SessionFormat.COOKIES_TXT
    assert imported.session.cookies == (SID, LANG)


def test_a_cookies_txt_without_its_heading_is_recognised_by_its_fields() -> None:
    body = COOKIES_TXT.partition("\n\n")[2]
    assert read(body.encode()).session.cookies == (SID, LANG)
    assert read(body.rstrip().encode()).format is SessionFormat.COOKIES_TXT


def test_a_domain_for_subdomains_gets_its_dot() -> None:
    line = f"example.com\tTRUE\t/\tTRUE\t{LATER}.25\tsid\tv\n"
    (cookie,) = read(line.encode()).session.cookies
    assert (cookie["domain"], cookie["expires"]) == (".example.com", LATER + 0.25)


def test_an_empty_value_and_unusual_characters_in_one_are_kept() -> None:
    text = COOKIES_TXT + "ads.example.com\tFALSE\t/\tTRUE\t0\tempty\t\n"
    text += 'ads.example.com\tFALSE\t/\tTRUE\t0\tquoted\t"a\u2028b=#"\n'
    values = {one["name"]: one["value"] for one in read(text.encode()).session.cookies}
    assert (values["empty"], values["quoted"]) == ("", '"a\u2028b=#"')


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ads.example.com TRUE / TRUE 0 sid geheim", "has 1 fields, not 7"),
        ("ads.example.com\tFALSE\t/\tTRUE\t0\tsid", "has 6 fields, not 7"),
        ("ads.example.com\tFALSE\t/\tTRUE\t0\tsid\tgeheim\tgeheim", "has 8 fields"),
        ("ads.example.com\tno\t/\tTRUE\t0\tsid\tgeheim", "subdomains (no) is neither"),
        ("ads.example.com\tFALSE\t/\t1\t0\tsid\tgeheim", "secure (1) is neither"),
        ("ads.example.com\tFALSE\t/\tTRUE\tsoon\tsid\tgeheim", "expires is not a number"),
        ("ads.example.com\tFALSE\t/\tTRUE\t١\tsid\tgeheim", "expires is not a number"),
        (".example.com\tFALSE\t/\tTRUE\t0\tsid\tgeheim", "begins with a dot"),
        (f"ads.example.com\tFALSE\t/\tTRUE\t{LATER}000\tsid\tgeheim", "in milliseconds"),
        ("ads.example.com\tFALSE\tx\tTRUE\t0\tsid\tgeheim", "path does not begin"),
        ("ads.example.com\tFALSE\t/\tTRUE\t0\t\tgeheim", "empty name"),
        ("ads.example.com\tFALSE\t/\tFALSE\t0\t__Secure-sid\tgeheim", "promises Secure"),
        ("ads.example.com\tFALSE\t/\tTRUE\t0\tsid\tgeheim\x00", "control character"),
    ],
)
def test_a_faulty_line_is_named_by_its_number(line: str, said: str) -> None:
    (told,) = faults_of((COOKIES_TXT + line + "\n").encode())
    assert told.startswith("kim.pkl: line 6")
    assert said in told


def test_all_faulty_lines_come_at_once() -> None:
    text = COOKIES_TXT + "geheim\n" + f"ads.example.com\tFALSE\tx\tTRUE\t{LATER}000\tsid\tgeheim\n"
    told = faults_of(text.encode())
    assert [fault.partition(": ")[2][:6] for fault in told] == ["line 6", "line 7", "line 7"]


@pytest.mark.parametrize("exported", [COOKIE_EDITOR, EDIT_THIS_COOKIE])
def test_the_json_of_browser_extensions_is_read(exported: list[dict[str, Any]]) -> None:
    imported = read(json.dumps(exported).encode())
    assert imported.format is SessionFormat.COOKIE_LIST
    assert imported.session.cookies == (
        {**SID, "expires": LATER + 0.5, "sameSite": "None"},
        LANG,
    )


def test_seleniums_cookies_written_as_json_are_read_too() -> None:
    imported = read(json.dumps(SELENIUM).encode())
    assert [one["name"] for one in imported.session.cookies] == ["sid", "lang"]
    assert imported.session.cookies[0]["expires"] == LATER


def test_a_domain_that_is_not_host_only_gets_its_dot() -> None:
    exported = [{**COOKIE_EDITOR[0], "domain": "example.com"}]
    (cookie,) = read(json.dumps(exported).encode()).session.cookies
    assert cookie["domain"] == ".example.com"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expirationDate": LATER * 1000}, "in milliseconds (write seconds since 1970)"),
        ({"expirationDate": "soon"}, "expiry is not a number"),
        ({"secure": False}, "SameSite=None without Secure"),
        ({"hostOnly": True}, "hostOnly contradicts"),
        ({"domain": "ads.example.com", "name": "__Host-sid"}, "promises one host"),
    ],
)
def test_a_faulty_cookie_of_an_extension_is_named(changes: dict[str, Any], said: str) -> None:
    (told,) = faults_of(json.dumps([{**COOKIE_EDITOR[0], **changes}, COOKIE_EDITOR[1]]).encode())
    assert told.startswith("kim.pkl: cookie 1 (")
    assert said in told


@pytest.mark.parametrize("form", ["txt", "json"])
def test_cookies_of_a_foreign_host_are_left_out_and_named(form: str) -> None:
    if form == "txt":
        foreign = f"#HttpOnly_.bank.example\tTRUE\t/\tTRUE\t{LATER}\tauth\t{SECRET}\n"
        data, alone = COOKIES_TXT + foreign, foreign
    else:
        other = {**COOKIE_EDITOR[0], "domain": ".bank.example", "name": "auth"}
        data, alone = json.dumps([*COOKIE_EDITOR, other]), json.dumps([other])
    imported = read(data.encode())
    assert {one["domain"] for one in imported.session.cookies} == {
        ".example.com",
        "ads.example.com",
    }
    assert [(one.what, one.host) for one in imported.left_out] == [("auth", ".bank.example")]
    (told,) = faults_of(alone.encode())
    assert "auth" in told
    assert "belongs to another site, not to ads.example.com" in told


def test_what_has_ended_is_left_out_and_said() -> None:
    text = COOKIES_TXT + f"ads.example.com\tFALSE\t/\tTRUE\t{EARLIER}\told\tgeheim\n"
    (left,) = read(text.encode()).left_out
    assert (left.what, left.why) == ("old", "ended on 2026-03-02 09:00 UTC")


def test_a_state_that_names_its_browser_says_so() -> None:
    state = {"cookies": [LANG], "origins": [], "userAgent": "Mozilla/5.0 Chrome/156"}
    assert read(json.dumps(state).encode(), HOSTS).session.user_agent == "Mozilla/5.0 Chrome/156"
    for nonsense in (5, "a\nb", "x" * 501):
        told = read(json.dumps({**state, "userAgent": nonsense}).encode(), HOSTS)
        assert told.session.user_agent is None


def test_every_truncation_of_a_cookies_txt_gives_whole_cookies_or_a_fault() -> None:
    """A file cut inside a value looks whole: nothing in the format tells."""
    for length in range(
        len(COOKIES_TXT) - len("ads.example.com\tFALSE\t/ads\tFALSE\t0\tlang\tko\n")
    ):
        cut = COOKIES_TXT[:length].encode()
        if SECRET[:1].encode() in cut.partition(b"\tsid\t")[2]:
            assert read(cut).session.cookies[0]["name"] == "sid"
        elif b"\tsid\t" not in cut:
            assert faults_of(cut)
