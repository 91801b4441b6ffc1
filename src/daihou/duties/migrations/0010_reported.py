"""What was reported to a post is found by the post."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("duties", "0009_counted")]

    operations = [
        migrations.AddIndex(
            model_name="dutychange",
            index=models.Index(
                condition=models.Q(("what", "reported")), fields=["after"], name="duty_change_reported"
            ),
        ),
    ]
