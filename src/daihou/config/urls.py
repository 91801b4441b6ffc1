"""All addresses, and the pages that answer where none fits."""

from django.urls import include, path

urlpatterns = [path("", include("daihou.web.urls"))]

handler403 = "daihou.web.answers.forbidden"
handler404 = "daihou.web.answers.not_found"
handler500 = "daihou.web.answers.failed"
