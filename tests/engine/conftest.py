"""A small rulebook written in a test, asked of every execution there is; and the statements of a day run on PostgreSQL."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from textwrap import dedent, indent
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import sqlglot

from daihou.book import Book, read_book, write_book
from daihou.engine import Results, case_book, derive, explain, render, run_case
from daihou.engine.asking import twin_of
from daihou.engine.cases import lines_of
from daihou.rulebook import Rulebook, read_rulebook
from daihou.sample import sample_rows

HEAD = "规则册: small\n名称: 试\n版本: 1.0.0\n"
TABLES = ("duties", "assignments", "escalations", "warnings", "grades", "gates", "gaps", "gap_assignments")
CALENDAR = "raw_calendar"
SAMPLE_DAY = date(2026, 11, 23)
NO_EXPECTATION = "期望: [{当日: 2026-01-01, 无: 是}]"

KEPT = 16
"""Answers that are kept: the judge and PostgreSQL are asked the same question one after the other."""

Rows = list[tuple[Any, ...]]
Second = Callable[[Sequence[Rulebook], Any, date, Results, dict[str, Any]], dict[str, Rows]]


class Lately:
    """The last few answers, each by its question."""

    def __init__(self) -> None:
        self._answers: dict[object, Any] = {}
        self._most = KEPT

    def forget(self, *, most: int) -> None:
        """Keep no more than the last few from now on."""
        self._most = most
        while len(self._answers) > most:
            del self._answers[next(iter(self._answers))]

    def answer(self, question: object, ask: Callable[[], Any]) -> Any:
        """What is kept, else what is found out now."""
        found = self._answers.pop(question) if question in self._answers else ask()
        self._answers[question] = found
        self.forget(most=self._most)
        return found


READ, DERIVED = Lately(), Lately()
"""Rulebooks by what their files say; results by rulebook, day and what else was asked."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "keeps(*ids): the sentences of the language (S4) and nasty cases (N2) kept"
    )
    config.addinivalue_line(
        "markers", "anew: every question is read and derived, even one that was asked before"
    )


@pytest.fixture(autouse=True)
def _anew(request: pytest.FixtureRequest) -> None:
    """What was asked lately is forgotten for a test that is about asking again; it remembers nothing either."""
    for lately in (READ, DERIVED):
        lately.forget(most=0 if request.node.get_closest_marker("anew") else KEPT)


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Book:
    """The register of the sample company; nobody changes it."""
    file = tmp_path_factory.mktemp("sample") / "台账.xlsx"
    write_book(sample_rows(SAMPLE_DAY), file)
    return read_book(file).book


# -- a day on PostgreSQL


@pytest.fixture(scope="session")
def server(postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        yield connection


@pytest.fixture
def on_postgres(server: psycopg.Connection) -> Callable[[Results], dict[str, Rows]]:
    """on_postgres(results) -> the same tables of results, each derived again by PostgreSQL out of the same rows."""
    return partial(_on_postgres, server)


def _on_postgres(server: psycopg.Connection, results: Results) -> dict[str, Rows]:
    """Nothing is rewritten by hand: sqlglot's plain transpilation has to be enough."""
    server.execute("DISCARD TEMP")
    for relation, table in results.inputs.items():
        if relation == CALENDAR:
            _lend_calendar(server, table)
        else:
            _load(server, relation, table)
    for statement in results.statements:
        server.execute(_transpiled(statement))
    return {what: server.execute(_transpiled(query)).fetchall() for what, query in results.queries.items()}


@lru_cache(maxsize=4096)
def _transpiled(statement: str) -> bytes:
    """Most statements of a day are those of another one too."""
    (found,) = sqlglot.transpile(statement, read="duckdb", write="postgres")
    return found.encode()


_KINDS = {
    "date32[day]": "DATE",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "bool": "BOOLEAN",
    "string": "TEXT",
    "decimal128(18, 6)": "NUMERIC(18, 6)",
}


def _lend_calendar(server: psycopg.Connection, table: Any) -> None:
    """The calendar is the same every day and long, so it is loaded once per calendar."""
    kept = f"kept_{id(table)}"
    if not any(known is table for known in _LENT):
        _LENT.append(table)
        _load(server, kept, table, "")
    server.execute(f'CREATE TEMP VIEW "{CALENDAR}" AS SELECT * FROM "{kept}"'.encode())


_LENT: list[Any] = []  # holds the tables, so that no other takes their identity


def _load(server: psycopg.Connection, relation: str, table: Any, kind: str = "TEMP") -> None:
    columns = ", ".join(f'"{field.name}" {_KINDS[str(field.type)]}' for field in table.schema)
    server.execute(f'CREATE {kind} TABLE "{relation}" ({columns})'.encode())
    with server.cursor().copy(f'COPY "{relation}" FROM STDIN'.encode()) as copy:
        for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
            copy.write_row(row)


# -- every execution


def plain(lines: list[dict[str, Any]], columns: list[str]) -> Rows:
    """Rows of one table of results in an order that every execution agrees on."""
    return in_order(tuple(line[column] for column in columns) for line in lines)


def in_order(rows: Any) -> Rows:
    """Rows sorted by what they show; types count."""
    return sorted((tuple(row) for row in rows), key=repr)


def _by_the_judge(
    rulebooks: Sequence[Rulebook], book: Any, day: date, fast: Results, more: dict[str, Any]
) -> dict[str, Rows]:
    rest = {key: value for key, value in more.items() if key not in {"scope", "only"}}
    slow = twin_of(rulebooks, book, day, **rest).derive(scope=more.get("scope", "day"), only=more.get("only"))
    return {what: plain(lines_of(slow, what), columns_of(fast, what)) for what in TABLES}


def columns_of(results: Results, what: str) -> list[str]:
    """The columns in which executions are compared; the words of a refusal are told by the compiled one alone."""
    return [column for column in getattr(results, what).column_names if column not in {"said", "english"}]


@pytest.fixture(params=["judge", pytest.param("postgres", marks=[pytest.mark.slow, pytest.mark.postgres])])
def second(request: pytest.FixtureRequest) -> Second:
    """Who is asked beside the compiled engine: the judge, or PostgreSQL with the same statements; of one test both follow each other."""
    if request.param == "judge":
        return _by_the_judge
    server = request.getfixturevalue("server")

    def by_postgres(
        _rulebooks: Sequence[Rulebook], _book: Any, _day: date, fast: Results, _more: dict[str, Any]
    ) -> dict[str, Rows]:
        found = _on_postgres(server, fast)
        names = {what: getattr(fast, what).column_names for what in TABLES}
        dicts = {what: [dict(zip(names[what], row, strict=True)) for row in found[what]] for what in TABLES}
        return {what: plain(dicts[what], columns_of(fast, what)) for what in TABLES}

    return by_postgres


def _agreed(second: Second, rulebook: Rulebook, book: Any, day: date, **more: Any) -> Results:
    """The results of a day, on which both executions agree in every table, row and column."""
    asked = (id(rulebook), book.fingerprint, day, *sorted(more.items()))
    # the rulebook is kept with its results, so that no other takes its identity
    results, _ = DERIVED.answer(asked, lambda: (derive((rulebook,), book, day, **more), rulebook))
    other = second((rulebook,), book, day, results, more)
    for what in TABLES:
        assert other[what] == plain(lines_of(results, what), columns_of(results, what)), (what, day)
    return results


# -- small rulebooks


def _in_full(rules: str) -> str:
    """Rules with what every rule has and these tests do not speak of: a name, an article, a sense."""
    named = re.sub(r"(- |\[)\{编号: ([a-z-]+)", r"\1{规则: 试\2, 编号: \2", rules)
    if "意旨:" in rules:
        return named
    return re.sub(r"编号: ([a-z-]+)", r"编号: \1, 依据: 一, 条目: [], 意旨: 试", named)


def _written(folder: Any, rules: str, case: str) -> Rulebook:
    """A rulebook of these rules with one case of them all; the case without its head is YAML of 账册, 截至, 起用, 期望."""
    return READ.answer((rules, case), lambda: _read(folder, rules, case))


def _read(folder: Any, rules: str, case: str) -> Rulebook:
    (folder / "cases").mkdir(parents=True, exist_ok=True)
    scope = re.match(r"范围:\n(  .*\n)+", rules)
    ranges = "" if scope is None else scope[0]
    (folder / "book.yaml").write_text(HEAD + ranges, encoding="utf-8")
    rules = rules.removeprefix(ranges)
    ids = re.findall(r"编号: ([a-z-]+)", rules)
    (folder / "rules.yaml").write_text(_in_full(dedent(rules)), encoding="utf-8")
    head = f"案例:\n- 案例: 一\n  规则: [{', '.join(ids)}]\n"
    (folder / "cases" / "one.yaml").write_text(head + indent(dedent(case), "  "), encoding="utf-8")
    return read_rulebook(folder)


@pytest.fixture
def small(tmp_path):
    """small(rules, rows) -> a rulebook of some rules, with one case of some rows; rules is YAML, its 范围 first if it has one, rows a YAML 账册."""

    def written(rules: str, rows: str) -> Rulebook:
        case = f"账册:\n{indent(dedent(rows).strip(), '  ')}\n{NO_EXPECTATION}\n"
        return _written(tmp_path / "small", rules, case)

    return written


@pytest.fixture
def ask(small, second):
    """ask(rules, rows, day, …) -> rows of the results, on which all executions agree; rules is YAML, rows a YAML 账册."""

    def asked(rules: str, rows: str, day: date, what: str = "duties", **more: Any) -> list[SimpleNamespace]:
        rulebook = small(rules, rows)
        results = _agreed(
            second, rulebook, case_book(rulebook.cases[0]), day, **({"scope": "history"} | more)
        )
        return [SimpleNamespace(**row) for row in lines_of(results, what)]

    return asked


@pytest.fixture
def why(tmp_path):
    """why(rules, rows, rule, key, day) -> the lines in which the reasons are told."""

    def asked(rules: str, rows: str, rule: str, key: str, day: date) -> list[str]:
        case = f"账册:\n{indent(dedent(rows).strip(), '  ')}\n{NO_EXPECTATION}\n"
        rulebook = _written(tmp_path / "small", rules, case)
        told = explain((rulebook,), case_book(rulebook.cases[0]), rule, key, day)
        return [line.strip() for line in render(told, "zh").splitlines()]

    return asked


@pytest.fixture
def why_nothing(tmp_path):
    """why_nothing(rules, rows, rule, key, day) -> codes of the reasons why the rule gives nothing for an object that it might have."""

    def asked(rules: str, rows: str, rule: str, key: str, day: date) -> list[str]:
        case = f"账册:\n{indent(dedent(rows).strip(), '  ')}\n{NO_EXPECTATION}\n"
        rulebook = _written(tmp_path / "small", rules, case)
        book = case_book(rulebook.cases[0])
        assert key not in derive((rulebook,), book, day).duties["object"].to_pylist()
        told = explain((rulebook,), book, rule, key, day)
        assert told.duties == ()
        return [reason.code for reason in told.nothing]

    return asked


@pytest.fixture
def holds(tmp_path, second):
    """holds(rules, case): everything that the case (账册, 截至, 起用, 期望) promises comes out, by every execution."""

    def held(rules: str, case: str) -> None:
        rulebook = _written(tmp_path / "small", rules, case)
        (one,) = rulebook.cases
        book = case_book(one)

        def executor(_rulebooks: Any, _book: Any, day: date, **more: Any) -> Results:
            return _agreed(second, rulebook, book, day, scope="history", **more)

        for miss in run_case(one, rulebook, executor):
            wanted, got = miss.expectation, "\n".join(str(row) for row in miss.got)
            pytest.fail(f"{wanted.day} {wanted.object} {dict(wanted.want)}, but there is\n{got}")

    return held
