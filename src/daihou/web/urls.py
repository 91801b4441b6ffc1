"""The addresses of the application; the gate lets in by their names."""

from importlib import resources

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from daihou.web import (
    amending,
    days,
    desk,
    dossier,
    duty,
    entry,
    errands,
    figures,
    handover,
    imports,
    mappings,
    matters,
    messages,
    overview,
    papers,
    people,
    pool,
    prints,
    registers,
    rulepages,
    second,
    statements,
    templated,
    tokens,
    visits,
    warnings,
    watch,
)


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """The script that keeps the day's forms on a device; at the root, so that it may answer for the pages below."""
    script = (resources.files("daihou.screens") / "static" / "screens" / "worker.js").read_text(
        encoding="utf-8"
    )
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """That the server answers and the database can be read."""
    from daihou.trail.models import Head  # noqa: PLC0415 - asked when asked

    Head.objects.first()
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", desk.desk, name="desk"),
    path("overview/", overview.overview, name="overview"),
    path("login/", people.login, name="login"),
    path("logout/", people.logout, name="logout"),
    path("login/second/", second.second, name="second"),
    path("password/", people.password, name="password"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", tokens.revoke, name="token-revoke"),
    path("factor/", second.factor, name="factor"),
    path("preferences/", people.preferences, name="preferences"),
    path("health/", health, name="health"),
    path("worker.js", worker, name="worker"),
    path("pool/", pool.pool, name="pool"),
    path("duties/complete/", duty.complete_group, name="duty-group"),
    path("duties/<int:pk>/", duty.duty_page, name="duty"),
    path("duties/<int:pk>/why/", duty.why, name="why"),
    path("duties/<int:pk>/submit/", matters.submit_duty, name="duty-submit"),
    path("duties/<int:pk>/postpone/", matters.postpone, name="duty-postpone"),
    path("matters/", matters.matters, name="matters"),
    path("matters/sign/", matters.sign_group, name="matters-sign"),
    path("matters/<int:pk>/", matters.matter_page, name="matter"),
    path("errands/", errands.errands, name="errands"),
    path("errands/<str:key>/", errands.errand_act, name="errand-act"),
    path("handovers/<str:staff_no>/", handover.handover, name="handover"),
    path("delegations/", matters.delegations, name="delegations"),
    path("delegations/<int:pk>/end/", matters.end_delegation, name="delegation-end"),
    path("duties/<int:pk>/form/", papers.paper_form, name="paper-form"),
    path("papers/<int:pk>/", papers.paper_page, name="paper"),
    path("papers/forms/", amending.form_list, name="forms"),
    path("papers/forms/<str:form>/", amending.form_page, name="form"),
    path("papers/forms/<str:form>/add/", amending.form_field, name="form-field-new"),
    path("papers/forms/<str:form>/fields/<str:name>/", amending.form_field, name="form-field"),
    path("papers/templates/", templated.word_templates, name="word-templates"),
    path("papers/templates/house/", templated.house_word_template, name="word-template-house"),
    path("papers/templates/<int:pk>/", templated.word_template, name="word-template"),
    path("papers/templates/<int:pk>/retire/", templated.retire_word_template, name="word-template-retire"),
    path("papers/<int:pk>/print/<str:kind>/", prints.paper_print, name="paper-print"),
    path("papers/<int:pk>/correct/", papers.paper_correction, name="paper-correction"),
    path("attachments/<int:pk>/", papers.download, name="attachment"),
    path("attachments/<int:pk>/place/", visits.place_of_client, name="attachment-place"),
    path("statements/read/", statements.statement_read, name="statement-read"),
    path("visits/", visits.visits, name="visits"),
    path("attachments/<int:pk>/void/", papers.void_file, name="attachment-void"),
    path("attach/<str:table>/<path:key>/", papers.attach_file, name="attach"),
    path("files/contract/<path:key>/", dossier.contract_file, name="contract-file"),
    path("files/person/<str:staff_no>/", dossier.person_file, name="person-file"),
    path("find/", registers.find, name="find"),
    path("clients/", registers.clients, name="clients"),
    path("contracts/", registers.contracts, name="contracts"),
    path("warnings/", warnings.warnings, name="warnings"),
    path("warnings/raise/", warnings.raise_warning, name="warning-raise"),
    path("warnings/radar/", warnings.radar, name="radar"),
    path("warnings/why/<path:key>/", warnings.warning_why, name="warning-why"),
    path("watch/", watch.watch_list, name="watch"),
    path("watch/new/", watch.watch_new, name="watch-new"),
    path("watch/<str:key>/", watch.watch_page, name="watch-one"),
    path("warnings/of/<path:key>/", warnings.warning_page, name="warning"),
    path("registers/", registers.registers, name="registers"),
    path("registers/<str:name>/", registers.register, name="register"),
    path("registers/<str:name>/new/", entry.entry, name="entry"),
    path("registers/<str:name>/choices/", entry.choices, name="choices"),
    path("contracts/<path:key>/step/<str:name>/", entry.contract_step, name="contract-step"),
    path("registers/<str:name>/row/<path:key>/correct/", entry.correction, name="correction"),
    path("registers/<str:name>/row/<path:key>/void/", entry.voiding, name="voiding"),
    path("registers/<str:name>/row/<path:key>/numbers/", registers.open_number, name="numbers"),
    path("registers/<str:name>/row/<path:key>/", registers.row, name="row"),
    path("rules/", rulepages.rule_list, name="rules"),
    path("rules/<str:rule_id>/", rulepages.rule_page, name="rule"),
    path("figures/", figures.figure_list, name="figures"),
    path("figures/<int:pk>/withdraw/", figures.figure_withdraw, name="figure-withdraw"),
    path("figures/previews/<int:pk>/state/", figures.figure_state, name="figure-state"),
    path("figures/<str:rulebook>/<str:name>/", figures.figure_page, name="figure"),
    path("imports/", imports.imports, name="imports"),
    path("imports/template/", imports.template, name="template"),
    path("imports/mappings/", mappings.mappings, name="mappings"),
    path("imports/mappings/<int:pk>/", mappings.mapping_page, name="mapping"),
    path("imports/mappings/<int:pk>/retire/", mappings.retire, name="mapping-retire"),
    path("imports/mappings/matches/<int:pk>/forget/", mappings.forget, name="match-forget"),
    path("imports/<int:pk>/headings/", mappings.headings, name="import-headings"),
    path("imports/<int:pk>/match/", mappings.match, name="import-match"),
    path("imports/<int:pk>/", imports.one_import, name="import"),
    path("imports/<int:pk>/state/", imports.import_state, name="import-state"),
    path("imports/<int:pk>/take/", imports.take_import, name="import-take"),
    path("imports/<int:pk>/again/", imports.check_again, name="import-again"),
    path("imports/<int:pk>/discard/", imports.discard_import, name="import-discard"),
    path("imports/<int:pk>/withdraw/", imports.withdraw_import, name="import-withdraw"),
    path("imports/<int:pk>/marked/", imports.marked, name="import-marked"),
    path("days/", days.days, name="days"),
    path("days/<int:pk>/", days.day, name="day"),
    path("trail/", days.trail, name="trail"),
    path("posts/", people.post_table, name="posts"),
    path("messages/", messages.notices, name="notices"),
    path("messages/read/", messages.read_notices, name="notices-read"),
    path("messages/<int:pk>/open/", messages.open_notice, name="notice-open"),
    path("reminders/", messages.reminders, name="reminders"),
    path("reminders/<int:pk>/done/", messages.reminder_done, name="reminder-done"),
    path("clients/<path:key>/notes/", messages.add_note, name="note-add"),
    path("notes/<int:pk>/withdraw/", messages.take_note_back, name="note-withdraw"),
    path("channels/", messages.channel_list, name="channels"),
    path("channels/deliveries/", messages.delivery_list, name="deliveries"),
    path("channels/<int:pk>/switch/", messages.switch_channel, name="channel-switch"),
    path("channels/<int:pk>/try/", messages.probe_channel, name="channel-try"),
    path("channels/<int:pk>/remove/", messages.drop_channel, name="channel-remove"),
]
