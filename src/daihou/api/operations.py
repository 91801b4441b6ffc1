"""How an operation is declared: its scope, its answers, its errors; alike for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.core.paginator import Page
from ninja import Header, Router, Schema
from pydantic import ConfigDict, Field

from daihou.api.door import Token
from daihou.people.tokens import ApiScope

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
PageNumber = Annotated[int, Field(ge=1, le=1_000_000, description="第几页，从 1 起；超过末页给末页")]
Text = Annotated[str, Field(max_length=400)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="这次写入的唯一键（如 UUID），保留 30 天：同键同请求给原来的答复，同键不同请求是 409",
    ),
]


class FieldProblem(Schema):
    """One value that is wrong."""

    field: str = Field(description="哪一项；空着表示整条")
    code: str
    title: str


class Problem(Schema):
    """An error by RFC 9457."""

    type: str
    title: str = Field(description="用账号的语言说的原因")
    status: int
    code: str = Field(description="给程序看的代码，不随语言变")
    fields: list[FieldProblem]


class Said(Schema):
    """What a program may say: what is not declared is refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Said):
    """An act of which nothing is to be said."""


class Paged(Schema):
    """One page of many."""

    total: int
    page: int
    pages: int


def paged(page: Page[Any]) -> dict[str, int]:
    """What the answer says of the page that it shows: how many there are in all, which page, of how many."""
    return {"total": page.paginator.count, "page": page.number, "pages": page.paginator.num_pages}


ALWAYS = (400, 401, 403, 405, 413, 422, 429, 500)
"""Statuses of errors that any operation may answer."""

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def reading(
    router: Router, path: str, scope: ApiScope, answer: type[Schema] | None, *, name: str, says: str,
    more: Mapping[str, Any] | None = None,
) -> Decorator:  # fmt: skip
    """An operation that only reads. ``says``: what it does, for the programmer who calls it; no ``answer``: ``more`` describes it."""
    errors = dict.fromkeys((*ALWAYS, 404, 409), Problem)
    return router.get(
        path, auth=Token(scope), response={200: answer, **errors}, operation_id=name, summary=says.split("：", maxsplit=1)[0].split("。", maxsplit=1)[0],
        description=says, openapi_extra={"x-scope": scope.value, **(more or {})},
    )  # fmt: skip


def asking(
    router: Router, path: str, scope: ApiScope, answer: type[Schema], *, name: str, says: str
) -> Decorator:
    """An operation that is told as much as a write and writes nothing, so it takes no key: asked again it answers anew."""
    errors = dict.fromkeys((*ALWAYS, 404, 409), Problem)
    return router.post(
        path, auth=Token(scope), response={200: answer, **errors}, operation_id=name, summary=says.split("：", maxsplit=1)[0].split("。", maxsplit=1)[0],
        description=says, openapi_extra={"x-scope": scope.value, "x-writes": False},
    )  # fmt: skip


def writing(
    router: Router, path: str, scope: ApiScope, status: int, answer: type[Schema], *, name: str, says: str
) -> Decorator:
    """An operation that writes, once for each Idempotency-Key; the function takes the key and answers by ``Once``."""
    errors = dict.fromkeys((*ALWAYS, 404, 409), Problem)
    return router.post(
        path, auth=Token(scope), response={status: answer, **errors}, operation_id=name, summary=says.split("：", maxsplit=1)[0].split("。", maxsplit=1)[0],
        description=says, openapi_extra={"x-scope": scope.value},
    )  # fmt: skip
