"""A person with a browser of their own: a second real Chromium, in a thread of its own.

    with PersonElsewhere() as mina:
        mina.do(lambda page: page.goto(link))

`RemoteRun` is `danga session refresh` in another thread, with its link as soon as it is told.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import httpx
from playwright.sync_api import BrowserContext, Page, sync_playwright

from crawler.browser_path import find_browser
from tests.demo_server import RunningDemo
from tests.servers import wait_until
from workers.house import House
from workers.refreshing import Proof
from workers.remote.serving import Asked, sign_in_afar

Result = TypeVar("Result")
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}

_A_FORM_STANDS_STILL = """() => new Promise(resolve => {
  const canvas = document.querySelector('canvas'), seen = canvas.dataset.frames;
  const near = (one, other) => Math.abs(one - other) < 16;
  const shows = () => {  // the blue of the demo's buttons (demo/static/base.css), --accent
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let blue = 0;
    for (let at = 0; at < data.length; at += 4)
      blue += near(data[at], 47) && near(data[at + 1], 95) && near(data[at + 2], 208);
    return blue > 1000;
  };
  setTimeout(() => resolve(canvas.dataset.frames === seen && shows()), 1000);
})"""


class PersonElsewhere:
    """Sits at a browser; all of it happens in one thread, as Playwright wants it."""

    def __init__(self, **device: Any) -> None:
        self._device = device
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="person")

    def __enter__(self) -> PersonElsewhere:
        self._thread.submit(self._open).result(60)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.submit(self._close).result(60)
        self._thread.shutdown()

    def do(self, act: Callable[[Page], Result]) -> Result:
        """Do something at the browser and return what came of it."""
        return self._thread.submit(act, self._page).result(60)

    @property
    def context(self) -> BrowserContext:
        """For acts on the whole browser, inside `do`."""
        return self._page.context

    def starts(self, link: str, name: str = "김지은") -> None:
        """Open the link, give a name, press the button, and wait for the picture."""

        def act(page: Page) -> None:
            page.goto(link)
            page.fill("input[name=name]", name)
            page.click("button[type=submit]")
            page.wait_for_selector("body[data-phase=working]", timeout=30_000)
            page.wait_for_selector("canvas[data-frames]")

        self.do(act)
        self.waits_for_new_picture()

    def sees(self, words: str) -> None:
        """Wait until the page says so."""
        self.do(lambda page: page.get_by_text(words).first.wait_for(timeout=40_000))

    def types(self, *steps: str) -> None:
        """Press in the picture's corner, then type: `<Key>` is a key, everything else text."""

        def act(page: Page) -> None:
            page.click("canvas", position={"x": 4, "y": 4})
            for step in steps:
                if step.startswith("<"):
                    page.keyboard.press(step.strip("<>"))
                else:
                    page.keyboard.type(step)

        self.do(act)

    def composes(self, *steps: str) -> None:
        """Write one syllable as a Korean input method does, step by step, and commit it."""

        def act(page: Page) -> None:
            protocol = page.context.new_cdp_session(page)
            for step in steps:
                place = {"selectionStart": len(step), "selectionEnd": len(step)}
                protocol.send("Input.imeSetComposition", {"text": step, **place})
            protocol.send("Input.insertText", {"text": steps[-1]})
            protocol.detach()

        self.do(act)

    def pastes(self, text: str) -> None:
        """Paste into whatever has the focus."""

        def act(page: Page) -> None:
            page.evaluate(
                """text => {
                  const held = new DataTransfer();
                  held.setData('text/plain', text);
                  document.activeElement.dispatchEvent(
                    new ClipboardEvent('paste', { clipboardData: held, cancelable: true }));
                }""",
                text,
            )

        self.do(act)

    def waits_for_new_picture(self) -> None:
        """Wait until the picture shows a form's button, and has stood still for a second."""
        self.do(lambda page: page.wait_for_function(_A_FORM_STANDS_STILL, timeout=40_000))

    def _open(self) -> None:
        program = find_browser()
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=program.executable, chromium_sandbox=program.sandbox
        )
        self._page = self._browser.new_context(locale="ko-KR", **self._device).new_page()

    def _close(self) -> None:
        self._browser.close()
        self._playwright.stop()


@dataclass
class RemoteRun:
    """`danga session refresh` that waits for somebody."""

    link: str
    _done: Future[Proof]

    def proof(self) -> Proof:
        """Wait for its end; raises what it raised."""
        return self._done.result(60)

    @property
    def over(self) -> bool:
        return self._done.done()


@contextmanager
def remote_run(house: House, asked: Asked | None = None) -> Iterator[RemoteRun]:
    """Run it for kim in a thread; whoever leaves the block waits for its end."""
    links: queue.SimpleQueue[str] = queue.SimpleQueue()
    with ThreadPoolExecutor(1, thread_name_prefix="remote") as thread:
        wanted = asked or Asked("mina", minutes=1.0)
        done = thread.submit(sign_in_afar, house, "kim", wanted, links.put)
        wait_until(lambda: not links.empty() or done.done(), 20)
        if links.empty():
            done.result()
        yield RemoteRun(links.get(), done)


def asked_for_captcha(demo: RunningDemo) -> int:
    """How often the demo has asked for one."""
    return int(demo.stats()["captchas"])


def websocket_status(origin: str, sent_origin: str, cookies: dict[str, str]) -> int:
    """Return what the server answers to a web socket of a page of `sent_origin`."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": sent_origin,
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    with (
        httpx.Client(base_url=origin, trust_env=False) as client,
        client.stream("GET", "/live/socket", headers=headers) as answer,
    ):
        return answer.status_code
