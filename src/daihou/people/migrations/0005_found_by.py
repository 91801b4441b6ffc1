"""Employees and branches keep the words by which people find them; rows from before get theirs."""

from typing import Any

from django.db import migrations, models

from daihou.book import declared
from daihou.registers.finding import fill

TABLES = ("branch", "employee")


def fill_all(apps: Any, schema_editor: Any) -> None:
    """Fill each table."""
    for name in TABLES:
        fill(f"people_{name}", declared()[name])


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_voided_rows"),
        ("registers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="branch",
            name="found_by",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="employee",
            name="found_by",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddIndex(
            model_name="branch",
            index=models.Index(
                condition=models.Q(("voided__isnull", True)), fields=["found_by"], name="branch_found"
            ),
        ),
        migrations.AddIndex(
            model_name="employee",
            index=models.Index(
                condition=models.Q(("voided__isnull", True)), fields=["found_by"], name="employee_found"
            ),
        ),
        migrations.RunPython(fill_all, migrations.RunPython.noop),
    ]
