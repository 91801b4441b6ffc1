"""How many rows of a batch the house had written since, so that they stayed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registers", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="rows_kept",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
