"""The columns that somebody chose for a list stay chosen, wherever he logs in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_found_by")]

    operations = [
        migrations.AddField(model_name="account", name="columns", field=models.JSONField(default=dict))
    ]
