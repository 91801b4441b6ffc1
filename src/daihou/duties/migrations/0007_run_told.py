from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0006_gap_persons"),
    ]

    operations = [
        migrations.AddField(
            model_name="dayrun",
            name="event",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="dayrun",
            name="facts_fingerprint",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="dayrun",
            name="newest_duty",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="dayrun",
            name="reported",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="dayrun",
            name="rules_fingerprint",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="dutychange",
            index=models.Index(fields=["event"], name="duty_change_by_event"),
        ),
    ]
