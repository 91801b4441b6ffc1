"""Runs that somebody asked for on a page, and how far they are."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0010_reported"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunAsked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(default="working", max_length=8)),
                ("doing", models.CharField(blank=True, max_length=16)),
                ("alive", models.DateTimeField()),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="duties.dayrun",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("working", "done", "behind", "failed"))),
                        name="run_asked_state",
                    )
                ],
            },
        ),
    ]
