"""The duties as a Django application."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """Settings of the room."""

    name = "daihou.duties"
    label = "duties"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Rules of other registers may name duties: this room says which there are, that nobody leaves with open work, and how results stand."""
        from daihou.duties import filing, recourse, signing  # noqa: PLC0415 - models only when Django is ready
        from daihou.duties.holdings import refuse_leaving  # noqa: PLC0415 - as above
        from daihou.duties.models import Duty, DutyChange, DutyPerson, Standing, which_stand  # noqa: PLC0415 - as above
        from daihou.ledger.acts import ask_before  # noqa: PLC0415 - as above
        from daihou.papers.owed import COMPENSATION  # noqa: PLC0415 - as above
        from daihou.registers.held import stands_by  # noqa: PLC0415 - as above
        from daihou.registers.rows import derive_in  # noqa: PLC0415 - as above

        derive_in("duty", which_stand)
        ask_before("employee", refuse_leaving)
        if recourse.enter_targets not in filing.WITH_FORM:
            filing.WITH_FORM.append(recourse.enter_targets)
            filing.WITH_CORRECTION.append(recourse.targets_corrected)
            signing.SIGNED_WORK.append(recourse.plan_approved)
        signing.SIGNED_ROW[COMPENSATION] = recourse.approved_by
        for model in (Duty, DutyChange, DutyPerson):
            stands_by(model._meta.db_table, Standing.stamp_of)
