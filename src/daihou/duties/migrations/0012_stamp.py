"""A stamp that is another with every storing of results."""

from django.db import migrations, models

import daihou.duties.models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0011_runs_asked"),
    ]

    operations = [
        migrations.AddField(
            model_name="standing",
            name="stamp",
            field=models.CharField(default=daihou.duties.models.stamped, max_length=32),
        ),
    ]
