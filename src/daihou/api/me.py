"""Who a token is, and what it opens on the day."""

from __future__ import annotations

from datetime import date, datetime

from ninja import Router, Schema
from pydantic import Field

from daihou.api.acts import Told
from daihou.api.door import Asked
from daihou.api.operations import reading
from daihou.people.tokens import ApiScope

router = Router(tags=["me"])


class TokenTold(Schema):
    """The token that asks."""

    name: str
    tail: str
    scopes: list[str]
    expires: datetime


class MeTold(Schema):
    """Whose the token is."""

    staff_no: str
    name: str
    posts: list[str]
    branches: list[str]
    day: date
    sees: dict[str, str] = Field(description="每类台账看到哪里：own 自己的，branch 本机构，company 全公司")
    enters: list[str] = Field(description="可登记、更正的台账：一类的全部")
    registers: list[str] = Field(description="另外可登记、更正的单本台账")
    may: list[str]
    token: TokenTold


@reading(
    router, "/me", ApiScope.READ_ME, MeTold, name="who_am_i",
    says="我是谁：令牌的账号、今天的岗位和权限、令牌的范围和到期日。每个令牌都能问。",
)  # fmt: skip
def me(request: Asked) -> Told:
    """Account, posts and rights on the day."""
    viewer, token = request.viewer, request.token
    return {
        "staff_no": viewer.staff_no, "name": viewer.name, "posts": list(viewer.posts), "branches": sorted(viewer.branches),
        "day": request.today, "sees": {room: scope.value for room, scope in viewer.rights.sees.items()},
        "enters": sorted(viewer.rights.enters), "registers": sorted(viewer.rights.registers), "may": sorted(one.value for one in viewer.rights.may),
        "token": {"name": token.name, "tail": token.tail, "scopes": token.scopes, "expires": token.expires},
    }  # fmt: skip
