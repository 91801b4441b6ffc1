"""The hour of a contact is that of its time: taken from it where an earlier release left it empty, so that gates no longer call it unknown."""

from typing import Any

from django.db import migrations
from django.db.models.functions import Cast, Substr
from django.db.models import BigIntegerField


def fill(apps: Any, schema_editor: Any) -> None:
    """Take what is missing; a time is kept as 08:30, whatever was typed."""
    contacts = apps.get_model("ledger", "Contact")._default_manager
    without = contacts.filter(clock_hour=None, clock_time__regex=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    without.update(clock_hour=Cast(Substr("clock_time", 1, 2), BigIntegerField()))


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_telephone_numbers")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
