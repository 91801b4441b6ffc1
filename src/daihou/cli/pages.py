"""Pages made from the data: the glossary, the rule manual, the table of what is covered. Stale ones are refused by the check."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daihou.book import declared, domains, posts
from daihou.cli.rulesview import kind_of
from daihou.cli.words import label, say
from daihou.rulebook import (
    Duty,
    Rule,
    Rulebook,
    Warning,
    figures_of,
    read_shipped,
    refusals,
    shipped,
    shipped_ids,
)
from daihou.rulebook.written import figure_named, figure_steps, file_of, lines_of, steps_words
from daihou.terms import Term, read_mapping, terms

RULE = "R"
"""The kind of requirement that a rule of the rulebooks must answer."""

_MADE = "<!-- 由 daihou docs 生成，不要手改。 Made by `daihou docs`; do not edit. -->"
_KINDS = {
    "R": "规则 rule",
    "F": "表单 form",
    "W": "流程 workflow",
    "G": "登记 register",
    "P": "岗位 post",
    "A": "分析 analysis",
    "S": "信号 signal",
    "M": "措施 measure",
}
_CASES_SHOWN = 3


@dataclass(frozen=True)
class Requirement:
    """A row of the requirements: its kind, what of it no rule can hold and why (empty where nothing is left out)."""

    id: str
    kind: str
    left_out: str


class UncoveredError(ValueError):
    """Requirements of kind R that no rule with a case answers; ``ids`` names them."""

    def __init__(self, ids: Sequence[str]) -> None:
        """Keep the ids."""
        super().__init__(", ".join(ids))
        self.ids = tuple(ids)


def books() -> tuple[Rulebook, ...]:
    """The shipped rulebooks that have rules."""
    return tuple(book for name in shipped_ids() for book in read_shipped(name)[:1] if book.rules)


def pages(root: Path) -> dict[Path, str]:
    """Every page by its path below the repository. UncoveredError where a requirement of kind R has no answer."""
    found = books()
    made = {Path("docs/GLOSSARY.md"): glossary(), Path("docs/refusals.md"): refused()}
    made[Path("docs/rules/README.md")] = index(found)
    made |= {Path(f"docs/rules/{book.id}.md"): manual(book) for book in found}
    wanted = requirements(root / "docs/requirements.yaml")
    survivors = survivors_of(root / "docs/survivors.yaml")
    made[Path("docs/COVERAGE.md")] = coverage(found, wanted, marked_tests(root / "tests"), survivors)
    return made


def stale(root: Path) -> list[str]:
    """Pages that are not what the data make them, as paths below the repository; also pages that are made no more."""
    made = pages(root)
    wrong = [path for path, text in made.items() if _content(root / path) != text]
    left = [
        path.relative_to(root)
        for path in (root / "docs/rules").glob("*.md")
        if path.relative_to(root) not in made
    ]
    return sorted(str(path) for path in [*wrong, *left])


def write(root: Path) -> list[str]:
    """Write every page that differs, remove those made no more; which ones."""
    changed = stale(root)
    made = pages(root)
    for name in changed:
        path = root / name
        if Path(name) not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[Path(name)], encoding="utf-8")
    return changed


def _content(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"# {title}", "", _MADE, "", *lines]).rstrip("\n") + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield "|" + "---|" * len(cells)


# -- glossary -----------------------------------------------------------------


def glossary() -> str:
    """Every word with its identifier, English label and meaning, by what it names."""
    return _page("词汇表 Glossary", _glossary_lines())


def _glossary_lines() -> Iterator[str]:
    yield "一个词一个标识符，全系统通用。One word, one identifier, everywhere."
    yield ""
    groups = _groups()
    for name, held in groups.items():
        yield f"- [{name}](#{_anchor(name)}) {len(held)}"
    for name, held in groups.items():
        yield from ("", f"## {name}", "")
        yield from _head("词", "标识符", "English", "意思")
        for term in sorted(held, key=lambda one: one.id):
            yield _row(term.word, f"`{term.id}`", term.label, term.meaning)


def _anchor(name: str) -> str:
    return name.replace(" ", "-").lower()


def _groups() -> Mapping[str, list[Term]]:
    """The terms by what they name; a word that names several things stands under the first."""
    tables, columns = set(declared()), {name for table in declared().values() for name in table.columns}
    values = {value for held in domains().values() for value in held}
    facts = {name for book in books() for _, name in book.facts}
    named = [
        ("岗位 Posts", set(posts())),
        ("表 Tables", tables),
        ("列 Columns", columns),
        ("取值 Values", values),
        ("事实 Facts", facts),
    ]
    found: dict[str, list[Term]] = {name: [] for name, _ in named}
    found["其他 Other words"] = []
    for term in terms():
        place = next((name for name, held in named if term.id in held), "其他 Other words")
        found[place].append(term)
    return {name: held for name, held in found.items() if held}


# -- what is refused ----------------------------------------------------------


def refused() -> str:
    """Everything for which a rulebook is refused, and what to write instead."""
    return _page("规则册里什么会被拒绝 What is refused of a rulebook", _refused_lines())


def _refused_lines() -> Iterator[str]:
    zh, en = refusals("zh"), refusals("en")
    yield f"一册里有一处错，整册不用；每处错都说文件、行、原因和怎么改。共 {len(zh)} 种，每种的例子在 `tests/rulebook/broken.yaml`。"
    yield ""
    yield f"One mistake refuses the whole book; each is told with file, line, reason and remedy. {len(zh)} kinds, an example of each in `tests/rulebook/broken.yaml`."
    yield ""
    yield from _head("代码", "说什么", "怎么改", "English")
    for code, (reason, remedy) in zh.items():
        yield _row(f"`{code}`", reason, remedy, "; ".join(en[code]))


# -- the rule manual ------------------------------------------------------------


def index(found: Sequence[Rulebook]) -> str:
    """The rulebooks and how many rules each has."""
    return _page("规则手册 Rule manual", _index_lines(found))


def _index_lines(found: Sequence[Rulebook]) -> Iterator[str]:
    yield "每条规则：依据、意旨、数值、谁办、几时办、规则原文。由规则册生成。"
    yield ""
    yield from _head("规则册", "编号", "版本", "规则", "案例")
    for book in found:
        yield _row(
            f"[{book.name}]({book.id}.md)", book.id, book.version, str(len(book.rules)), str(len(book.cases))
        )


def manual(book: Rulebook) -> str:
    """One rulebook for a risk officer, rule by rule in the order in which they are written."""
    return _page(f"{book.name} `{book.id}`", _manual_lines(book))


def _manual_lines(book: Rulebook) -> Iterator[str]:
    yield f"版本 {book.version} · {len(book.rules)} 条规则 · {len(book.cases)} 个案例"
    yield ""
    ordered = sorted(book.rules, key=lambda rule: (rule.source.file, rule.source.line))
    yield from _head("规则", "种类", "依据", "条目")
    for rule in ordered:
        kind = say(f"kind-{kind_of(rule)}", "zh")
        yield _row(f"[{rule.name}](#{rule.id})", kind, rule.citation, " ".join(rule.items))
    for rule in ordered:
        yield from _rule_lines(book, rule)


def _rule_lines(book: Rulebook, rule: Rule) -> Iterator[str]:
    yield from ("", f'<a id="{rule.id}"></a>', f"## {rule.name} `{rule.id}`", "", rule.sense, "")
    yield f"- 依据：{rule.citation}{say('ours', 'zh') if rule.ours else ''}（{' '.join(rule.items)}）"
    yield f"- 对象：{label(rule.table, 'zh')}"
    if isinstance(rule, Duty):
        if rule.form is not None:
            yield f"- 表单：{label(rule.form, 'zh')}"
        if rule.chain:
            yield f"- 签批：{' → '.join(label(post, 'zh') for post in rule.chain)}"
    if isinstance(rule, Warning) and rule.measures:
        named = (f"{one} {book.measures[one].name}" if one in book.measures else one for one in rule.measures)
        yield f"- 建议措施：{'、'.join(named)}"
    for name in sorted(figures_of(rule, book.facts)):
        figure = figure_named(book, name)
        if figure is not None:
            yield f"- 数值 {figure.name}：{steps_words(figure_steps(figure, 'zh'), 'zh')}（{'、'.join(figure.citations)}）"
    if rule.sleeping:
        yield f"- **在休眠**：{'、'.join(label(one, 'zh') for one in rule.sleeping)} 待定；定下数值就会醒。"
    named_cases = [case.name for case in book.cases if rule.id in case.rules]
    if named_cases:
        more = f" 等 {len(named_cases)} 个" if len(named_cases) > _CASES_SHOWN else ""
        yield f"- 案例：{'；'.join(named_cases[:_CASES_SHOWN])}{more}"
    file = file_of(rule, [shipped()])
    if file is not None:
        yield from ("", "```yaml", lines_of(file, rule.source.line), "```")


# -- coverage -------------------------------------------------------------------


def requirements(file: Path) -> list[Requirement]:
    """The rows of the requirements, in order. A row is a kind, or a kind and what is left out."""
    found = []
    for row_id, said in read_mapping(file).items():
        kind, left_out = (said, "") if isinstance(said, str) else (said["kind"], said["left_out"])
        found.append(Requirement(row_id, kind, left_out))
    return found


def survivors_of(file: Path) -> list[Mapping[str, Any]]:
    """Changes of a rulebook that no case notices, each with its reason."""
    import yaml

    return list(yaml.safe_load(file.read_text("utf-8")) or [])


def marked_tests(folder: Path) -> Mapping[str, set[str]]:
    """Requirement -> files of tests that say they would fail without it; read, not run."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "covers"
            ):
                for one in node.args:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        found.setdefault(one.value, set()).add(file.relative_to(folder.parent).as_posix())
    return found


def coverage(
    found: Sequence[Rulebook],
    wanted: Sequence[Requirement],
    tests: Mapping[str, set[str]],
    survivors: Sequence[Mapping[str, Any]],
) -> str:
    """Requirement by requirement: the rules that answer it, their cases, the tests that name it, what is left out."""
    answers: dict[str, list[tuple[Rulebook, Rule]]] = {}
    for book in found:
        for rule in book.rules:
            for one in rule.items:
                answers.setdefault(one, []).append((book, rule))
    silent = [one.id for one in wanted if one.kind == RULE and not _cases(answers.get(one.id, ()))]
    if silent:
        raise UncoveredError(silent)
    return _page("覆盖表 Coverage", _coverage_lines(wanted, answers, tests, survivors))


def _cases(answers: Sequence[tuple[Rulebook, Rule]]) -> int:
    """How many cases of the books ask one of the rules."""
    return sum(
        any(rule.id in case.rules for rule in _own(book, answers)) for book, case in _all_cases(answers)
    )


def _all_cases(answers: Sequence[tuple[Rulebook, Rule]]) -> Iterator[tuple[Rulebook, Any]]:
    for book in {book.id: book for book, _ in answers}.values():
        for case in book.cases:
            yield book, case


def _own(book: Rulebook, answers: Sequence[tuple[Rulebook, Rule]]) -> list[Rule]:
    return [rule for other, rule in answers if other.id == book.id]


def _coverage_lines(
    wanted: Sequence[Requirement],
    answers: Mapping[str, list[tuple[Rulebook, Rule]]],
    tests: Mapping[str, set[str]],
    survivors: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    rules = [one for one in wanted if one.kind == RULE]
    yield f"规则类（R）共 {len(rules)} 条，条条有规则、有案例。案例在 `make test` 里跑：没有那条规则，案例就不过。"
    yield "Each case is a test; it fails without the rule it asks."
    yield from ("", "## 规则类 Kind R", "")
    yield from _head("条目", "规则", "案例", "另有测试", "没有做到的，为什么")
    for one in rules:
        held = answers.get(one.id, [])
        named = "、".join(f"[{rule.name}](rules/{book.id}.md#{rule.id})" for book, rule in held)
        yield _row(
            one.id, named, str(_cases(held)), " ".join(sorted(tests.get(one.id, ()))), one.left_out or "—"
        )
    yield from (
        "",
        "## 其他各类 Other kinds",
        "",
        "表单、流程、登记、岗位、分析要等各自的界面；已有规则的先列在这里。",
        "",
    )
    yield from _head("条目", "种类", "规则", "案例")
    for one in wanted:
        if one.kind != RULE:
            held = answers.get(one.id, [])
            named = "、".join(f"[{rule.name}](rules/{book.id}.md#{rule.id})" for book, rule in held)
            yield _row(one.id, _KINDS[one.kind], named or "—", str(_cases(held)) if held else "—")
    yield from ("", "## 案例看不出的改动 Changes that no case notices", "")
    yield from _head("规则册", "处", "改动", "为什么")
    for said in survivors:
        yield _row(*(str(said[key]) for key in ("book", "owner", "mutant", "reason")))
