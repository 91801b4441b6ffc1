"""The tables of an empty database, built as they are now.

Going through every migration of every release builds the same tables in half a minute instead of in one second, for each
step draws all models of its day anew. Migrations are for databases with rows in them.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


def build_at_once(alias: str = "default") -> bool:
    """Build all tables of this release and note its migrations as done, in one transaction; whether the database was empty.

    One with a single table in it is left as it is: that is for ``migrate``. Whoever is cut off in the middle finds it empty again.
    """
    connection = connections[alias]
    if connection.introspection.table_names():
        return False
    steps = sorted(MigrationExecutor(connection).loader.graph.nodes)
    recorder = MigrationRecorder(connection)
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        editor.create_model(recorder.Migration)
        recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in steps)
    return True
