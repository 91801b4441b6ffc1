"""An installation served, and people at browsers who use it."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from commands import PROGRAM

PASSWORD = "daihou-sample"  # noqa: S105 - of the made-up company, and public
WAIT_SECONDS = 90
STEP, QUIET = 30, 4
"""Milliseconds between two looks, and how many in a row find nothing under way, before a page is taken to have settled."""
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def serving(home: Path, workers: int = 1, **environment: str) -> Iterator[str]:
    """An installation served while it is needed; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        [*PROGRAM, "serve", "--home", str(home), "--port", str(port), "--workers", str(workers)],
        stdout=log,
        stderr=log,
        env={**os.environ, **environment},
    )
    try:
        _wait_for(f"{address}/health/", server, home / "server.log")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()
        try:
            with urlopen(address, timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


class Person:
    """Somebody at a browser; what the console complains of is kept."""

    def __init__(self, browser, address: str, size: dict[str, int]) -> None:
        self.context = browser.new_context(viewport=size, locale="zh-CN")
        self.page = self.context.new_page()
        self.address = address
        self.asked: set[object] = set()
        self.page.on("request", self._begins)
        self.page.on("requestfinished", self._ends)
        self.page.on("requestfailed", self._ends)
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _begins(self, request: object) -> None:
        self.asked.add(request)

    def _ends(self, request: object) -> None:
        self.asked.discard(request)

    def open(self, path: str) -> int:
        """Go to a page; its status."""
        answer = self.page.goto(self.address + path)
        self.settle()
        return answer.status if answer is not None else 0

    def settle(self) -> None:
        """Wait until the page stands and nothing that it asked for is under way; the browser's own idleness wants half a second of silence each time."""
        quiet = 0
        while quiet < QUIET:
            self.page.wait_for_timeout(STEP)
            self.page.wait_for_load_state("load")
            quiet = 0 if self.asked else quiet + 1

    def log_in(self, login: str, password: str = PASSWORD) -> None:
        self.open("/login/")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", password)
        self.page.click("main button.main")
        self.settle()

    def text(self, where: str = "main") -> str:
        return self.page.inner_text(where)

    def press(self, where: str) -> None:
        self.page.click(where)
        self.settle()

    def fits(self) -> bool:
        """Whether nothing of the page is wider than the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth") <= self.page.viewport_size["width"]

    def complained(self) -> list[str]:
        """What the browser complained of, but for forms that were refused."""
        return [said for said in self.complaints if "status of 422" not in said]

    def who_signs(self) -> list[str]:
        """Who can sign now, by the page of a matter."""
        found = re.search("现在可以签的人：(.+)", self.text())
        return found[1].split("、") if found else []
