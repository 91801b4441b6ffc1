"""Messages: one code, two texts, and no message that cannot be said."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from daihou.terms import Catalogue, MessageError


def catalogue_of(folder, text):
    file = folder / "messages.yaml"
    file.write_text(text, encoding="utf-8")
    return Catalogue.read(file, "tests/messages.yaml")


def shipped_catalogues():
    root = Path(str(resources.files("daihou")))
    return sorted(path.relative_to(root) for path in root.rglob("*messages.yaml"))


GREETING = "late: {zh: '逾期 {days} 天', en: '{days} days late'}"


def test_a_message_is_said_in_either_language(tmp_path):
    said = catalogue_of(tmp_path, GREETING)
    assert said.text("late", "zh", days=2) == "逾期 2 天"
    assert said.text("late", "en", days=2) == "2 days late"
    assert list(said) == ["late"]
    assert "late" in said


def test_a_parameter_may_be_named_like_an_argument(tmp_path):
    assert catalogue_of(tmp_path, "m: {zh: '码{code}', en: 'code {code}'}").text("m", "zh", code=7) == "码7"


def test_an_unknown_code_is_an_error(tmp_path):
    with pytest.raises(MessageError, match="no message 'early'"):
        catalogue_of(tmp_path, GREETING).text("early", "zh")


def test_a_missing_parameter_is_an_error(tmp_path):
    with pytest.raises(MessageError, match="missing days"):
        catalogue_of(tmp_path, GREETING).text("late", "en")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("late: 逾期", "exactly zh and en"),
        ("late: {zh: 逾期}", "exactly zh and en"),
        ("late: {zh: 逾期, en: ''}", "non-empty"),
        ("late: {zh: '逾期 {天} 天', en: '{days} days'}", "same parameters"),
    ],
)
def test_an_entry_that_cannot_be_said_is_refused_when_read(tmp_path, entry, told):
    with pytest.raises(MessageError, match=told):
        catalogue_of(tmp_path, entry)


@pytest.mark.parametrize("path", shipped_catalogues(), ids=str)
def test_every_shipped_catalogue_can_be_read(path):
    package = ".".join(["daihou", *path.parent.parts])
    assert list(Catalogue.load(package, path.name))
