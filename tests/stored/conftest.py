"""A small company in the database."""

import sys
from pathlib import Path

import pytest
from django.db.models.expressions import OrderBy

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package; the cast is found beside them

from ordering import as_sql
from staging import STAGE, begins_with, staged

HERE = Path(__file__).parent


def pytest_itemcollected(item):
    """Say of a test that begins with what stands that it needs the database: the fixture asks for it only once that stands."""
    if begins_with(item) is not None:
        item.fixturenames.append("db")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Tests of one file that begin with the same state follow one another, so that it is written once; those that begin with none come first."""
    places = [at for at, item in enumerate(items) if item.path.is_relative_to(HERE)]
    files, states = {}, {}
    for at in places:
        files.setdefault(items[at].path, len(files))
        states.setdefault(begins_with(items[at]), len(states) + 1)
    states[None] = 0
    here = [items[at] for at in places]
    ordered = sorted(here, key=lambda item: (files[item.path], states[begins_with(item)]))
    for at, item in zip(places, ordered, strict=True):
        items[at] = item


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Before anything of a test is set up: what other tests began with is taken back."""
    if STAGE.label != begins_with(item):
        STAGE.clear()


@pytest.fixture(scope="session", autouse=True)
def _stage(django_db_setup):
    """Nothing stands in the database when it is taken down."""
    yield
    STAGE.clear()


@pytest.fixture(scope="session", autouse=True)
def _empty_ones_have_a_place():
    """Every order that the product asks for while these tests run says where what is empty stands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OrderBy, "as_sql", as_sql)
        yield


@staged
def company(tmp_path):
    """The company, taken in."""
    from tests_cast import taken_in

    return taken_in(tmp_path / "book")


@pytest.fixture(autouse=True)
def _asked_anew():
    """No test is told what another one asked: the seals of their events are made with one key and of one moment, so they can be alike; nor of which kind its company was."""
    from daihou.policy import rules
    from daihou.registers import held

    held.forget()
    rules.forget()


@pytest.fixture(autouse=True)
def _in_chinese():
    """A page that was asked for in English leaves its thread in English; the next test begins in Chinese as a server's does."""
    from django.utils import translation

    translation.activate("zh-hans")
