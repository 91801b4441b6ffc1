"""A sample company in a browser: made by the commands of the README, served, opened in Chromium."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import DESKTOP, PHONE, Person, serving
from commands import daihou


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
    with serving(sample_home) as address:
        yield address


@pytest.fixture(scope="session")
def chromium(lacking, django_db_setup):
    """Debian's Chromium, driven by Playwright; while it is, a thread has a loop in which Django makes no database, so that of the stored tests is made before."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        lacking("Chromium (apt install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


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
