"""Who does the duties of whom while he is absent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_sessions_ended"),
    ]

    operations = [
        migrations.CreateModel(
            name="StandIn",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("absent", models.CharField(max_length=64)),
                ("deputy", models.CharField(max_length=64)),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-since", "-id"),
                "indexes": [
                    models.Index(fields=["deputy", "until"], name="stand_in_of_a_deputy"),
                    models.Index(fields=["absent", "until"], name="stand_in_for_a_person"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("since"))), name="stand_in_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("absent", models.F("deputy")), _negated=True),
                        name="stand_in_for_another",
                    ),
                ],
            },
        ),
    ]
