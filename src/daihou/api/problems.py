"""Errors by one scheme (RFC 9457): what went wrong in the user's words, a code for programs, the fields that are wrong; never a trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from daihou.book import Fault, masked
from daihou.screens.tags import lang

log = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"
NAMES = "urn:daihou:problem:"
Field = Mapping[str, str]


def titles() -> dict[str, str]:
    """What is said, by code."""
    return {
        "token-missing": _("请在 Authorization 里带上接口令牌（Bearer）。"),
        "token-unknown": _("没有这个接口令牌。"),
        "token-ended": _("这个接口令牌已过期或已吊销。"),
        "token-locked": _("连续五次令牌不对，这个地址要等十五分钟。"),
        "scope-missing": _("这个令牌没有这项操作的范围。"),
        "password-first": _("这个账号要先登录网页改掉首次密码。"),
        "factor-first": _("这个账号要先登录网页设好第二道验证。"),
        "no-post": _("这个账号的人今天没有岗位。"),
        "forbidden": _("您的岗位不能做这件事。"),
        "not-found": _("没有这一项，或不归您看。"),
        "no-such-method": _("这个地址不接受这种方法。"),
        "malformed": _("请求读不懂：请检查它是不是正确的 JSON 或表单。"),
        "too-large": _("请求太大。"),
        "invalid": _("有的值不对，什么也没有写。"),
        "unchanged": _("和现在登记的一样，没有改动。"),
        "gate-refuses": _("规则不许这样办；要如实登记，请在 against 里写理由。"),
        "outside": _("这样登记之后您自己就看不到它了：请检查机构、客户经理或管户人。"),
        "key-used": _("这个 Idempotency-Key 已用于另一个请求；请换一个。"),
        "in-progress": _("带这个 Idempotency-Key 的请求还在办，请稍后再问。"),
        "day-ahead": _("只能写今天和以前的日子。"),
        "day-too-early": _("这项任务那一天还没有开始。"),
        "day-passed": _("已经推演到更晚的日子，更早的不再存入。"),
        "not-yours": _("这项任务不归您办。"),
        "not-to-submit": _("这项任务现在没有要呈签的：没有签批链，或还没办结，或已经在签。"),
        "not-to-postpone": _("这项任务现在不能申请延期：已经到期、办结或撤销。"),
        "not-later": _("要晚于现在的期限。"),
        "not-closable": _("这项任务现在不能这样办结：已经办结，或要由登记的事实来关闭。"),
        "no-form": _("这项任务不用填表。"),
        "to-notice": _("有要注意的，看过再交：带上 noticed。"),
        "no-pool": _("这件任务不在岗位池里：办结了、撤销了，或有确定的人。"),
        "not-of-pool": _("他不在这个岗位池里：那一天在那个机构没有任这个岗位。"),
        "taken": _("别人已经先领了。"),
        "same-person": _("已经在他名下。"),
        "not-taken": _("这件任务不在您名下。"),
        "no-reason": _("别人已经领了，改派要写理由。"),
        "failed": _("处理时出了我们的错，已记录。请再试一次，仍不行请找管理员。"),
    }


def field_titles() -> dict[str, str]:
    """What is said of a value, by the kind of its mistake."""
    return {"missing": _("缺这一项。"), "extra_forbidden": _("没有这一项。")}


class ProblemError(Exception):
    """A request that is refused: its status and code, the fields that are wrong, words of its own where a room below has them."""

    def __init__(self, status: int, code: str, title: str = "", fields: Sequence[Field] = ()) -> None:
        self.status, self.code, self.title, self.fields = status, code, title, fields
        super().__init__(code)


def answered(problem: ProblemError) -> HttpResponse:
    """A refusal as it is sent."""
    said = {
        "type": NAMES + problem.code,
        "title": problem.title or titles()[problem.code],
        "status": problem.status,
        "code": problem.code,
        "fields": list(problem.fields),
    }
    return JsonResponse(
        said, status=problem.status, content_type=PROBLEM_JSON, json_dumps_params={"ensure_ascii": False}
    )


def of_faults(faults: Sequence[Fault]) -> list[Field]:
    """What the checks of the book found, personal numbers hidden."""
    return [
        {
            "field": fault.column or "",
            "code": fault.code,
            "title": masked(f"{fault.reason(lang())}{fault.remedy(lang())}"),
        }
        for fault in faults
    ]


def _of_values(error: ValidationError) -> ProblemError:
    known = field_titles()
    fields = [
        {
            "field": ".".join(str(part) for part in one["loc"] if part != "said"),
            "code": str(one["type"]),
            "title": known.get(str(one["type"]), _("这个值不对。")),
        }
        for one in error.errors
    ]
    return ProblemError(422, "invalid", fields=fields)


_BY_STATUS = {401: "token-missing", 403: "forbidden", 404: "not-found"}


def problem_of(error: Exception) -> ProblemError:
    """Any fault as a problem; what nobody foresaw is logged and tells nothing."""
    match error:
        case ProblemError():
            return error
        case ValidationError():
            return _of_values(error)
        case Http404():
            return ProblemError(404, "not-found")
        case PermissionDenied():
            return ProblemError(403, "forbidden")
        case RequestDataTooBig():
            return ProblemError(413, "too-large")
        case SuspiciousOperation() | MultiPartParserError():
            return ProblemError(400, "malformed")
        case HttpError():
            status = error.status_code if error.status_code in _BY_STATUS else 400
            return ProblemError(status, _BY_STATUS.get(status, "malformed"))
        case _:
            log.error("a request ended with a fault", exc_info=error)
            return ProblemError(500, "failed")


def speak(api: NinjaAPI) -> None:
    """Have an API answer every fault by the scheme."""

    def told(_request: HttpRequest, error: Any) -> HttpResponse:
        return answered(problem_of(error))

    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, told)
