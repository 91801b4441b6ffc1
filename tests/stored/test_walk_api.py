"""The permission walk over the API: every post asks for every operation with a token of its own; the answers are those of walk_api.yaml.

The posts are those of walk.yaml; company, cast and bounds are those of the walk over the pages.
"""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote
from uuid import uuid4

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from test_walk import EAST, HEADERS, TRIED_WRITES, Walk, found_in, house, samples, walking_post  # noqa: F401 - house is a fixture
from tests_cast import BY, DAY

from daihou.api import door
from daihou.api.urls import api
from daihou.book import declared
from daihou.papers.reading import forms
from daihou.people.models import Account
from daihou.people.tokens import ApiScope, make_token

pytestmark = pytest.mark.django_db
OPERATIONS = yaml.safe_load((Path(__file__).parent / "walk_api.yaml").read_text("utf-8"))["operations"]


@cache
def operations():
    """Every operation of the description: its name, method and address."""
    return {
        one["operationId"]: (method, at.removeprefix("/api/v1/"))
        for at, said in api.get_openapi_schema()["paths"].items()
        for method, one in said.items()
    }


class Asker:
    """The program of a post: what the walk knows of it, and its token with every scope."""

    def __init__(self, company, post):
        self.walk = Walk(company, post)
        account = Account.objects.get(login=self.walk.me)
        until = timezone.now() + timedelta(days=1)
        scopes = [one.value for one in ApiScope]
        _, self.clear = make_token(
            account, name="巡查", scopes=scopes, expires=until, by=BY, at=timezone.now()
        )
        self.client, self.asked = Client(enforce_csrf_checks=True), set()

    def ask(self, name, expected, **places):
        """Ask, and look at status, headers and what must not be said. What was written is taken back."""
        operation, (method, _) = OPERATIONS[name], operations()[name]
        self.asked.add(name)
        at = "/api/v1/" + operation["at"].format(
            **{one: quote(str(value), safe="") for one, value in places.items()}
        )
        headers = {"Authorization": f"Bearer {self.clear}", "Idempotency-Key": str(uuid4())}
        with transaction.atomic():
            if method == "get":
                answer = self.client.get(at, headers=headers)
            elif "file" in operation:
                file = SimpleUploadedFile(operation["file"], b"x")
                told = {part: text.format(**places) for part, text in operation.get("form", {}).items()}
                answer = self.client.post(at, {"file": file, **told}, headers=headers)
            else:
                said = json.dumps(operation["body"])
                for one in ("key", "digest", "version"):
                    said = said.replace(f"{{{one}}}", str(places.get(one, "")))
                answer = self.client.post(at, said, content_type="application/json", headers=headers)
            transaction.set_rollback(True)
        allowed = expected if isinstance(expected, list) else [expected]
        where = f"{self.walk.post} {method} {at}"
        assert answer.status_code in allowed, (
            f"{where}: {answer.status_code}, not {expected}: {answer.content.decode()[:300]}"
        )
        for header, value in HEADERS.items():
            assert answer.headers.get(header) == value, f"{where}: {header}"
        if answer.headers["Content-Type"] == "application/octet-stream":
            return answer.content
        text = answer.content.decode()
        told = text.replace(str(places.get("key", "\0")), "")
        leaked = found_in(text, self.walk.secrets_by_head) + found_in(told, self.walk.forbidden_by_head)
        assert not leaked, f"{where}: {leaked}"
        return json.loads(text)


def test_the_walk_knows_every_operation_of_the_description() -> None:
    assert set(OPERATIONS) == set(operations())
    for name, (_, at) in operations().items():
        assert OPERATIONS[name]["at"].split("?")[0].count("/") == at.count("/"), name


@walking_post
def test_every_post_gets_from_every_operation_what_the_table_says(house, post, monkeypatch) -> None:  # noqa: F811 - the fixture
    monkeypatch.setattr(door, "today", lambda: DAY)
    asker = Asker(house, post)
    walk_all(asker)
    walk_registers(asker)
    walk_files_and_days(asker)
    walk_duties(asker)
    walk_papers(asker)
    walk_matters(asker)
    walk_absences_and_errands(asker)
    walk_warnings(asker)
    assert asker.asked == set(OPERATIONS)


def walk_all(asker):
    me = asker.ask("who_am_i", 200)
    walk = asker.walk
    reach = {"己": "own", "支": "branch", "全": "company"}
    assert me["sees"] == {room: reach[cell[0]] for room, cell in walk.cells.items() if cell != "·"}
    assert set(me["registers"]) == walk.alone()
    assert me["enters"] == sorted(room for room, cell in walk.cells.items() if cell.endswith("+"))
    seen = {one["room"] for one in asker.ask("list_registers", 200)["registers"]}
    assert seen == {table.room for table in declared().values() if walk.reach(table.id) != "·"}


def walk_registers(asker):
    walk = asker.walk
    tried = {**TRIED_WRITES, "ledger": "party"}.values()
    for table in (*tried, *Walk.TRIED_ALONE):
        seen = walk.reach(table) != "·"
        told = asker.ask("list_rows", 200 if seen else 404, table=table)
        if seen:
            keys = {row.key for row in walk.cast.of(table) if walk.sees(row)}
            assert told["total"] == len(keys), f"{walk.post} {table}"
            assert {one["key"] for one in told["rows"]} <= keys
        refused = 404 if not seen else 0 if walk.enters(table) else 403
        for one in ("enter_row", "ask_before"):
            asker.ask(one, refused or OPERATIONS[one]["ok"], table=table)
        for row in samples(walk, table):
            for one in ("get_row", "ask_gates"):
                asker.ask(one, 200 if walk.sees(row) else 404, table=table, key=row.key)
            hidden = 0 if walk.sees(row) else 404
            for name in ("correct_row", "void_row"):
                closed = refused and not (name == "correct_row" and walk.corrects(table))
                asker.ask(
                    name, (refused if closed else hidden) or OPERATIONS[name]["ok"], table=table, key=row.key
                )
    closed = 404 if walk.cells[declared()["contract"].room] == "·" else 0 if walk.enters("contract") else 403
    for row in samples(walk, "contract"):
        asker.ask("list_steps", 200 if walk.sees(row) else 404, key=row.key)
        hidden = 0 if walk.sees(row) else 404
        asker.ask("take_step", closed or hidden or OPERATIONS["take_step"]["ok"], key=row.key)
    asker.ask("get_row", 404, table="contract", key="HT-NOWHERE")
    assert {declared()[one].room for one in TRIED_WRITES.values()} == set(walk.cells)


def walk_files_and_days(asker):
    walk = asker.walk
    imports, day = "导" in walk.may, "推" in walk.may
    mine = walk.house.upload.by == walk.me or walk.everything
    for name in ("list_imports", "upload"):
        asker.ask(name, OPERATIONS[name]["ok" if imports else "else"])
    for name in ("list_mappings", "keep_mapping", "retire_mapping"):
        asker.ask(name, OPERATIONS[name]["ok" if imports else "else"])
    for name in (
        "get_import",
        "list_changes",
        "list_faults",
        "list_unmatched",
        "match_rows",
        "take_back_import",
        "take_import",
        "discard_import",
    ):
        said = "ok" if imports and mine else "seen" if imports else "else"
        asker.ask(name, OPERATIONS[name][said], upload=walk.house.upload.pk)
    for name in ("list_runs", "run_day", "get_run"):
        asker.ask(name, OPERATIONS[name]["ok" if day else "else"], run=walk.house.run.pk)


def walk_warnings(asker):
    walk = asker.walk
    cell = walk.cells["warnings"]
    told = asker.ask("list_warnings", 200 if cell != "·" else 403)
    seen = {row.key for row in walk.cast.of("warning") if walk.sees(row)}
    if cell != "·":
        assert {one["key"] for one in told["warnings"]} <= seen
        assert told["total"] == len(seen)
    enters = cell.endswith("+")
    asker.ask("raise_warning", OPERATIONS["raise_warning"]["ok"] if enters else 403)
    for row in walk.cast.of("warning"):
        hidden = 403 if cell == "·" else 0 if row.key in seen else 404
        asker.ask("list_measures", hidden or 200, key=row.key)
        for name in ("verify_warning", "decide_measures", "report_result", "propose_closing"):
            allowed = OPERATIONS[name]["ok"]
            asker.ask(name, hidden or ([allowed, 409] if enters else 403), key=row.key)


def walk_duties(asker):
    walk = asker.walk
    listed = asker.ask("list_duties", 200)
    visible = [one for one in walk.house.duties if walk.may_see_duty(one)]
    assert listed["total"] == sum(one.withdrawn_on is None for one in visible), walk.post
    assert {one["id"] for one in listed["duties"]} <= {one.pk for one in visible}
    kinds = {}
    for duty in walk.house.duties:
        kinds.setdefault((walk.may_see_duty(duty), duty.branch, duty in walk.mine), duty)
    explained = set()
    for (seen, _branch, mine), duty in kinds.items():
        asker.ask("get_duty", 200 if seen else 404, duty=duty.pk)
        said = OPERATIONS["complete_duty"]["ok" if mine else "seen" if seen else "else"]
        asker.ask("complete_duty", said, duty=duty.pk)
        for name in ("take_duty", "give_back_duty", "submit_duty", "postpone_duty"):
            asker.ask(name, OPERATIONS[name]["ok" if mine else "seen" if seen else "else"], duty=duty.pk)
        above = seen and walk.assigns(duty)
        said = OPERATIONS["assign_duty"]["ok" if above else "seen" if seen else "else"]
        asker.ask("assign_duty", said, duty=duty.pk)
        if seen not in explained:
            asker.ask("explain_duty", 200 if seen else 404, duty=duty.pk)
            explained.add(seen)
    asker.ask("explain_duty", 404, duty=99_999_999)
    asker.ask("list_classes", OPERATIONS["list_classes"]["ok"])
    asker.ask("close_leftovers", OPERATIONS["close_leftovers"]["ok"])


def walk_papers(asker):
    """Forms by their duties, files by their things."""
    walk = asker.walk
    version = forms()["fund_use_form"].edition
    for held in walk.house.papers.values():
        row = next(one for one in walk.cast.of("contract") if one.key == held.contract)
        sees, enters = walk.sees(row), bool({"+"} & set(walk.cells["loans"] + walk.cells["papers"]))
        of_form, of_paper = (
            "ok" if one in walk.mine else "seen" if walk.may_see_duty(one) else "else" for one in (held.unfilled, held.duty)
        )  # fmt: skip
        for name in ("get_form", "hand_in_form"):
            asker.ask(name, OPERATIONS[name][of_form], unfilled=held.unfilled.pk, version=version)
        asker.ask("list_papers", 404 if of_paper == "else" else 200, duty=held.duty.pk)
        asker.ask("get_paper", 404 if of_paper == "else" else 200, paper=held.paper.pk)
        asker.ask("correct_paper", OPERATIONS["correct_paper"][of_paper], paper=held.paper.pk)
        asker.ask("list_files", 200 if sees else 404, contract=held.contract)
        asker.ask("bring_file", (422 if enters else 403) if sees else 404, contract=held.contract)
        content = asker.ask("get_file", 200 if sees else 404, attachment=held.file.pk)
        assert not sees or content.startswith(b"\x89PNG")
        voids = enters or held.file.by == walk.me
        asker.ask("void_file", (422 if voids else 403) if sees else 404, attachment=held.file.pk)


def walk_matters(asker):
    walk = asker.walk
    listed = {one["id"] for one in asker.ask("list_matters", 200)["matters"]}
    for side, matter in walk.house.signing.matters.items():
        concerned = side == EAST and walk.post in {"客户经理", "业务部经理"}
        reach = walk.cells["signoff"][0]
        sees = concerned or reach == "全" or (reach == "支" and side == EAST)
        assert (matter.pk in listed) == sees
        asker.ask("get_matter", 200 if sees else 404, matter=matter.pk)
        for name, whose in (
            ("decide_matter", ("业务部经理",)), ("withdraw_matter", ("客户经理",)), ("resubmit_matter", ("客户经理",)), ("urge_matter", ("客户经理",)),
            ("hand_on_matter", ("业务部经理",)), ("add_signer", ("业务部经理",)), ("copy_matter", ("客户经理", "业务部经理")),
        ):  # fmt: skip
            his = concerned and walk.post in whose
            said = OPERATIONS[name]["ok" if his else "seen" if sees else "else"]
            asker.ask(name, said, matter=matter.pk, digest=matter.digest)
        asker.ask("read_matter", OPERATIONS["read_matter"]["ok" if sees else "else"], matter=matter.pk)
    asker.ask("get_matter", 404, matter=99_999_999)


def walk_absences_and_errands(asker):
    walk, signing = asker.walk, asker.walk.house.signing
    for name in ("list_delegations", "delegate", "list_stand_ins", "arrange_stand_in", "list_errands"):
        asker.ask(name, OPERATIONS[name]["ok"])
    gives, arranges = walk.post == "业务部经理", walk.post in {"客户经理", "业务部经理", "总经理", "董事长"}
    told = OPERATIONS["end_delegation"]["ok" if gives else "else"]
    asker.ask("end_delegation", told, delegation=signing.given.pk)
    asker.ask(
        "end_stand_in", OPERATIONS["end_stand_in"]["ok" if arranges else "else"], stand_in=signing.ahead.pk
    )
    asker.ask("give_errand", OPERATIONS["give_errand"]["ok" if walk.post == "总经理" else "else"])
    (errand,) = [row for row in walk.cast.of("errand") if row.key == "EAST交办"]
    two = walk.me in {value for value in errand.values.values() if value}
    for name in ("finish_errand", "put_off_errand", "call_off_errand"):
        asker.ask(name, OPERATIONS[name]["ok" if two else "else"], errand=errand.key)


def test_nobody_and_who_has_left_get_nothing_from_any_operation(house, monkeypatch) -> None:  # noqa: F811 - the fixture
    monkeypatch.setattr(door, "today", lambda: DAY)
    account = Account.objects.get(login="ELEFT")
    until = timezone.now() + timedelta(days=1)
    with transaction.atomic():
        _, clear = make_token(
            account,
            name="离职",
            scopes=[one.value for one in ApiScope],
            expires=until,
            by=BY,
            at=timezone.now(),
        )
        places = SimpleNamespace(
            table="contract",
            key="HT-EAST-1",
            upload=house.upload.pk,
            run=house.run.pk,
            duty=house.duties[0].pk,
            unfilled=house.papers[EAST].unfilled.pk,
            paper=house.papers[EAST].paper.pk,
            attachment=house.papers[EAST].file.pk,
            contract="HT-EAST-1",
            matter=house.signing.matters[EAST].pk,
            delegation=house.signing.given.pk,
            stand_in=house.signing.ahead.pk,
            errand="EAST交办",
        )
        for name, (method, _) in operations().items():
            at = "/api/v1/" + OPERATIONS[name]["at"].format(**vars(places))
            for headers, status in (({}, 401), ({"Authorization": f"Bearer {clear}"}, 403)):
                answer = getattr(Client(), method)(at, headers=headers)
                assert answer.status_code == status, f"{name} {status}"
                assert EAST not in answer.content.decode()
        transaction.set_rollback(True)
