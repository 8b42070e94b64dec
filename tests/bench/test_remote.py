"""The bench of remote sign-ins runs, and its figures are of pictures that came."""

from __future__ import annotations

import pytest

from bench.remote import measure


@pytest.mark.timeout(300)
def test_a_key_is_answered_by_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGA_REMOTE_LISTEN", "127.0.0.1:0")
    figures = measure(keys=3)
    assert figures["pictures"] >= 1
    assert figures["key_ms"]["median"] > 0
    assert figures["bytes_a_minute"] > 0
