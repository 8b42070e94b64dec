"""`python -m demo` itself: its options, its knobs, its end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from demo.knobs import BadKnob, Knobs
from tests.demo_server import RunningDemo

HERE = Path(__file__).parent


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo", *options]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=30, cwd=HERE.parent.parent, check=False
    )


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never happened"


def test_sizes_seed_clock_and_knobs_come_from_the_command_line() -> None:
    sizes = ("--logins", "6", "--accounts", "3", "--channels", "2", "--creatives", "4")
    options = ("--frozen-at", "2026-03-03T10:00+09:00", "--seed", "11", "--rotate-cookie")
    with RunningDemo(*sizes, *options, captcha_after=4, maintenance="channel") as demo:
        seen = demo.get("/_demo/world")
        assert list(seen) == ["kim", "lee", "park", "choi", "jung", "user06"]
        assert seen["lee"]["accounts"] == ["1004", "1005", "1006"]
        assert seen["lee"]["channels"] == ["ch503", "ch504"]
        knobs = demo.get("/_demo/knobs")
        assert knobs["rotate_cookie"]["value"] is True
        assert knobs["captcha_after"]["value"] == 4
        assert demo.get("/_demo/clock")["now"] == "2026-03-03T01:00:00+00:00"
        demo.knobs(captcha_after="off", maintenance="off")
        demo.reset()
        back = demo.get("/_demo/knobs")
        assert (back["captcha_after"]["value"], back["maintenance"]["value"]) == (4, "channel")


def test_events_come_from_a_file(tmp_path: Path) -> None:
    happened = {"type": "delete_ad", "ad": "c1001-01", "at": "2026-03-03T09:00"}
    file = tmp_path / "events.json"
    file.write_text(json.dumps({"events": [happened]}), encoding="utf-8")
    with RunningDemo("--frozen-at", "2026-03-03T10:00", "--events", str(file)) as demo:
        told = {fact["external_id"] for fact in demo.truth()}
        assert "c1001-01" not in told
        demo.happen()
        assert "c1001-01" in {fact["external_id"] for fact in demo.truth()}
        demo.reset()
        assert {fact["external_id"] for fact in demo.truth()} == told


def test_sigterm_ends_it_cleanly_even_while_a_request_hangs() -> None:
    demo = RunningDemo(stall_every=1, stall_seconds=600)
    demo.start()
    host, port = demo.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as hanging:
        hanging.sendall(b"GET /sign-in HTTP/1.1\r\nHost: demo\r\n\r\n")
        wait_until(lambda: demo.stats()["concurrent"] == 1)
        assert demo.stop() == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--overlay", "huge"), "overlay: 'huge' is none of off, closable, stuck"),
        (("--captcha-after", "many", "--unit", "yen"), "unit: 'yen'"),
        (("--events", "/nowhere/events.json"), "No such file"),
        (("--frozen-at", "noon"), "--frozen-at"),
    ],
)
def test_a_wrong_option_is_named(options: tuple[str, ...], named: str) -> None:
    ended = run(*options)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("path", "content", "named"),
    [
        ("/_demo/knobs", {"louder": 1, "unit": "yen"}, "louder: no such knob; unit: 'yen'"),
        ("/_demo/events", {"events": [{"type": "end_ad", "ad": "c1", "at": "2026-03-03"}]}, "c1"),
        ("/_demo/clock", {"at": "noon"}, "noon"),
    ],
)
def test_a_wrong_order_changes_nothing_and_is_named(
    demo: RunningDemo, path: str, content: Mapping[str, object], named: str
) -> None:
    with pytest.raises(RuntimeError, match="400") as raised:
        demo.post(path, content)
    assert named in str(raised.value)
    assert demo.get("/_demo/knobs")["unit"]["value"] == "won"


def test_every_knob_says_what_it_does_and_is_off_by_default(demo: RunningDemo) -> None:
    for name, knob in demo.get("/_demo/knobs").items():
        assert len(knob["doc"]) > 10, name
        assert knob["value"] == knob["default"], name


def test_every_knob_is_exercised_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    assert [knob.name for knob in fields(Knobs) if f"{knob.name}=" not in tests] == []


def test_knobs_read_texts_as_well_as_values() -> None:
    read = Knobs().turned({"rounded": "yes", "latency_ms": "20", "withdrawn": ["1", "2"]})
    assert (read.rounded, read.latency_ms, read.withdrawn) == (True, 20, "1,2")
    assert read.turned({"latency_ms": "off", "rounded": False}) == Knobs(withdrawn="1,2")
    with pytest.raises(BadKnob, match="rounded"):
        Knobs().turned({"rounded": "perhaps"})


def test_sign_ins_outlive_the_process_where_a_file_keeps_them(tmp_path: Path) -> None:
    kept = tmp_path / "sessions.json"
    with RunningDemo("--sessions", str(kept)) as demo:
        who = {"username": "kim", "password": "demo-kim"}
        cookie = httpx.post(f"{demo.url}/sign-in", json=who).cookies["demo_session"]
    with RunningDemo("--sessions", str(kept)) as demo:
        answer = httpx.get(f"{demo.url}/moment/api/session", cookies={"demo_session": cookie})
        assert answer.json()["user"] == "kim"
        assert demo.stats()["logins"]["ok"] == 0
