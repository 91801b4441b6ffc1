"""Closing an account ends its sessions for good, so that none wakes when it is opened again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0006_chosen_columns")]

    operations = [
        migrations.AddField(
            model_name="account", name="sessions_ended", field=models.PositiveIntegerField(default=0)
        )
    ]
