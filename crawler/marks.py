"""By which elements a page shows its state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """Plain CSS selectors by which a page shows its state; an empty one never matches.

    They are used in the browser (to wait) and on the saved HTML (to judge), so only what both
    understand. Prefer what the site's own scripts depend on (ids, data attributes, form names).
    A site that shows a state by words alone overrides `classify`.
    """

    root: str = "body"
    """The element into which the page renders; empty = blank."""
    ready: str = ""
    """Stands on the page only when the data has been rendered."""
    sign_in: str = ""
    captcha: str = ""
    consent: str = ""
    second_factor: str = ""
    bad_credentials: str = ""
    refused: str = ""
    overloaded: str = ""
    maintenance: str = ""
    gone: str = ""
    overlay: str = ""
    overlay_close: str = ""
    """What dismisses the overlay; without it an overlay is only reported."""
