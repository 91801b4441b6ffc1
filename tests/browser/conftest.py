"""A sample company in a browser: made by the commands of the README, served, opened in Chromium."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from browsing import DESKTOP, PHONE, Person, serving
from installed import make_sample, sample_at
from psycopg import sql


@pytest.fixture(scope="session")
def database() -> dict[str, str]:
    """Where the installation keeps its rows: in a database of its own on the server that the run was given, else in a file."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        return {"DATABASE_URL": ""}
    own = f"browser_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(own)))
    return {"DATABASE_URL": f"{server.rpartition('/')[0]}/{own}"}


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, database: dict[str, str]) -> Path:
    """An installation of the sample company, as `make run` makes it."""
    folder = tmp_path_factory.mktemp("sample")
    if database["DATABASE_URL"]:
        return make_sample(folder, **database)
    sample_at(folder / "home", tmp_path_factory)
    return folder / "home"


@pytest.fixture(scope="session")
def served(sample_home: Path, database: dict[str, str]) -> Iterator[str]:
    """The address at which the sample company answers."""
    with serving(sample_home, **database) as address:
        yield address


class Loop:
    """Playwright's loop, which runs in the thread of the tests; to be seen by browser tests only: where Django sees one, it refuses the database."""

    def __init__(self) -> None:
        self._hidden: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def seen(self) -> Iterator[None]:
        asyncio._set_running_loop(self._hidden)  # noqa: SLF001 - as Playwright itself does after each call
        try:
            yield
        finally:
            self._hidden = asyncio._get_running_loop()  # noqa: SLF001
            asyncio._set_running_loop(None)  # noqa: SLF001


LOOP = Loop()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    """What stored tests began with is taken back; then the loop may be seen."""
    stored = sys.modules.get("staging")
    if stored is not None:
        stored.STAGE.clear()
    with LOOP.seen():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item):
    with LOOP.seen():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    with LOOP.seen():
        return (yield)


@pytest.fixture(scope="session")
def chromium(lacking, django_db_setup):
    """Debian's Chromium, driven by Playwright; the database of the stored tests is made before, so that it is taken down after."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        lacking("Chromium (apt install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        with LOOP.seen():  # the last test of a run may be of another folder
            browser.close()
            playwright.stop()


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
