"""The API under requests drawn from its own description, right ones and wrong ones: no fault of ours, no answer that is not described."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests_cast import BY, DAY, NOW, guarantee_alone

from daihou.api import door
from daihou.dayend.acts import run_day
from daihou.duties.models import Duty
from daihou.duties.standing_in import stand_in
from daihou.imports.acts import inspect, receive
from daihou.imports.mapping import keep_mapping
from daihou.papers.acts import attach, hand_in
from daihou.papers.filling import About, Filled
from daihou.papers.reading import forms
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.tokens import ApiScope, make_token
from daihou.signoff.acts import delegate, open_matter
from daihou.trail.acts import Actor

pytestmark = pytest.mark.slow
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 8
"""Requests of each kind for each operation."""


@pytest.fixture
def one_connection():
    """Requests share the test's transaction: a request may not close the connection when it begins and ends, as Django's own test client sees to."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def described(company, monkeypatch, one_connection):
    """The description, a token that may do much, and things that are there."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(door, "today", lambda: DAY)
    run = run_day(DAY, by=BY, at=NOW)
    open_accounts([("丁", "丁")], "right horse battery", by=BY, at=NOW, sample=True)
    upload = receive("检查.csv", "走访号\nZF1\n".encode(), by=Actor("丁"), at=NOW)
    inspect(upload, now=lambda: NOW)
    until = timezone.now() + timedelta(days=1)
    _, clear = make_token(
        Account.objects.get(login="丁"), name="抽样", scopes=[one.value for one in ApiScope], expires=until, by=BY, at=timezone.now()
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {clear}", "Accept-Encoding": "identity"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), headers=headers)
    duty = Duty.objects.order_by("pk").first()
    matter = open_matter(kind="trial", subject="一", title={"zh": "一", "en": "one"}, content={"结论": "正常"}, chain=("risk_manager",), by=Actor("甲"), at=NOW)  # fmt: skip
    mapping = keep_mapping(MAPPING, by=Actor("丁"), at=NOW)
    days = {
        "since": DAY,
        "until": timezone.now().date() + timedelta(9),
        "by": Actor("丁"),
        "at": timezone.now(),
    }
    about = About(duty.key, duty.pk, duty.table, duty.object, duty.contract, duty.party, duty.branch)
    paper = hand_in(
        forms()["fund_use_form"], about, Filled({"conclusion": "正常"}, {}, ()), by=Actor("丁"), at=NOW, day=DAY, completes=False
    )  # fmt: skip
    file = attach("说明.txt", b"text", table="duty", key=duty.key, duty_no=duty.pk, by=Actor("丁"), at=NOW)
    there = {
        "papers": paper.pk,
        "attachments": file.pk,
        "stand-ins": stand_in("丁", "辛", reason="休假", **days).pk,
        "delegations": delegate("辛", reason="休假", **days).pk,
        "imports": upload.pk,
        "days": run.pk,
        "duties": duty.pk,
        "matters": matter.pk,
        "mappings": mapping.pk,
    }
    return schema, headers, there


MAPPING = """映射: 抽样
义: 试
来源: {名单: {文件: "*", 列: {号: 文本, 日: 日期, 额: 金额}}}
表: [{表: 还款, 来源: 名单, 列: {流水号: 号, 合同: {认: {主合同号: 号}}, 起息日: 日, 金额: 额}}]
"""


def asked(operation, headers, how, fixed, statuses):
    """Ask an operation some drawn requests and look at each answer; how many there were. ``statuses``: what was answered."""
    count = 0

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=how, path_parameters=fixed))
    def one(case):
        nonlocal count
        count += 1
        sent = dict(headers)
        if operation.method.lower() == "post" and how is GenerationMode.POSITIVE:
            sent["Idempotency-Key"] = str(uuid4())
        answer = case.call(headers=sent)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    one()
    return count


def test_no_drawn_request_finds_a_fault_of_ours_or_an_answer_that_is_not_described(described) -> None:
    schema, headers, there = described
    counts, statuses = {}, Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        room = operation.path.split("/")[3]
        fixed = {"pk": there[room]} if "{pk}" in operation.path else {"table": "inspection"} if "{table}" in operation.path else None  # fmt: skip
        name = f"{operation.method} {operation.path}"
        counts[name] = asked(operation, headers, GenerationMode.POSITIVE, fixed, statuses)
        if fixed is not None:
            counts[name] += asked(operation, headers, GenerationMode.POSITIVE, None, statuses)
        if fixed is not None or operation.method.lower() == "post" or "duties" in name:
            counts[name] += asked(operation, headers, GenerationMode.NEGATIVE, None, statuses)
    assert len(counts) == sum(1 for _ in schema.get_all_operations()) > 20
    assert sum(counts.values()) > 200, counts
    assert {200, 404, 422} <= set(statuses), statuses
