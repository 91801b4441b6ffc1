from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0013_cars_of_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="mortgagenotice",
            name="dispatched_day",
            field=models.DateField(null=True, verbose_name="派单日"),
        ),
    ]
