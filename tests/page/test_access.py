"""Whoever cannot see colours, uses no mouse or listens to the page gets the same of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import reports.page
from tests.page.conftest import Opened
from tests.page.sheets import sheet

TEMPLATES = Path(reports.page.__file__).parent / "templates"
STYLE = (TEMPLATES / "palette.css").read_text(encoding="utf-8")
READ = 4.5
"""WCAG 2, AA: contrast of text; of marks and edges 3."""
PAIRS = [
    (text, ground, READ)
    for ground in ("card", "paper", "burn-tint")
    for text in ("ink", "soft", "burn", "good")
] + [
    ("paper", "ink", READ),
    ("on-warm3", "warm3", READ),
    ("soft", "thin", READ),
    ("hatch", "card", 1.5),
    ("focus", "card", 3),
    *[("on-heat", heat, READ) for heat in ("cool2", "cool1", "warm1", "warm2", "thin")],
]
UNNAMED = """() => {
    const shown = (one) => one.checkVisibility();
    const named = (one) => (one.getAttribute('aria-label') || one.innerText || one.title
        || [...(one.labels || [])].map((label) => label.innerText).join('')).trim();
    const bare = [...document.querySelectorAll('button, a, input, select')];
    const pictures = [...document.querySelectorAll('svg')].filter((one) =>
        one.getAttribute('aria-hidden') !== 'true' && !one.querySelector('title'));
    return [...bare.filter((one) => shown(one) && !named(one)), ...pictures]
        .map((one) => one.outerHTML.slice(0, 100));
}"""


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.S)
    return {name: dict(re.findall(r"--([\w-]+): (#\w{6});", text))
            for name, text in (("light", light), ("dark", dark))}  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(scheme: str) -> None:
    colours = palettes()[scheme]
    assert colours.keys() == palettes()["light"].keys()
    faint = {
        (text, ground): round(found, 2)
        for text, ground, least in PAIRS
        if (found := contrast(colours[text], colours[ground])) < least
    }
    assert faint == {}


def test_every_control_and_picture_has_a_name_in_the_language_that_is_shown(
    opened: Opened,
) -> None:
    page = opened(sheet(), "open=2&lang=en")
    assert page.evaluate(UNNAMED) == []
    assert page.locator("h1").count() == 1
    assert page.locator("#w2 .heat th:not([scope])").count() == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    snapshot = page.locator(".watches").aria_snapshot()
    assert "columnheader" in snapshot
    assert 'rowheader "Over target 가온치과 상담 DB DB단가"' in snapshot


def test_cards_on_a_phone_are_still_a_table_to_listen_to(opened: Opened) -> None:
    page = opened(sheet(), viewport={"width": 390, "height": 844})
    assert "rowheader" in page.locator(".watches").aria_snapshot()
    expect(page.locator("#w2 .c-spend .lbl")).to_be_visible()


def test_dark_screens_get_a_dark_page(opened: Opened) -> None:
    page = opened(sheet(), color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(22, 21, 20)"


def test_states_and_changes_are_said_in_words_and_shapes_not_by_colour_alone(
    opened: Opened,
) -> None:
    page = opened(sheet())
    shapes = [
        one.get_attribute("d")
        for one in page.locator(".chips svg path:first-child").element_handles()
    ]
    assert len(shapes) == len(set(shapes)) == 8
    assert page.locator("#w2 .c-target .change").inner_text().split() == ["90%", "높음"]
    up = page.locator("#w2 .c-hour .arrow path").get_attribute("d")
    assert up != page.locator("#w1 .c-hour .arrow path").get_attribute("d")
