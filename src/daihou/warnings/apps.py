"""The room as Django knows it."""

from django.apps import AppConfig


class WarningsConfig(AppConfig):
    """Warnings and measures."""

    name = "daihou.warnings"
    label = "warnings"

    def ready(self) -> None:
        """What the approval of this room's matters writes, and their content as it would be put forward now."""
        from daihou.duties import filing  # noqa: PLC0415 - models only when Django is ready
        from daihou.duties.signing import APPROVAL, NOW, SIGNED_ROW, SIGNED_WORK  # noqa: PLC0415 - as above
        from daihou.papers.filling import IN_WORDS  # noqa: PLC0415 - as above
        from daihou.warnings import acts, closing, forms, mitigating, watching  # noqa: PLC0415 - as above
        from daihou.warnings.suggested import told_in_words  # noqa: PLC0415 - as above

        APPROVAL[acts.CLOSING] = closing.close_signed
        APPROVAL[acts.REVIEW] = APPROVAL[acts.DECISION] = closing.enter_signed
        APPROVAL[watching.REMOVAL] = watching.removal_signed
        if mitigating.plan_signed not in SIGNED_WORK:
            SIGNED_WORK.append(mitigating.plan_signed)
        if forms.choose_from_form not in filing.WITH_FORM:
            filing.WITH_FORM.append(forms.choose_from_form)
            filing.WITH_CORRECTION.append(forms.choose_from_correction)
        SIGNED_ROW[mitigating.MITIGATION] = mitigating.decided_by
        NOW[acts.CLOSING] = closing.content_now
        IN_WORDS["warning", "remark"] = told_in_words
