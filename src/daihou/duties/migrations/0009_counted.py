"""Counts of duties by kind and deadline are told from the index by which those that wait are found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0008_leftovers")]

    operations = [
        migrations.RemoveIndex(model_name="duty", name="duty_by_state"),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(fields=["state", "due", "rule", "withdrawn_on"], name="duty_by_state"),
        ),
    ]
