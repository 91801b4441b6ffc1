"""The vocabulary: each word has one identifier and back, and every word is used."""

from __future__ import annotations

from importlib import resources

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daihou.book import RECORDED, VOIDED, declared, domains, posts
from daihou.terms import Terms, UnknownTermError, WordsError, YamlError, terms
from daihou.terms.vocabulary import load_terms

# Rulebooks and forms name these; the book does not.
OUTSIDE_THE_BOOK = (
    "acts",
    "facts",
    "forms",
    "language",
    "rights",
)  # told of by the trail, the rulebooks, the language and the table of rights


def names_declared_by_the_book():
    yield from (RECORDED, VOIDED)
    for table in declared().values():
        yield table.id
        yield from table.columns
    for domain, values in domains().items():
        yield domain
        yield from values
    yield from posts()


def vocabulary_of(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_terms(folder)


@settings(max_examples=200)
@given(st.sampled_from(list(terms())))
def test_word_and_identifier_lead_to_each_other(term):
    assert terms().id(term.word) == term.id
    assert terms().word(term.id) == term.word
    assert terms().find(term.word) == terms().find(term.id) == term


def test_every_word_and_every_identifier_stands_once():
    every = list(terms())
    assert len({t.word for t in every}) == len({t.id for t in every}) == len(every) == len(terms())


def test_every_name_the_book_declares_is_a_term():
    assert [name for name in names_declared_by_the_book() if terms().by_id(name) is None] == []


def test_no_word_is_left_that_nothing_declares(tmp_path):
    folder = resources.files("daihou.terms") / "words"
    for file in folder.iterdir():
        if not file.name.startswith(OUTSIDE_THE_BOOK):
            (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    used = set(names_declared_by_the_book())
    assert [t.word for t in load_terms(tmp_path) if t.id not in used] == []


def test_no_identifier_is_a_reserved_word_of_sql():
    rows = duckdb.sql(
        "select keyword_name from duckdb_keywords() where keyword_category in ('reserved', 'type_function')"
    ).fetchall()
    assert [t.id for t in terms() if (t.id,) in rows] == []


def test_no_identifier_begins_like_the_reader_s_own_columns():
    assert [t.id for t in terms() if t.id.startswith("_")] == []


@pytest.mark.parametrize(
    ("chinese", "identifier", "english"),
    [
        ("合同", "contract", "Contract"),
        ("变更记录", "change_log", "Change log"),
        ("数据截至", "data_through", "Data through"),
        ("录入日", "recorded", "Recorded on"),
        ("作废日", "voided", "Voided on"),
        ("本息逾期", "S01", "Principal or interest overdue"),
        ("待办", "open", "Open"),
    ],
)
def test_a_reader_of_either_language_sees_a_label(chinese, identifier, english):
    assert terms().label(identifier, "zh") == chinese
    assert terms().label(identifier, "en") == english


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("合同好", "合同"), ("放款曰", "放款日"), ("contrct_no", "contract_no"), ("客户经里", "客户经理")],
)
def test_a_slip_finds_what_was_meant(typed, meant):
    assert terms().closest(typed) == meant


def test_a_slip_is_sought_among_the_names_given_and_answered_in_its_own_alphabet():
    assert terms().closest("放款曰", ["disbursed_day", "maturity_day"]) == "放款日"
    assert terms().closest("disbursd_day", ["放款日", "到期日"]) == "disbursed_day"
    assert terms().closest("用途检查期", ["用途检查期限", "缓冲"]) == "用途检查期限"


def test_what_is_nothing_like_any_word_finds_nothing():
    assert terms().closest("zzzzqqqq") is None


def test_an_unknown_name_is_told_with_what_was_perhaps_meant():
    with pytest.raises(UnknownTermError, match="放款日"):
        terms().id("放款曰")
    with pytest.raises(UnknownTermError, match="contract_no"):
        terms().word("contract_nr")
    assert terms().by_word("放款曰") is terms().by_id("x_y_z") is terms().find("没有") is None


def test_two_files_make_one_vocabulary(tmp_path):
    read = vocabulary_of(tmp_path, a="合同: [contract, Contract, 约定]", b="客户: [client, Client, 借钱的人]")
    assert isinstance(read, Terms)
    assert [t.id for t in read] == ["contract", "client"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("合同: contract", "identifier, English label"),
        ("合同: [contract, Contract]", "identifier, English label"),
        ("合同: [on, Contract, 约定]", "must be text"),
        ("合同: [contract, '', 约定]", "must be text"),
        ("合同: [Contract, Contract, 约定]", "lower_case"),
        ("合同: [a__b, Contract, 约定]", "lower_case"),
        ("合同: [class, Contract, 约定]", "keyword of Python"),
        ("合同: [contract, 合同, 约定]", "plain English"),
        ("合同: [contract, Contract, agreement]", "meaning must be Chinese"),
        ("contract: [contract, Contract, 约定]", "must be Chinese"),
        ("合 同: [contract, Contract, 约定]", "no spaces"),
        ("合同: [contract, Contract, 约定]\n约: [contract, Contract, 约定]", "already belongs to 合同"),
    ],
)
def test_a_line_that_cannot_stand_is_refused_with_its_reason(tmp_path, line, told):
    with pytest.raises(WordsError, match=told) as refused:
        vocabulary_of(tmp_path, broken=line)
    assert refused.value.file == "broken.yaml"


def test_a_word_in_two_files_is_refused_and_both_files_are_named(tmp_path):
    with pytest.raises(WordsError, match=r"b\.yaml: 合同: .*in a\.yaml"):
        vocabulary_of(tmp_path, a="合同: [contract, Contract, 约定]", b="合同: [pact, Pact, 约定]")


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("合同: [a, A, 甲]\n合同: [b, B, 乙]", 2, "stands twice"),
        ("1: [a, A, 甲]", 1, "not text"),
        ("- 合同", 1, "one mapping"),
        ("合同: a: b", 1, "mapping values are not allowed"),
    ],
)
def test_a_file_that_is_not_strict_yaml_is_refused_with_its_line(tmp_path, text, line, told):
    with pytest.raises(YamlError, match=told) as refused:
        vocabulary_of(tmp_path, broken=text)
    assert (refused.value.file, refused.value.line) == ("broken.yaml", line)


def test_an_empty_file_holds_no_terms(tmp_path):
    assert list(vocabulary_of(tmp_path, empty="# nothing yet\n")) == []
