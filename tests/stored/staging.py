"""What many tests begin with, written into the database once for all that follow one another, each test's own writes taken back to it.

To read a register in and to derive its day takes a second or two, and hundreds of tests begin with just that.
"""

import inspect
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction


class Stage:
    """The state that stands in the database now, inside a transaction that is never committed; one at a time."""

    def __init__(self) -> None:
        self.label: tuple[str, ...] | None = None
        self.value: Any = None
        self._around: transaction.Atomic | None = None
        self._blocker: Any = None

    def show(self, label: tuple[str, ...], write: Callable[[], Any], blocker: Any) -> Any:
        """Let the state of that label stand; ``write`` writes it where another stands. A copy of what it returned."""
        self._blocker = blocker
        if self.label != label:
            self.clear()
            with blocker.unblock():
                self._around = transaction.atomic()
                self._around._from_testcase = True  # noqa: SLF001 - a durable act may be tried inside
                self._around.__enter__()
                try:
                    self.value = write()
                except BaseException:
                    self.clear()
                    raise
            self.label = label
        return deepcopy(self.value)

    def clear(self) -> None:
        """Take back whatever stands."""
        around, self._around, self.label, self.value = self._around, None, None, None
        if around is not None:
            with self._blocker.unblock():
                transaction.set_rollback(True)
                around.__exit__(None, None, None)


STAGE = Stage()


def staged(write: Callable[..., Any]) -> Any:
    """A fixture that writes once; the fixtures that it asks for are set up for every test, so whatever they patch is patched."""
    wanted = tuple(inspect.signature(write).parameters)

    def fixture(request, django_db_setup, django_db_blocker):
        asked = {name: request.getfixturevalue(name) for name in wanted}
        value = STAGE.show(_label(request.node, write), lambda: write(**asked), django_db_blocker)
        request.getfixturevalue("db")
        return value

    fixture.__doc__, fixture.staged = write.__doc__, write
    return pytest.fixture(fixture, name=write.__name__)


def _label(item: pytest.Item, write: Callable[..., Any]) -> tuple[str, ...]:
    """The rules by which a file works are no part of a fixture that several files share, so its own file is."""
    return (item.path.name, write.__module__, write.__name__)


def begins_with(item: pytest.Item) -> tuple[str, ...] | None:
    """The state with which a test begins; None where it begins with an empty database."""
    for definitions in item._fixtureinfo.name2fixturedefs.values():  # noqa: SLF001 - there is no other way to ask
        write = getattr(definitions[-1].func, "staged", None)
        if write is not None:
            return _label(item, write)
    return None
