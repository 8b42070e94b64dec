from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import BadInput
from domain.proxy import Proxy
from workers.proxy_file import load_proxies

ENVIRONMENT = {"SEOUL_PASSWORD": "p@ss:w/rd%#", "WHOLE": "http://lee:a%40b@10.0.0.9:3128/"}


def load(folder: Path, text: str) -> tuple[Proxy, ...]:
    path = folder / "proxies.yaml"
    path.write_text(text, encoding="utf-8")
    return load_proxies(path, ENVIRONMENT)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        load(folder, text)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("text", ["", "# nothing\n", "proxies:\n", "proxies: []\n"])
def test_no_proxies_at_all_is_valid(tmp_path: Path, text: str) -> None:
    assert load_proxies(tmp_path / "absent.yaml", {}) == ()
    assert load(tmp_path, text) == ()


def test_a_password_comes_from_the_environment_whatever_signs_it_holds(tmp_path: Path) -> None:
    text = "proxies:\n- {id: s, url: 'http://kim:${SEOUL_PASSWORD}@h.example:3128', labels: [kr]}\n"
    (proxy,) = load(tmp_path, text)
    assert proxy == Proxy("s", "http://h.example:3128", "kim", "p@ss:w/rd%#", frozenset({"kr"}))
    assert "p@ss" not in repr(proxy)


def test_a_whole_url_may_come_from_the_environment(tmp_path: Path) -> None:
    (proxy,) = load(tmp_path, "proxies:\n- {id: s, url: '${WHOLE}'}\n")
    assert (proxy.server, proxy.username, proxy.password) == ("http://10.0.0.9:3128", "lee", "a@b")


def test_a_literal_password_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, "proxies:\n- id: s\n  url: http://kim:hunter2@h:3128\n")
    assert told.startswith("proxies.yaml:3 proxies[0].url: a password may not stand in a url")
    assert "${NAME}" in told
    assert "hunter2" not in told


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        "proxies:\n"
        "- {id: a, url: 'socks4://h:1080'}\n"
        "- {id: a, url: 'http://u:${NOPE}@h:1'}\n"
        "- {id: b, url: 'http://h'}\n"
        "- {id: c, url: 'http://u:${SEOUL_PASSWROD}@h:1'}\n"
        "- {id: d, url: 'http://h:99999'}\n"
        "- {id: e, url: 'http://h:1/path'}\n"
        "- {id: f, url: 'socks5://h:1'}\n"
        "- {id: g, url: 'socks5://h:1'}\n"
        "- {id: h, url: 'socks5://kim@h:2'}\n"
    )
    told = faults(tmp_path, text)
    assert [one.split(" (")[0] for one in told] == [
        "proxies.yaml:2 proxies[0].url: has a scheme that is not supported: http, https or socks5",
        "proxies.yaml:3 proxies[1].id: the id a is used twice",
        "proxies.yaml:3 proxies[1].url: NOPE is not set",
        "proxies.yaml:4 proxies[2].url: has to name host and port",
        "proxies.yaml:5 proxies[3].url: SEOUL_PASSWROD is not set",
        "proxies.yaml:6 proxies[4].url: is no url",
        "proxies.yaml:7 proxies[5].url: goes on after the port",
        "proxies.yaml:9 proxies[7].url: is the proxy of another entry",
        "proxies.yaml:10 proxies[8].url: has to name a user and a password of 1 to 255 bytes",
    ]
    assert "did you mean SEOUL_PASSWORD?" in told[4]


def test_unknown_keys_and_wrong_types_name_what_was_meant(tmp_path: Path) -> None:
    told = faults(tmp_path, "proxies:\n- {id: a, ulr: x, labels: kr}\n- 7\nproxy: []\n")
    assert told == [
        "proxies.yaml:2 proxies[0].url: is missing",
        "proxies.yaml:2 proxies[0].labels: has to be a list: each entry begins with a dash",
        "proxies.yaml:2 proxies[0].ulr: unknown key (did you mean url?)",
        "proxies.yaml:3 proxies[1]: has to be a mapping: `key: value` lines",
        "proxies.yaml:4 proxy: unknown key (did you mean proxies?)",
    ]


def test_a_socks5_proxy_of_its_own_login_and_its_provider_are_known(tmp_path: Path) -> None:
    (proxy,) = load(
        tmp_path,
        "proxies:\n- {id: s, url: 'socks5://kim:${SEOUL_PASSWORD}@h:1080', provider: p, "
        "exclusive: true}\n",
    )
    password = ENVIRONMENT["SEOUL_PASSWORD"]
    assert proxy == Proxy("s", "socks5://h:1080", "kim", password, exclusive=True, provider="p")
