"""What a file would change, row by row, and how many rows of a table stay as the house wrote them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_mappings"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="changes",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="upload",
            name="kept",
            field=models.JSONField(default=dict),
        ),
    ]
