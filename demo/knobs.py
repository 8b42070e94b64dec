"""Every bad habit of the platform, each a knob: on the command line and at run time.

All are off by default. A knob's text is what `GET /_demo/knobs` and `--help` say of it; numbers
that are `off` (JSON null) do nothing. Windows of minutes are told by the site's own clock,
rates and seconds by the machine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from typing import Any

OFF = frozenset({"", "off", "none", "null"})
NO = frozenset({"false", "no", "0", *OFF})
YES = frozenset({"true", "yes", "1", "on"})


class BadKnob(ValueError):
    """A knob that does not exist, or a value that it cannot take."""


def _switch(value: Any) -> bool:
    text = str(value).lower()
    if text not in NO | YES:
        raise ValueError(f"{value!r} is neither true nor false")
    return text in YES


def _number(value: Any) -> float | None:
    return None if value is None or str(value).lower() in OFF else float(value)


def _count(value: Any) -> int | None:
    return None if value is None or str(value).lower() in OFF else int(value)


def _ids(value: Any) -> str:
    names = str(value).split(",") if isinstance(value, str) else [str(one) for one in value]
    return ",".join(name.strip() for name in names if name.strip())


def _one_of(choices: tuple[str, ...], value: Any) -> str:
    text = "off" if value in (None, False) else str(value)
    if text not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(choices)}")
    return text


def _choice(doc: str, *choices: str) -> Any:
    return field(
        default=choices[0],
        metadata={"doc": doc, "read": partial(_one_of, choices), "choices": choices},
    )


def _knob(default: Any, doc: str, read: Any) -> Any:
    return field(default=default, metadata={"doc": doc, "read": read})


@dataclass(frozen=True, slots=True)
class Knobs:
    """The position of every knob."""

    captcha_after: int | None = _knob(
        None, "Ask for a captcha after so many sign-ins of a user within the window.", _count
    )
    captcha_window_minutes: float | None = _knob(
        60.0, "The captcha's window, by the site's clock.", _number
    )
    second_factor: bool = _knob(False, "Ask for a code after the password.", _switch)
    consent: bool = _knob(
        False, "Show new terms to every user, signed in or not, until they agree.", _switch
    )

    session_minutes: float | None = _knob(
        None, "Sessions end so long after the sign-in, by the site's clock.", _number
    )
    rotate_cookie: bool = _knob(
        False, "Each page load brings a new session cookie; the old one dies.", _switch
    )
    rotation_grace_seconds: float | None = _knob(
        1.0, "How long a rotated cookie still works.", _number
    )
    one_session: bool = _knob(False, "A second sign-in of a user ends the first.", _switch)

    refuse_above_per_minute: int | None = _knob(
        None, "Refuse an address that sends more requests a minute.", _count
    )
    refuse_seconds: float | None = _knob(60.0, "How long such an address is refused.", _number)
    refuse_addresses: str = _knob(
        "", "Refuse these, comma separated: an address, or a proxy's name in Via.", _ids
    )
    refuse_as: str = _choice(
        "How a refusal looks: status 403, or a page with status 200.", "403", "page"
    )

    too_many_above_per_second: int | None = _knob(
        None, "Answer 429 with Retry-After above so many requests in a second.", _count
    )
    retry_after_seconds: int | None = _knob(
        3, "What Retry-After says, on 429 and 503; off leaves the header out.", _count
    )
    unavailable_above_per_second: int | None = _knob(
        None, "Answer 503 above so many requests in a second.", _count
    )
    rate_counts: str = _choice(
        "What the two rates count and hit: everything, or documents and JSON only.",
        "all",
        "dynamic",
    )
    latency_ms: int | None = _knob(None, "Every answer comes so much later.", _count)
    stall_every: int | None = _knob(None, "Each n-th request hangs.", _count)
    stall_path: str = _knob("", "Only requests whose path contains this are stalled.", str)
    stall_seconds: float | None = _knob(60.0, "How long a stalled request hangs.", _number)
    maintenance: str = _choice("Show a maintenance notice.", "off", "moment", "channel", "all")

    blank_after_redirect: float | None = _knob(
        None,
        "Share (0-1) of deep links that, opened as a document, redirect and render nothing "
        "until the visitor goes back.",
        _number,
    )
    blank_backs: int | None = _knob(1, "How many times back is needed until it renders.", _count)

    rename_markup: str = _choice(
        "Rename the table's labels, or the marks (data attributes, classes), or both.",
        "off",
        "labels",
        "marks",
        "both",
    )
    rename_json: bool = _knob(False, "JSON answers use other keys.", _switch)
    half_rendered: str = _choice(
        "Half of the rows are missing: in the rendered table, or in its JSON too.",
        "off",
        "dom",
        "json",
    )
    half_rendered_heals_ms: int | None = _knob(
        None, "The missing rows of `dom` appear after so long.", _count
    )
    columns: str = _choice(
        "swapped: spend and impressions stand under each other's header; moved: their headers "
        "move along, which is harmless.",
        "plain",
        "swapped",
        "moved",
    )
    unit: str = _choice(
        "Spend in won, in thousands of won, or in dollars (a won of the model is a cent).",
        "won",
        "thousand",
        "dollar",
    )
    rounded: bool = _knob(False, "Large numbers are shown as 1.2만.", _switch)
    overlay: str = _choice(
        "An announcement covers the page; stuck: its button does nothing.",
        "off",
        "closable",
        "stuck",
    )

    wrong_account: str = _knob(
        "", "These accounts or channels (or `all`) show another one's page.", _ids
    )
    remembered_period: str = _choice(
        "The period that accounts show until somebody clicks 오늘.",
        "off",
        "yesterday",
        "last7",
    )
    withdrawn: str = _knob(
        "", "Accounts or channels whose permission is withdrawn, comma separated.", _ids
    )
    withdrawn_status: str = _choice("What their JSON says.", "403", "404")
    midnight_late_minutes: int | None = _knob(
        0, "Every midnight comes so late (an event can name a single one).", _count
    )

    def turned(self, changes: Mapping[str, Any]) -> Knobs:
        """Return the knobs after `changes`; texts are read as on the command line.

        Raises:
            BadKnob: naming every knob that is unknown or cannot take its value.
        """
        values, faults = {}, []
        readers = {one.name: one.metadata["read"] for one in fields(self)}
        for name, value in changes.items():
            try:
                values[name] = readers[name](value)
            except KeyError:
                faults.append(f"{name}: no such knob")
            except (TypeError, ValueError) as wrong:
                faults.append(f"{name}: {wrong}")
        if faults:
            raise BadKnob("; ".join(faults))
        return replace(self, **values)

    def described(self) -> dict[str, dict[str, Any]]:
        """Return each knob's value, default, meaning and choices."""
        values = asdict(self)
        return {
            one.name: {
                "value": values[one.name],
                "default": one.default,
                "doc": one.metadata["doc"],
                "choices": list(one.metadata.get("choices", ())),
            }
            for one in fields(self)
        }


def names(listed: str) -> frozenset[str]:
    """Return the ids in a comma-separated knob."""
    return frozenset(name for name in listed.split(",") if name)
