"""Rows that are to be classed otherwise than they are, as the runs found them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0012_stamp"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClassDue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=64)),
                ("table", models.CharField(max_length=64)),
                ("object", models.CharField(max_length=400)),
                ("level", models.CharField(max_length=64)),
                ("now", models.CharField(blank=True, max_length=64)),
                ("cause", models.CharField(max_length=16)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="duties.dayrun"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["table", "object"], name="class_due_of_a_row")],
                "constraints": [models.UniqueConstraint(fields=("rule", "object"), name="one_class_due")],
            },
        ),
    ]
