"""What does not change the meaning of a rulebook, what every shipped book gives, and that every refusal has its sentence."""

import ast
import re
from pathlib import Path

import pytest

import daihou.rulebook
from daihou.rulebook import read_rulebook, read_shipped, shipped_ids
from daihou.terms import Catalogue

CODE = re.compile(r"[a-z]+(-[a-z]+)+")

RULE = {
    "规则": "用途检查", "编号": "use", "依据": "一", "条目": "[]", "意旨": "十天内查用途", "对象": "合同", "条件": "\"状态 = '在保'\"", "起算": "放款日",
    "到期": '"加天(起算, 10天)"', "完成": "\"最早(检查.检查日, 种类 = '用途')\"", "责任": "客户经理",
}  # fmt: skip


def _read(folder: Path, lines: dict[str, str]):
    (folder / "small" / "cases").mkdir(parents=True)
    (folder / "small" / "book.yaml").write_text("规则册: small\n名称: 试\n版本: 1.0.0\n", encoding="utf-8")
    body = "\n".join(f"  {key}: {value}" for key, value in lines.items())
    (folder / "small" / "rules.yaml").write_text("规则:\n-" + body[1:] + "\n", encoding="utf-8")
    case = "案例:\n- {案例: 一, 规则: [use], 账册: {}, 期望: [{当日: 2026-03-12, 无: 是}]}\n"
    (folder / "small" / "cases" / "one.yaml").write_text(case, encoding="utf-8")
    return read_rulebook(folder / "small")


def test_the_order_of_keys_and_the_words_do_not_change_the_meaning(tmp_path) -> None:
    one = _read(tmp_path / "one", RULE)
    two = _read(tmp_path / "two", dict(reversed([*RULE.items()])) | {"意旨": "换个说法"})
    three = _read(tmp_path / "three", RULE | {"到期": '"加天(起算, 11天)"'})
    assert one.fingerprint == two.fingerprint
    assert one.wording != two.wording
    assert one.fingerprint != three.fingerprint


@pytest.mark.parametrize("name", shipped_ids())
def test_every_shipped_book_is_read(name) -> None:
    (rulebook,) = read_shipped(name)
    assert rulebook.id == name
    for rule in rulebook.rules:
        assert rule.citation
        assert rule.sense


def test_every_code_of_a_refusal_has_its_sentence_and_its_remedy() -> None:
    """Codes stand in the source as text; each must be found in the catalogue, with a remedy."""
    texts = Catalogue.load("daihou.rulebook")
    codes = {
        node.value
        for file in Path(daihou.rulebook.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }
    without_remedy = {"at-column", "did-you-mean"}
    assert codes >= without_remedy
    assert {one for code in codes for one in (code, f"{code}.remedy") if one not in texts} == {
        f"{one}.remedy" for one in without_remedy
    }
