"""The tables of a new installation: built at once, the same as every migration of every release would have made them."""

import re
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from daihou.config.schema import build_at_once

COUNTED = re.compile(r"fk_\d+$|__unnamed_constraint_\d+__$")
IN_MEMORY = "file:daihou-two-ways-{}?mode=memory&cache=shared"


@pytest.fixture
def empty(django_db_setup, django_db_blocker):
    """A way to an empty database beside that of the tests, of the same kind."""
    made = []

    def named(alias):
        settings = {**connections["default"].settings_dict, "TEST": {}}
        if connections["default"].vendor == "sqlite":
            settings["NAME"] = IN_MEMORY.format(alias)
            settings["OPTIONS"] = (
                {**settings["OPTIONS"], "uri": True} if "OPTIONS" in settings else {"uri": True}
            )
        else:
            settings["NAME"] = f"daihou_two_ways_{alias}"
            with connections["default"].cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {settings['NAME']}")
                cursor.execute(f"CREATE DATABASE {settings['NAME']}")
        connections.databases[alias] = settings
        made.append(alias)
        return alias

    with django_db_blocker.unblock():
        yield named
        for alias in made:
            connections[alias].close()
            if connections["default"].vendor != "sqlite":
                with connections["default"].cursor() as cursor:
                    cursor.execute(f"DROP DATABASE {connections.databases[alias]['NAME']}")
            del connections[alias]
            del connections.databases[alias]


@contextmanager
def as_default(alias):
    """That database is the one everybody means: steps that fill rows know no other."""
    usual = connections["default"]
    connections["default"] = connections[alias]
    try:
        yield
    finally:
        connections["default"] = usual


def named(constraint):
    """A constraint or index with its name, where the database gives it one and does not just count them in the order of columns."""
    name, what = constraint
    return repr([None if COUNTED.match(name) else name, sorted(what.items())])


def tables(alias):
    """Table → its columns with type, nullability and the like, and its constraints and indexes."""
    connection = connections[alias]
    look = connection.introspection
    with connection.cursor() as cursor:
        return {
            table: (
                sorted(map(repr, look.get_table_description(cursor, table))),
                sorted(map(named, look.get_constraints(cursor, table).items())),
            )
            for table in look.table_names(cursor)
            if not table.startswith(
                "auth_"
            )  # Django's own, never filled here; it names their constraints otherwise in a migration
        }


@pytest.mark.slow
def test_the_tables_built_at_once_are_those_that_all_migrations_make(empty) -> None:
    at_once, step_by_step = empty("at_once"), empty("step_by_step")
    assert build_at_once(at_once)
    with as_default(step_by_step):
        call_command("migrate", verbosity=0, interactive=False)
    left, right = tables(at_once), tables(step_by_step)
    assert len(left) > 80
    assert left.keys() == right.keys()
    assert {name: (left[name], right[name]) for name in left if left[name] != right[name]} == {}


def test_after_building_at_once_no_migration_is_left_to_do(empty) -> None:
    alias = empty("done")
    assert build_at_once(alias)
    executor = MigrationExecutor(connections[alias])
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_a_database_with_a_table_in_it_is_left_as_it_is(empty) -> None:
    alias = empty("taken")
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE TABLE somebody_elses (one integer)")
    assert not build_at_once(alias)
    assert connections[alias].introspection.table_names() == ["somebody_elses"]


def test_who_is_cut_off_in_the_middle_leaves_an_empty_database(empty, monkeypatch) -> None:
    alias = empty("cut_off")
    whole = type(connections[alias]).SchemaEditorClass
    monkeypatch.setattr(
        type(connections[alias]),
        "SchemaEditorClass",
        type("Cut", (whole,), {"create_model": cut_after(20, whole)}),
    )
    with pytest.raises(InterruptedError):
        build_at_once(alias)
    assert connections[alias].introspection.table_names() == []


def cut_after(count, whole):
    """``create_model`` that is interrupted after so many tables."""
    done = []

    def create_model(self, model) -> None:
        if len(done) == count:
            raise InterruptedError
        done.append(model)
        whole.create_model(self, model)

    return create_model
