"""A step of an update that adds many indexes: the models are drawn anew once for all of them, and not once for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models import Index


class AddIndexes(Operation):
    """Indexes of several models of one app, each told with the model's name; what so many ``AddIndex`` do, in their order."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, indexes: Sequence[tuple[str, Index]]) -> None:
        """``indexes``: the name of a model in small letters, and an index of it that has a name."""
        self.indexes = tuple(indexes)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """How it is written in a migration."""
        return type(self).__name__, [], {"indexes": self.indexes}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models as they are afterwards."""
        for model, index in self.indexes:
            options = state.models[app_label, model].options
            options["indexes"] = [*options.get("indexes", []), index]
        state.reload_models([(app_label, model) for model, _ in self.indexes], delay=True)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django passes it
        to_state: ProjectState,
    ) -> None:
        """Make the indexes, one after another."""
        for name, index in self.indexes:
            model = to_state.apps.get_model(app_label, name)
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.add_index(model, index)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,  # noqa: ARG002 - Django passes it
    ) -> None:
        """Take them away again, the last first."""
        for name, index in reversed(self.indexes):
            model = from_state.apps.get_model(app_label, name)
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.remove_index(model, index)

    def describe(self) -> str:
        """What is said while it is done."""
        return f"Create {len(self.indexes)} indexes"

    def references_model(self, name: str, app_label: str) -> bool:  # noqa: ARG002 - of its own app by its place
        """Whether a model gets one."""
        return any(model == name.lower() for model, _ in self.indexes)
