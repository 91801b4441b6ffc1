"""The manual page of the API: every curl in it is run, in order, against a served company."""

import json
import os
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone
from tests_cast import BY, DAY, NOW, guarantee_alone, reading_of, write_sheets

from daihou.api import door
from daihou.ledger.acts import take_in
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.tokens import ApiScope, make_token
from daihou.registers.kept import homes, standing

FILE = "走访号,合同,种类,客户,检查日,结果,紧急\nZF7,C2,用途,91510000100000000L,2026-11-20,完成,否\nZF8,C9,常规,91510000100000000L,2026-11-21,完成,否\n"


@pytest.fixture
def served(transactional_db, live_server, tmp_path, monkeypatch, lacking):
    """The address of a server with the cast's company, and tokens, as the page's examples name them."""
    if shutil.which("curl") is None:
        lacking("curl (Debian: apt install curl)")
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(door, "today", lambda: DAY)
    reading = reading_of(write_sheets(tmp_path / "book"))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    open_accounts([("甲", "甲"), ("丁", "丁")], "right horse battery", by=BY, at=NOW, sample=True)
    (tmp_path / "检查.csv").write_text(FILE, encoding="utf-8")
    said = {"DAIHOU": live_server.url}
    for name, login in (("TOKEN", "甲"), ("RISK_TOKEN", "丁")):
        account = Account.objects.get(login=login)
        until = timezone.now() + timedelta(days=1)
        scopes = [one.value for one in ApiScope]
        _, said[name] = make_token(
            account, name="手册", scopes=scopes, expires=until, by=BY, at=timezone.now()
        )
    return said


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_every_example_of_the_page_works_as_it_is_written(served, repo_root, tmp_path) -> None:
    page = (repo_root / "docs/manual/api.zh.md").read_text("utf-8")
    examples = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    answers = []
    for example in examples:
        command = ["bash", "-c", example.replace("curl -sS", "curl -sS --fail-with-body --noproxy '*'")]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **served}
        )
        assert done.returncode == 0, f"{example}\n{done.stdout}\n{done.stderr}"
        answers.append(json.loads(done.stdout))
    assert len(answers) == len(examples) >= 11
    assert answers[0]["staff_no"] == "甲"
    assert [row["key"] for row in answers[2]["rows"]] == ["C1"]
    assert standing(homes()["contract"]).get(key="C1").purpose == "购原材料"
    assert {row.visit_no for row in standing(homes()["inspection"])} == {"ZF1", "ZF7"}
    assert answers[-1]["info"]["title"].startswith("Daihou")


def test_every_scope_and_every_operation_stands_on_the_page(repo_root) -> None:
    page = (repo_root / "docs/manual/api.zh.md").read_text("utf-8")
    assert [one.value for one in ApiScope if f"`{one.value}`" not in page] == []
