"""A sample company in a browser: made by the commands of the README, served, opened in Chromium."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from commands import PROGRAM, daihou

PASSWORD = "daihou-sample"  # noqa: S105 - of the made-up company, and public
WAIT_SECONDS = 90
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of the sample company, as `make run` makes it."""
    folder = tmp_path_factory.mktemp("sample")
    made = daihou("demo", folder / "demo", "--contracts", 80)
    assert (folder / "demo" / "台账.xlsx").is_file(), made.stdout + made.stderr
    home = folder / "home"
    done = daihou("init", "--home", home, "--sample", folder / "demo" / "台账.xlsx")
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture(scope="session")
def served(sample_home: Path) -> Iterator[str]:
    """The address at which the sample company answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = (sample_home / "server.log").open("w")
    server = subprocess.Popen(
        [*PROGRAM, "serve", "--home", str(sample_home), "--port", str(port), "--workers", "1"],
        stdout=log,
        stderr=log,
    )
    try:
        _wait_for(f"{address}/health/", server, sample_home / "server.log")
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


@pytest.fixture(scope="session")
def chromium(lacking):
    """Debian's Chromium, driven by Playwright."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        lacking("Chromium (apt install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """Somebody at a browser; what the console complains of is kept."""

    def __init__(self, browser, address: str, size: dict[str, int]) -> None:
        self.context = browser.new_context(viewport=size, locale="zh-CN")
        self.page = self.context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> int:
        """Go to a page; its status."""
        answer = self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return answer.status if answer is not None else 0

    def log_in(self, login: str) -> None:
        self.open("/login/")
        self.page.fill("[name=login]", login)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button.main")
        self.page.wait_for_load_state("networkidle")

    def text(self, where: str = "main") -> str:
        return self.page.inner_text(where)

    def press(self, where: str) -> None:
        self.page.click(where)
        self.page.wait_for_load_state("networkidle")


@pytest.fixture
def person(chromium, served):
    """Makes people at browsers: person("e15"), person("e15", phone=True)."""
    made: list[Person] = []

    def sit_down(login: str | None = None, *, phone: bool = False) -> Person:
        one = Person(chromium, served, PHONE if phone else DESKTOP)
        made.append(one)
        if login is not None:
            one.log_in(login)
        return one

    yield sit_down
    for one in made:
        one.context.close()


@pytest.fixture(scope="module")
def staying(chromium, served):
    """People at their phones who stay logged in from one test of a module to the next: staying("e15")."""
    came: dict[str, Person] = {}

    def come(login: str) -> Person:
        if login not in came:
            came[login] = Person(chromium, served, PHONE)
            came[login].log_in(login)
        return came[login]

    yield come
    for one in came.values():
        one.context.close()
