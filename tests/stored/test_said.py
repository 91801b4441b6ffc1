"""What pages call things: in words, and in the language of who reads."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.duties.models import DayRun, GapRow
from daihou.people.acts import open_accounts

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def its_day(monkeypatch):
    """The day of the cast."""
    on_its_day(monkeypatch)


@staged
def house(tmp_path):
    """The company, and its risk manager's account."""
    taken_in(tmp_path / "book")
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)


def text_of(page: str) -> str:
    """The words between the tags of a page's main part."""
    return re.sub(r"<[^>]*>", " ", page.split("<main")[1].split("</main>", maxsplit=1)[0])


def reader(lang: str):
    """The risk manager, who reads in a language."""
    browser = browser_of("丁")
    browser.post("/preferences/", {"lang": lang})
    return browser


def test_the_registers_are_headed_by_the_words_of_their_rooms(house) -> None:
    page = words_of(reader("zh").get("/registers/"))
    headings = re.findall(r"<h2>([^<]*)</h2>", page)
    assert "代偿与追偿" in headings
    assert all(CHINESE.search(one) for one in headings)


def test_in_english_the_registers_are_told_in_english(house) -> None:
    browser = reader("en")
    for address in ("/registers/", "/registers/compensation/"):
        assert not CHINESE.search(text_of(words_of(browser.get(address)))), address


@pytest.mark.parametrize(("lang", "said"), [("zh-hans", "追偿动作"), ("en", "Recovery action")])
def test_how_far_a_file_is_names_the_table_in_words(lang, said) -> None:
    with translation.override(lang):
        shown = render_to_string(
            "web/_progress.html", {"work": {"state": "checking", "doing": "recovery_action", "share": 40}}
        )
    assert said in shown
    assert "recovery_action" not in shown


def test_in_english_a_rule_is_called_by_its_label_and_says_once_that_its_text_is_chinese(house) -> None:
    browser = reader("en")
    for address in ("/rules/", "/rules/regular-inspection/"):
        page = words_of(browser.get(address))
        assert page.count("Rules are written in Chinese") == 1, address
        assert "Guarantee" in text_of(page)
        told = re.sub(r'<(\w+)[^>]* lang="zh".*?</\1>', "", page, flags=re.DOTALL)
        told = re.sub(r"<tr><td>[^<]*</td>", "", told)  # figures, which have no English name
        assert not CHINESE.search(text_of(told)), address
    assert "Rules are written in Chinese" not in words_of(reader("zh").get("/rules/"))


def test_a_run_counts_the_gaps_that_it_lists(house) -> None:
    told = {
        "day": DAY,
        "at": NOW,
        "by": "test",
        "fingerprint": "",
        "known_event": 0,
        "seconds": {},
        "asleep": [],
        "gaps": 3,
    }
    first, second = DayRun.objects.create(**told), DayRun.objects.create(**told)
    for run, key in ((first, "C1"), (first, "C2"), (second, "C3")):
        GapRow.objects.create(
            run=run, rule="regular-inspection", object=key, part="due", columns="risk_class"
        )
    browser = reader("zh")
    newest, older = (words_of(browser.get(f"/days/{run.pk}/")) for run in (second, first))
    assert '<span class="quiet">3</span>' in newest
    assert 'data-label="几处">3</td>' in newest
    assert 'data-label="几处">2</td>' in older
    assert "这次推演共 3 处" in older
    GapRow.objects.filter(run=first).delete()
    older = words_of(browser.get(f"/days/{first.pk}/"))
    assert "没有缺项。" not in older
    assert "这次没有新的缺项，或者都已补上。" in older


def test_what_is_lacking_in_a_reminder_is_told_beside_its_field(house) -> None:
    refused = reader("zh").post("/reminders/", {"day": "", "text": "去看客户"})
    page = words_of(refused)
    assert refused.status_code == 422
    assert '<div class="fault" role="alert">请写上日子。</div>' in page
    assert "请写上内容" not in page
    assert 'value="去看客户"' in page


def test_a_correction_marks_that_its_reason_is_needed(house) -> None:
    page = words_of(reader("zh").get("/registers/party/row/91510000100000000L/correct/"))
    assert '<label for="id_reason">更正的理由 <span class="must" title="必填">*</span>' in page


def test_on_a_phone_every_value_of_a_post_and_of_a_rule_says_what_it_is(house) -> None:
    browser = reader("zh")
    for address in ("/posts/", "/rules/"):
        page = words_of(browser.get(address))
        bare = [
            one
            for one in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
            if re.search(r"</td>\s*<td(?![^>]*data-label)", one)
        ]
        assert bare == [], address
