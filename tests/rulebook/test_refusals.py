"""One broken line per mistake: the book is refused whole, and the code says which."""

import ast
import re
from pathlib import Path

import pytest

import daihou.rulebook
from daihou.rulebook import RulebookRefused, read_rulebook, read_shipped, shipped_ids
from daihou.terms import Catalogue

CODE = re.compile(r"[a-z]+(-[a-z]+)+")

GOOD = {
    "规则": "用途检查", "编号": "use", "依据": "一", "条目": "[]", "意旨": "十天内查用途", "对象": "合同", "条件": "\"状态 = '在保'\"", "起算": "放款日",
    "到期": '"加天(起算, 10天)"', "完成": "\"最早(检查.检查日, 种类 = '用途')\"", "责任": "客户经理",
}  # fmt: skip

MISTAKES = [
    ("条件", "\"状态 = '在宝'\"", "unknown-value"),
    ("条件", '"状态 = 5"', "kinds-differ"),
    ("条件", "\"金额 > '30'\"", "kinds-differ"),
    ("条件", '"金额 > 30"', "money-without-unit"),
    ("条件", '"到期日 > 5"', "kinds-differ"),
    ("条件", '"逾其天数 > 5"', "unknown-name"),
    ("条件", '"客户.行业x = 1"', "unknown-column"),
    ("条件", '"状态 ＝ 5"', "full-width"),
    ("条件", '"金额 / 2元 > 1元"', "division"),
    ("条件", '"(SELECT 1) = 1"', None),
    ("条件", '"金额"', "wrong-kind"),
    ("条件", '"状态 = NULL"', "compared-with-null"),
    ("对象", "合约", "unknown-table"),
    ("到期", '"加天(起算, 5工作日)"', None),
    ("到期", '"加日(起算, 5天)"', "unknown-function"),
    ("到期", '"加天(起算)"', "wrong-count"),
    ("到期", '"起算 + 5"', None),
    ("完成", "\"最早(查验.检查日, 种类 = '用途')\"", None),
    ("责任", "客户经里", "unknown-person"),
    ("编号", "Use Check", "bad-id"),
    ("依据", None, "missing-key"),
    ("意旨", None, "missing-key"),
    ("到起", "放款日", "unknown-key"),
    ("逾期", "[{满: 三天, 报: 总经理}]", None),
]


def _write(tmp_path, lines: dict[str, str]):
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "book.yaml").write_text("规则册: small\n名称: 试\n版本: 1.0.0\n", encoding="utf-8")
    body = "\n".join(f"  {key}: {value}" for key, value in lines.items())
    (folder / "rules.yaml").write_text("规则:\n-" + body[1:] + "\n", encoding="utf-8")
    return folder


def test_the_unbroken_book_is_read(tmp_path) -> None:
    rulebook = read_rulebook(_write(tmp_path, GOOD))
    assert [rule.id for rule in rulebook.rules] == ["use"]


@pytest.mark.parametrize(("key", "value", "code"), MISTAKES)
def test_a_broken_line_refuses_the_book_with_file_line_reason_and_remedy(tmp_path, key, value, code) -> None:
    lines = {**GOOD, key: value}
    if value is None:
        del lines[key]
    with pytest.raises(RulebookRefused) as refused:
        read_rulebook(_write(tmp_path, lines))
    mistakes = refused.value.mistakes
    assert code is None or code in [mistake.code for mistake in mistakes]
    for mistake in mistakes:
        assert mistake.source.file == "small/rules.yaml"
        assert 1 <= mistake.source.line <= len(lines) + 1
        for lang in ("zh", "en"):
            assert mistake.text(lang)
            assert mistake.remedy(lang)


def test_the_order_of_keys_and_the_words_do_not_change_the_meaning(tmp_path) -> None:
    one = read_rulebook(_write(tmp_path, GOOD))
    (tmp_path / "other").mkdir()
    two = read_rulebook(_write(tmp_path / "other", dict(reversed([*GOOD.items()])) | {"意旨": "换个说法"}))
    (tmp_path / "third").mkdir()
    three = read_rulebook(_write(tmp_path / "third", GOOD | {"到期": '"加天(起算, 11天)"'}))
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


def test_every_code_of_a_refusal_has_its_sentence() -> None:
    """Codes stand in the source as text; each must be found in the catalogue, with a remedy."""
    texts = Catalogue.load("daihou.rulebook")
    missing = set()
    for file in Path(daihou.rulebook.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                missing |= {code for code in (node.value, f"{node.value}.remedy") if code not in texts}
    assert missing - {"at-column.remedy", "did-you-mean.remedy"} == set()
