"""A user's own classes for both demo sites: as they are, and mended for the demo's new labels.

`rename_markup=labels` is what a redesign once did; whoever mends a class writes the new words.
"""

from __future__ import annotations

from pathlib import Path

from crawler.sites import channel, moment

SITES = {"moment": "MomentSite", "channel": "ChannelSite"}
_NEW_WORDS = {
    "moment": {
        '"소진액(원)"': '"비용(원)"',
        '"소진액("': '"비용("',
        '"노출"': '"노출수"',
        '"클릭"': '"클릭수"',
        '"전환"': '"결과"',
        "[1]} ID": "[1]} 번호",
    },
    "channel": {'"친구 수"': '"친구"', '"소식받기 수"': '"알림받기"'},
}


def class_ref(site: str) -> str:
    """Return what danga.yaml calls the class of a site, relative to the workspace."""
    return f"sites/our_{site}.py:{SITES[site]}"


def write_classes(workspace: Path) -> None:
    """Write the classes as they are into the workspace."""
    for site in SITES:
        _write(workspace, site, _source(site))


def mend_classes(workspace: Path) -> None:
    """Write the classes that read the new labels and no longer the old ones."""
    for site in SITES:
        _write(workspace, site, mended_source(site))


def mended_source(site: str) -> str:
    """Return the class of a site that reads the new labels."""
    text = _source(site)
    for old, new in _NEW_WORDS[site].items():
        assert text.count(old) == 1, f"{old} stands {text.count(old)} times in the class"
        text = text.replace(old, new)
    return text


def _source(site: str) -> str:
    module = {"moment": moment, "channel": channel}[site]
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _write(workspace: Path, site: str, text: str) -> None:
    path = workspace / class_ref(site).partition(":")[0]
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
