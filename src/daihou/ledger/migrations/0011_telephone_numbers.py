"""Numbers that were dialled are sealed as other personal numbers are; those kept in clear before are sealed now."""

from typing import Any

from django.db import migrations, models

from daihou.book import phone_number
from daihou.registers.rows import seal_in_place


def seal_all(apps: Any, schema_editor: Any) -> None:
    """Seal what stands in clear."""
    seal_in_place("ledger_contact", "dialled_no", phone_number)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0010_on_desks"),
        ("registers", "0002_rows_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="dialled_no_mark",
            field=models.CharField(blank=True, default="", max_length=21),
        ),
        migrations.AddField(
            model_name="contact",
            name="dialled_no_tail",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.RunPython(seal_all, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["dialled_no_mark"], name="contact_dialled_no_mark"),
        ),
    ]
