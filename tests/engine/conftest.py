"""A small rulebook written in a test, and the rows it is asked about."""

from datetime import date
from types import SimpleNamespace

import pytest

from daihou.engine import case_book, derive
from daihou.rulebook import read_rulebook

HEAD = "规则册: small\n名称: 试\n版本: 1.0.0\n"


@pytest.fixture
def ask(tmp_path):
    """ask(rules, rows, day, …) -> rows of the results, as dictionaries; rules is YAML, rows a YAML 账册."""

    def asked(rules: str, rows: str, day: date, what: str = "duties", **more):
        folder = tmp_path / "small"
        (folder / "cases").mkdir(parents=True, exist_ok=True)
        (folder / "book.yaml").write_text(HEAD, encoding="utf-8")
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
        names = [
            line.split("编号:")[1].split(",")[0].strip(" }") for line in rules.splitlines() if "编号:" in line
        ]
        indented = "\n".join(f"    {line}" for line in rows.strip().splitlines())
        case = f"案例:\n- 案例: 一\n  规则: [{names[0]}]\n  账册:\n{indented}\n  期望: [{{当日: 2026-01-01, 无: 是}}]\n"
        (folder / "cases" / "one.yaml").write_text(case, encoding="utf-8")
        rulebook = read_rulebook(folder)
        results = derive((rulebook,), case_book(rulebook.cases[0]), day, **({"scope": "history"} | more))
        return [SimpleNamespace(**row) for row in getattr(results, what).to_pylist()]

    return asked
