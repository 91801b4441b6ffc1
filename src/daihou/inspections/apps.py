"""The room as Django knows it."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """Inspections and what follows from them."""

    name = "daihou.inspections"
    label = "inspections"

    def ready(self) -> None:
        """What a form and its correction write besides their own row, and what the approval of a report writes."""
        from daihou.duties import filing, signing  # noqa: PLC0415 - models only when Django is ready
        from daihou.inspections import findings  # noqa: PLC0415 - as above

        if findings.enter_findings not in filing.WITH_FORM:
            filing.WITH_FORM.append(findings.enter_findings)
        if findings.class_corrected not in filing.WITH_CORRECTION:
            filing.WITH_CORRECTION.append(findings.class_corrected)
        if findings.class_signed not in signing.SIGNED_WORK:
            signing.SIGNED_WORK.append(findings.class_signed)
        signing.APPROVAL[findings.RECLASSING] = findings.class_agreed
        signing.NOW[findings.RECLASSING] = findings.class_now
