"""Collect what a page looked like; no secret of the login leaves this layer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from crawler.desk import Desk
from crawler.errors import Stopped
from crawler.page import ReadPage
from crawler.page_reader import Sight
from crawler.redaction import redact, secrets_of
from crawler.reread import readable_again
from domain.evidence import Evidence
from domain.session import BrowserSession


def evidence_of(desk: Desk, read: ReadPage, sight: Sight, taken_at: datetime) -> Evidence:
    """Return a failed page as evidence: picture, HTML, JSON answers, steps; secrets removed.

    What was expected of the page stands in it too, so that a mended class can read it again.
    """
    seen = _seen(desk, read, sight, taken_at)
    return redact(replace(seen, screenshot=desk.tab.screenshot()), _secrets(desk))


def document_of(desk: Desk, read: ReadPage, sight: Sight, held: BrowserSession | None) -> Evidence:
    """Return a page that gave readings in the same form, without a picture; secrets removed.

    Its time is that of the readings; `held` is the session that came with it.
    """
    assert sight.snapshot is not None, "nothing is read of a page that nobody saw"
    secrets = [*secrets_of(desk.context.last_session, desk.typed), *secrets_of(held, None)]
    return redact(_seen(desk, read, sight, sight.snapshot.taken_at), secrets)


def _seen(desk: Desk, read: ReadPage, sight: Sight, taken_at: datetime) -> Evidence:
    snapshot = sight.snapshot
    return Evidence(
        login=desk.login,
        page_url=snapshot.url if snapshot else read.page.url,
        verdict=read.verdict,
        taken_at=taken_at,
        html=snapshot.html if snapshot else "",
        screenshot=None,
        answers=tuple((a.url, a.body) for a in snapshot.answers) if snapshot else (),
        log=(
            f"opened {read.page.url}",
            *sight.steps,
            f"{read.verdict.kind}: {read.verdict.detail}",
        ),
        site=desk.site.name,
        page=readable_again(desk.site, snapshot, desk.expected) if snapshot else None,
    )


def _secrets(desk: Desk) -> list[str]:
    """What the browser holds now, also what came with this very page, and what was typed."""
    held = [*secrets_of(desk.context.last_session, desk.typed)]
    with suppress(Stopped):  # a browser that is gone shows no more than it held before
        held += secrets_of(desk.context.session(), None)
    return held
