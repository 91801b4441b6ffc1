"""What had fallen due before go-live has states of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0007_run_told")]

    operations = [
        migrations.RemoveConstraint(model_name="duty", name="duty_state"),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "not_yet",
                            "open",
                            "overdue",
                            "on_time",
                            "late",
                            "missed",
                            "waived",
                            "leftover",
                            "old_done",
                        ),
                    )
                ),
                name="duty_state",
            ),
        ),
    ]
