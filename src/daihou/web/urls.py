"""The addresses of the application; the gate lets in by their names."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from daihou.web import days, desk, duty, entry, imports, people, registers, rulepages


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """That the server answers and the database can be read."""
    from daihou.trail.models import Head  # noqa: PLC0415 - asked when asked

    Head.objects.first()
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", desk.desk, name="desk"),
    path("login/", people.login, name="login"),
    path("logout/", people.logout, name="logout"),
    path("password/", people.password, name="password"),
    path("preferences/", people.preferences, name="preferences"),
    path("health/", health, name="health"),
    path("duties/<int:pk>/", duty.duty_page, name="duty"),
    path("duties/<int:pk>/why/", duty.why, name="why"),
    path("find/", registers.find, name="find"),
    path("clients/", registers.clients, name="clients"),
    path("contracts/", registers.contracts, name="contracts"),
    path("warnings/", registers.warnings, name="warnings"),
    path("registers/", registers.registers, name="registers"),
    path("registers/<str:name>/", registers.register, name="register"),
    path("registers/<str:name>/new/", entry.entry, name="entry"),
    path("registers/<str:name>/choices/", entry.choices, name="choices"),
    path("registers/<str:name>/row/<path:key>/correct/", entry.correction, name="correction"),
    path("registers/<str:name>/row/<path:key>/void/", entry.voiding, name="voiding"),
    path("registers/<str:name>/row/<path:key>/numbers/", registers.open_number, name="numbers"),
    path("registers/<str:name>/row/<path:key>/", registers.row, name="row"),
    path("rules/", rulepages.rule_list, name="rules"),
    path("rules/<str:rule_id>/", rulepages.rule_page, name="rule"),
    path("imports/", imports.imports, name="imports"),
    path("imports/template/", imports.template, name="template"),
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
]
