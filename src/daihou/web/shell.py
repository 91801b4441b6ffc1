"""What every page shows around its own: who looks, where one can go, what day it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from daihou.messaging.reads import unread
from daihou.people.rights import May, Scope
from daihou.policy.modules import guarantees, registers_at_work
from daihou.registers.kept import homes, standing
from daihou.web.gate import Request
from daihou.web.overview import may_overlook

Place = tuple[str, Any, tuple[str, ...]]


def shell(request: Request) -> dict[str, Any]:
    """For every template: viewer, day, company, and the places that the viewer's posts open."""
    viewer = getattr(request, "viewer", None)
    if viewer is None or not viewer.posts:
        return {"company": company_title(), "sample": settings.DAIHOU_SAMPLE}
    name = request.resolver_match.url_name if request.resolver_match else ""
    modules: Any = SimpleLazyObject(registers_at_work)
    return {
        "viewer": viewer,
        "today": request.today,
        "company": company_title(),
        "sample": settings.DAIHOU_SAMPLE,
        "unread": unread(viewer.staff_no),
        "modules": modules,
        "guarantees": SimpleLazyObject(guarantees),
        "places": [
            {"name": place, "title": title, "here": name in names} for place, title, names in _places(viewer)
        ],
    }


def company_title() -> str:
    """The name of the company whose house it is; empty before its register is there."""
    title: str | None = standing(homes()["company"]).values_list("title", flat=True).first()
    return title or ""


def _places(viewer: Any) -> list[Place]:
    places: list[Place] = [("desk", _("工作台"), ("desk", "duty", "pool"))]
    if viewer.rights.scope("duties") is not Scope.NONE:
        places.append(("duties", _("任务"), ("duties", "leftovers-close", "stand-ins")))
    if may_overlook(viewer):
        places.append(("overview", _("概况"), ("overview",)))
    places.append(("matters", _("签批"), ("matters", "matter", "delegations", "limits", "limit-new")))
    rights = viewer.rights
    if rights.scope("ledger") is not Scope.NONE:
        places.append(("clients", _("客户"), ("clients", "client")))
    if rights.scope("loans") is not Scope.NONE:
        places.append(("contracts", _("合同"), ("contracts", "contract")))
    if rights.scope("warnings") is not Scope.NONE:
        places.append(
            (
                "warnings",
                _("预警"),
                (
                    "warnings",
                    "warning",
                    "warning-raise",
                    "radar",
                    "watch",
                    "watch-one",
                    "watch-new",
                    "risk-notices",
                    "risk-notice",
                    "risk-notice-new",
                ),
            )
        )
    places += [
        ("registers", _("台账"), ("registers", "register", "row")),
        ("rules", _("规则"), ("rules", "rule", "figures", "figure")),
    ]
    if viewer.may(May.IMPORT):
        places.append(("imports", _("导入"), ("imports", "import", "mappings", "mapping", "import-headings")))
    if viewer.may(May.DAY):
        places.append(("days", _("推演"), ("days", "day")))
    if viewer.may(May.TRAIL):
        places.append(("trail", _("操作记录"), ("trail",)))
    places.append(("posts", _("岗位权限"), ("posts",)))
    if viewer.may(May.ACCOUNTS):
        places.append(("accounts", _("账号管理"), ("accounts", "account")))
        places.append(("channels", _("消息渠道"), ("channels", "deliveries")))
    return places
