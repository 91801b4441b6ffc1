"""Contracts, parties and vehicles keep the words by which people find them; rows from before get theirs. Rows in an order of their own are indexed by it."""

from typing import Any

from django.db import migrations, models

from daihou.book import declared
from daihou.registers.finding import fill

TABLES = ("contract", "party", "vehicle")


def fill_all(apps: Any, schema_editor: Any) -> None:
    """Fill each table."""
    for name in TABLES:
        fill(f"ledger_{name}", declared()[name])


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_mitigation_and_notices"),
        ("registers", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="feereceivable",
            name="fee_receivable_contract",
        ),
        migrations.RemoveIndex(
            model_name="instalment",
            name="instalment_contract",
        ),
        migrations.RemoveIndex(
            model_name="redemption",
            name="redemption_contract",
        ),
        migrations.AddField(
            model_name="contract",
            name="found_by",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="party",
            name="found_by",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="vehicle",
            name="found_by",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("voided__isnull", True)), fields=["found_by"], name="contract_found"
            ),
        ),
        migrations.AddIndex(
            model_name="feereceivable",
            index=models.Index(fields=["contract", "instalment_no"], name="fee_receivable_contract_10897a"),
        ),
        migrations.AddIndex(
            model_name="instalment",
            index=models.Index(fields=["contract", "instalment_no"], name="instalment_contract_ins_53bc49"),
        ),
        migrations.AddIndex(
            model_name="party",
            index=models.Index(
                condition=models.Q(("voided__isnull", True)), fields=["found_by"], name="party_found"
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["contract", "redemption_day"], name="redemption_contract_red_4712fb"),
        ),
        migrations.AddIndex(
            model_name="vehicle",
            index=models.Index(
                condition=models.Q(("voided__isnull", True)), fields=["found_by"], name="vehicle_found"
            ),
        ),
        migrations.RunPython(fill_all, migrations.RunPython.noop),
    ]
