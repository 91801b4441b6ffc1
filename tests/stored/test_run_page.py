"""The page of a run: what it moved, each figure leading to just its duties; what it was derived from; missed days and a run again."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from test_duty_list import sheet_of, shown_cells
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in, words_of

from daihou.dayend import beside
from daihou.dayend.acts import follow, run_day
from daihou.dayend.ground import basis
from daihou.duties.completing import closable
from daihou.duties.models import WAITING, DayRun, Duty, DutyChange, RunAsked
from daihou.ledger.acts import correct, enter
from daihou.people.acts import open_accounts
from daihou.policy.rules import rules
from daihou.registers.held import forget
from daihou.web import days, gate

NEXT = DAY + timedelta(1)
FIGURE = re.compile(r'<a class="figure" href="(/duties/\?run=\d+&amp;moved=(\w+))"><b>(\d+)</b>')
BARE = re.compile(r'<div class="figure"><b>([^<]*)</b><span>([^<]*)</span>')


@pytest.fixture
def its_day(monkeypatch):
    """The rules of a guarantee company, on the day of the cast."""
    on_its_day(monkeypatch)


@staged
def house(tmp_path, its_day):
    """The company and its first day; the cashier 戊 is the administrator too."""
    _first_day(tmp_path / "book")


def _first_day(folder) -> None:
    taken_in(folder, 任职=SHEETS["任职"] + "戊,管理员,J1,2025-01-01\n")
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)


@staged
def two_runs(tmp_path, its_day):
    """The first run and the next day's, between them a contract corrected, one not paid out any more, and a duty done."""
    _first_day(tmp_path / "book")
    first = DayRun.objects.get()
    _correct("C1", {"disbursed_day": DAY - timedelta(3)})
    _correct("C2", {"disbursed_day": None, "status": "awaiting_disbursement"})
    done = next(
        one
        for one in Duty.objects.filter(state__in=WAITING).order_by("pk")
        if closable(one, rules().get(one.rule))
    )
    said = {
        "key": f"{done.key}/{DAY}", "duty": done.key, "completion_day": DAY, "completed_by": "丁", "evidence": "记录一",
    }  # fmt: skip
    enter("completion", said, by=BY, at=NOW, day=DAY)
    return first, run_day(NEXT, by=BY, at=NOW + timedelta(1))


def _correct(contract, said, day=DAY) -> None:
    correct("contract", contract, said, by=BY, at=NOW, day=day, reason="记错", decision=said)


def figures(page) -> dict[str, tuple[str, int]]:
    """Of each figure that leads to duties: its address and what it says."""
    return {kind: (html.unescape(address), int(number)) for address, kind, number in FIGURE.findall(page)}


def names(kind, run) -> set[str]:
    """The duties that a run wrote moves of, as the test tells them apart."""
    moves = DutyChange.objects.filter(event=run.event).values_list(
        "duty__rule", "duty__object", "what", "before", "after"
    )
    done = ("on_time", "late")
    which = {
        "closed": lambda what, before, after: what == "state" and after in done and before not in done,
        "withdrawn": lambda what, before, after: (what, after) == ("state", "withdrawn"),
        "reported": lambda what, before, after: what == "reported",
    }[kind]
    return {f"{rule}/{key}" for rule, key, *move in moves if which(*move)}


def test_every_figure_of_a_run_leads_to_just_its_duties(two_runs) -> None:
    first, second = two_runs
    risk, met = browser_of("丁"), set()
    for run in (first, second):
        told = figures(risk.get(f"/days/{run.pk}/").content.decode())
        assert set(told) == {"new", "moved", "closed", "withdrawn", "reported"}
        for kind, (address, number) in told.items():
            answer = risk.get(address)
            met |= {kind} if number else set()
            assert answer.context["total"] == number, (run, kind)
            assert len(sheet_of(risk.get(f"{address}&as=xlsx"))) == 1 + number, (run, kind)
            rows = {f"{row.rule}/{row.object}" for row in answer.context["page"].paginator.object_list}
            if kind in {"closed", "withdrawn", "reported"} and number:
                assert rows == names(kind, run), (run, kind)
    assert (told["new"][1], told["closed"][1], told["withdrawn"][1], told["reported"][1]) == (
        second.found_new, second.closed, second.withdrawn, second.reported,
    )  # fmt: skip
    assert met == set(told)


def test_the_list_of_what_moved_says_what_it_was_and_became(two_runs) -> None:
    first, second = two_runs
    risk = browser_of("丁")
    moved = risk.get(f"/duties/?run={second.pk}&moved=moved&rule=fund-use-check")
    due = DAY + timedelta(7)
    assert f"期限 2026-11-20 → {due}；逾期 → 待办" in words_of(moved)
    assert f"{NEXT} 的推演：期限或状态变了" in words_of(moved)
    book = sheet_of(risk.get(f"/duties/?run={second.pk}&moved=moved&rule=fund-use-check&as=xlsx"))
    assert [row[:-1] for row in book[1:]] == shown_cells(moved)  # the last column says the period
    withdrawn = words_of(risk.get(f"/duties/?run={second.pk}&moved=withdrawn"))
    assert "→ 撤回" in withdrawn
    assert "期限 2026-11-20" not in withdrawn
    assert "上报 " in words_of(risk.get(f"/duties/?run={first.pk}&moved=reported"))


def test_the_list_of_what_moved_is_sorted_by_what_it_became_and_keeps_what_was_asked(two_runs) -> None:
    first, _second = two_runs
    risk = browser_of("丁")
    query = f"/duties/?run={first.pk}&moved=reported&order="
    up, down = (
        [cells[-1] for cells in shown_cells(risk.get(query + order))] for order in ("change", "-change")
    )
    posts = [one.split("（")[0] for one in up]
    assert len(set(posts)) > 1
    assert sorted(up) == sorted(down)
    groups = [one for at, one in enumerate(posts) if at == 0 or posts[at - 1] != one]
    assert len(groups) == len(set(groups))
    page = risk.get(query + "change").content.decode()
    assert f'name="run" value="{first.pk}"' in page
    assert 'name="moved" value="reported"' in page


def test_what_follows_acts_after_a_run_is_none_of_its_figures(two_runs) -> None:
    _first, second = two_runs
    risk = browser_of("丁")
    before = figures(risk.get(f"/days/{second.pk}/").content.decode())
    _correct("C2", {"disbursed_day": NEXT, "status": "in_guarantee"}, NEXT)
    _correct("C1", {"disbursed_day": DAY - timedelta(2)})
    follow(NEXT, by=BY, at=NOW + timedelta(1))
    Duty.objects.create(
        rule="fund-use-check", object="C9", table="contract", state="open", first_run=second, last_run=second
    )
    assert DutyChange.objects.filter(run=second).exclude(event=second.event).exists()
    assert figures(risk.get(f"/days/{second.pk}/").content.decode()) == before
    for address, number in before.values():
        assert risk.get(address).context["total"] == number


def test_who_does_not_see_every_duty_reads_the_figures_alone_and_who_reads_no_runs_finds_nothing_by_them(two_runs) -> None:  # fmt: skip
    _first, second = two_runs
    page = browser_of("戊").get(f"/days/{second.pk}/").content.decode()
    assert figures(page) == {}
    assert (str(second.reported), "上报") in BARE.findall(page)
    mine = browser_of("甲")
    told = words_of(mine.get(f"/duties/?run={second.pk}&moved=withdrawn"))
    assert "的推演：" not in told
    assert mine.get(f"/duties/?run={second.pk}").context["total"] == mine.get("/duties/").context["total"]
    risk = browser_of("丁")
    for unknown in ("9999", "x", "9" * 50, "²"):
        assert risk.get(f"/duties/?run={unknown}").context["total"] == risk.get("/duties/").context["total"]


def test_a_run_of_before_moves_were_kept_says_so_and_leads_nowhere(two_runs) -> None:
    first, _second = two_runs
    DayRun.objects.filter(pk=first.pk).update(event=None, newest_duty=None, reported=None, rules_fingerprint="", facts_fingerprint="")  # fmt: skip
    risk = browser_of("丁")
    page = risk.get(f"/days/{first.pk}/").content.decode()
    assert figures(page) == {}
    assert {(str(first.found_new), "新增"), (str(first.moved), "变动"), ("—", "上报")} <= set(
        BARE.findall(page)
    )
    assert "还不逐件记变动" in page
    assert risk.get(f"/duties/?run={first.pk}&moved=new").context["total"] == 0


def test_a_run_tells_of_which_rules_and_facts_it_is_and_what_differs_from_the_one_before(two_runs) -> None:
    _first, second = two_runs
    again = run_day(NEXT, by=BY, at=NOW + timedelta(1))
    assert (again.rules_fingerprint, again.facts_fingerprint, again.fingerprint) == (
        second.rules_fingerprint, second.facts_fingerprint, second.fingerprint,
    )  # fmt: skip
    boss = browser_of("辛")
    page = boss.get(f"/days/{again.pk}/").content.decode()
    assert page.count("和上一次一样") == 3
    assert all(f"<code>{one}</code>" in page for one in (again.rules_fingerprint, again.facts_fingerprint))
    assert f'href="/trail/{again.event}/"' in page
    assert f'href="/trail/{again.known_event}/"' in page
    page = browser_of("丁").get(f"/days/{second.pk}/").content.decode()  # reads no trail
    assert "/trail/" not in page
    assert (page.count("和上一次一样"), page.count("和上一次不同")) == (1, 2)
    held = basis()
    assert held.rules_fingerprint == again.rules_fingerprint
    assert replace(held, rulebooks=held.rulebooks[1:]).rules_fingerprint != held.rules_fingerprint


def test_missed_days_are_told_before_and_after_they_are_made_good_and_a_day_is_run_again(
    house, monkeypatch
) -> None:
    late = DAY + timedelta(4)
    monkeypatch.setattr(gate, "today", lambda: late)
    risk = browser_of("丁")
    assert "2026-11-24 到 2026-11-26 的 3 天没有推演过" in words_of(risk.get("/days/"))
    risk.post("/days/", {"day": late.isoformat()})
    run = DayRun.objects.first()
    assert "没有推演过" not in words_of(risk.get("/days/"))
    page = words_of(risk.get(f"/days/{run.pk}/"))
    assert "连漏掉的 3 天（2026-11-24 到 2026-11-26）一起补齐" in page
    day = re.search(r'name="day" value="([^"]+)"', page)[1]
    risk.post("/days/", {"day": day})
    newest = DayRun.objects.first()
    assert (newest.pk > run.pk, newest.day, newest.found_new, newest.moved) == (True, late, 0, 0)
    assert "再推演一次" not in words_of(risk.get(f"/days/{run.pk}/"))
    assert "一起补齐" not in words_of(risk.get(f"/days/{newest.pk}/"))


def test_no_question_more_for_a_run_that_moved_many(two_runs) -> None:
    _first, second = two_runs
    risk = browser_of("丁")

    def asked(address) -> int:
        forget()  # what was counted: these moves are written past the storing that says so
        risk.get(address)
        with CaptureQueriesContext(connection) as found:
            assert risk.get(address).status_code == 200
        return len(found)

    pages = (f"/days/{second.pk}/", f"/duties/?run={second.pk}&moved=moved&order=change")
    few = [asked(one) for one in pages]
    like = DutyChange.objects.filter(event=second.event, what="due").first()
    for duty in Duty.objects.filter(table="contract").exclude(pk=like.duty_id)[:30]:
        DutyChange.objects.create(duty=duty, day=like.day, run=second, event=like.event, what="due", before="2026-11-01", after="2026-11-02")  # fmt: skip
    assert [asked(one) for one in pages] == few
    few = asked("/days/")
    for _ in range(30):
        DayRun.objects.create(day=NEXT, at=NOW, by="甲", fingerprint="", known_event=1, seconds={}, asleep=[])
    assert asked("/days/") == few


def test_runs_are_paged(two_runs) -> None:
    for _ in range(60):
        DayRun.objects.create(day=NEXT, at=NOW, by="甲", fingerprint="", known_event=1, seconds={}, asleep=[])
    risk = browser_of("丁")
    first, second = (risk.get(f"/days/?page={page}") for page in (1, 2))
    assert (len(first.context["runs"]), len(second.context["runs"])) == (60, 2)
    assert "第 1 / 2 页" in words_of(first)


# ------------------------------------------------------------------ while it works


def test_a_run_is_worked_on_beside_the_request_and_its_page_tells_how_far_it_is(house, monkeypatch) -> None:
    risk, kept = browser_of("丁"), []
    monkeypatch.setattr(days, "behind", lambda _name, task, broken: kept.append((task, broken)))
    assert risk.post("/days/", {"day": DAY.isoformat()}).status_code == 302
    asked = RunAsked.objects.get()
    assert (asked.state, asked.by, DayRun.objects.count()) == ("working", "丁", 1)
    page = risk.get("/days/").content.decode()
    assert f'hx-get="/days/asked/{asked.pk}/"' in page
    answer = risk.get(f"/days/asked/{asked.pk}/")
    assert ("正在推演 2026-11-23" in answer.content.decode(), "HX-Refresh" in answer.headers) == (True, False)
    assert "正在推演，等它跑完再说。" in risk.post("/days/", {"day": DAY.isoformat()}).content.decode()
    steps = []
    monkeypatch.setattr(beside, "run_day", partial(_watched, steps, asked))
    kept[0][0]()
    asked.refresh_from_db()
    assert steps == ["book", "derive", "write"]
    assert (asked.state, asked.run.day, DayRun.objects.count()) == ("done", DAY, 2)
    assert risk.get(f"/days/asked/{asked.pk}/").headers["HX-Refresh"] == "true"
    assert 'id="at-work"' not in risk.get("/days/").content.decode()
    assert browser_of("甲").get(f"/days/asked/{asked.pk}/").status_code == 403


def _watched(steps, asked, day, *, telling, **said):
    """A run that notes what the page would have told at each step."""

    def told(step) -> None:
        telling(step)
        steps.append(RunAsked.objects.get(pk=asked.pk).doing)

    return run_day(day, telling=told, **said)


def test_a_run_that_failed_or_came_too_late_is_told_to_who_asked_for_it(house, monkeypatch) -> None:
    risk, kept = browser_of("丁"), []
    monkeypatch.setattr(days, "behind", lambda _name, task, broken: kept.append((task, broken)))
    risk.post("/days/", {"day": DAY.isoformat()})
    kept[0][1]()
    assert "推演 2026-11-23 时出了我们的错" in words_of(risk.get("/days/"))
    monkeypatch.setattr(gate, "today", lambda: NEXT)
    risk.post("/days/", {"day": DAY.isoformat()})
    run_day(NEXT, by=BY, at=NOW)
    kept[1][0]()
    assert RunAsked.objects.first().state == "behind"
    assert "别人先推演了更晚的日子" in words_of(risk.get("/days/"))
    assert "别人先推演了更晚的日子" not in words_of(browser_of("辛").get("/days/"))
    assert "已经推演到 2026-11-24" in words_of(risk.post("/days/", {"day": DAY.isoformat()}))
    risk.post("/days/", {"day": NEXT.isoformat()})
    kept[2][0]()
    assert "别人先推演了更晚的日子" not in words_of(risk.get("/days/"))


def test_a_run_whose_process_is_gone_is_not_waited_for(house, monkeypatch) -> None:
    asked = beside.begin(DAY, by=BY, at=NOW)
    assert beside.at_work(NOW + timedelta(minutes=9)) == asked
    assert beside.at_work(NOW + timedelta(minutes=10)) is None
