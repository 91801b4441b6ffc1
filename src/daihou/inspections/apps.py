"""The room as Django knows it."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """Inspections and what follows from them."""

    name = "daihou.inspections"
    label = "inspections"

    def ready(self) -> None:
        """What a form and its correction write besides their own row, and what the approval of a report writes."""
        from daihou.duties import filing, signing  # noqa: PLC0415 - models only when Django is ready
        from daihou.inspections import classing, findings  # noqa: PLC0415 - as above

        if findings.enter_findings not in filing.WITH_FORM:
            filing.WITH_FORM.append(findings.enter_findings)
        if classing.class_corrected not in filing.WITH_CORRECTION:
            filing.WITH_CORRECTION.append(classing.class_corrected)
        if classing.class_signed not in signing.SIGNED_WORK:
            signing.SIGNED_WORK.append(classing.class_signed)
        for kind in classing.BY_KIND:
            signing.APPROVAL[kind] = classing.class_agreed
            signing.NOW[kind] = classing.class_now
