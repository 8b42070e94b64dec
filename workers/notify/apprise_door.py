"""Hand one message to one service, by Apprise; an url never leaves this file.

Apprise and its libraries log urls, tokens and payloads: their loggers are silenced, and what they
say about a failure is passed on with every piece of the url blotted out.
"""

from __future__ import annotations

import logging
import re

from domain.errors import DangaError

WITHIN_SECONDS = 60.0
"""What one service may take; less than a message stays in hand."""
_SILENCED = ("apprise", "urllib3", "requests", "requests_oauthlib", "httpx", "httpcore")
_PIECE = re.compile(r"[^\W_]{3,}")
_LONGEST = 300


class NotSent(DangaError):
    """The service did not take the message."""

    advice = "Try the address with `danga notify test`."


def send(url: str, title: str, body: str) -> None:
    """Send, and return when the service has taken it.

    Raises:
        NotSent: it has not, or `url` is none that Apprise knows; the text holds nothing of `url`.
    """
    import apprise  # slow to import, and most processes never send

    silence()
    asset = apprise.AppriseAsset(
        app_id="Danga", app_desc="", app_url="", secure_logging=True, service_timeout=WITHIN_SECONDS
    )
    service = apprise.Apprise(asset=asset)
    try:
        if not service.add(url):
            raise NotSent("its address is no url that Apprise knows")
        result = service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    except (TypeError, ValueError, OSError) as error:
        raise NotSent(f"{type(error).__name__}: {blotted(str(error), url)}") from None
    if not result:
        raise NotSent("the service did not take it (see its address, and whether it runs)")


def silence() -> None:
    """Let no library that sends write addresses into the log."""
    for name in _SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def blotted(text: str, url: str) -> str:
    """Return the text with every piece of the url blotted out.

    >>> blotted("no host hooks.example in use", "json://hooks.example/T0KEN")
    'no host ***.*** in use'
    """
    pieces = sorted(set(_PIECE.findall(url)), key=len, reverse=True)
    for piece in pieces:
        text = re.sub(re.escape(piece), "***", text, flags=re.IGNORECASE)
    return text[:_LONGEST]
