"""The addresses of the API, all behind its door; what is not there is told by the scheme too."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema

from daihou import __version__
from daihou.api import absences, days, duties, errands, imports, matters, me, papers, registers, warnings
from daihou.api.door import PlainParser, behind_the_door
from daihou.api.problems import PROBLEM_JSON, speak

ROOT = "/api/v1/"
ROUTERS: tuple[Router, ...] = (
    me.router,
    registers.router,
    imports.router,
    days.router,
    duties.router,
    papers.router,
    matters.router,
    absences.router,
    errands.router,
    warnings.router,
)
"""One router per subject; another room's is added here."""


class Described(NinjaAPI):
    """The API whose description says of every operation its scope and its scheme of errors."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description as it is served."""
        described = super().get_openapi_schema(path_prefix=path_prefix or ROOT, path_params=path_params)
        for operations in described["paths"].values():
            for operation in operations.values():
                operation["security"] = [{"Token": []}]
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:  # noqa: PLR2004 - where errors begin
                        answer["content"] = {PROBLEM_JSON: answer["content"]["application/json"]}
        return described


api = Described(
    title="Daihou 贷后",
    version=__version__,
    description="台账、导入、推演、任务和签批。令牌即账号：能做的不会多过账号当天的岗位，范围再收窄。",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    parser=PlainParser(),
)
speak(api)
for one in ROUTERS:
    api.add_router("", one)


@cache
def _described() -> OpenAPISchema:
    """The description, made once: it says nothing of who asks."""
    return api.get_openapi_schema()


def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API, for programs that are made out of it."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return JsonResponse(_described(), json_dumps_params={"ensure_ascii": False})


def unknown(_request: HttpRequest, rest: str) -> HttpResponse:
    """There is no such address."""
    raise Http404(rest)


app_name = "api"
urlpatterns = [path("openapi.json", behind_the_door(openapi), name="openapi")]
for pattern in api.urls[0]:
    if isinstance(pattern, URLPattern) and pattern.name != "api-root":
        pattern.callback = behind_the_door(pattern.callback)
        urlpatterns.append(pattern)
urlpatterns.append(path("<path:rest>", behind_the_door(unknown), name="unknown"))
urlpatterns.append(path("", behind_the_door(unknown), {"rest": ""}, name="root"))
