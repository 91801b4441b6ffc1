"""Handover of responsibility: a list of what somebody holds, signed by three, moved in one act; nobody leaves with open work in his hands."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from staging import staged
from test_day import check_of
from tests_cast import (
    BY,
    DAY,
    NOW,
    PASSWORD,
    SHEETS,
    browser_of,
    guarantee_alone,
    reading_of,
    stored,
    taken_in,
    write_sheets,
)

from daihou.book import domains
from daihou.cli import handover as commands
from daihou.cli.refusal import REFUSED, Stopped
from daihou.dayend.acts import follow, run_day
from daihou.duties.dossier import of_contract
from daihou.duties.handover import may_hand_over, propose, still_his, supervisors, taken_over
from daihou.duties.holdings import Item, held_by, kept_by, open_duties, with_items
from daihou.duties.models import WAITING, Duty, DutyPerson
from daihou.duties.punctuality import by_person
from daihou.duties.signing import changed_since, sign
from daihou.ledger.acts import RowRefusedError, correct, enter, take_in, void
from daihou.ledger.reads import history_of
from daihou.ledger.refusals import refusal as refusal_words
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.signoff.acts import SigningRefusedError, resubmit, send_back
from daihou.signoff.models import Matter
from daihou.terms import terms
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.web import gate
from daihou.web.registers import told_history

HEAD, GIVER, TAKER, CHIEF, ELSEWHERE = (Actor(one) for one in ("乙", "甲", "丙", "辛", "丁"))
C1 = Item("contract", "C1", ("account_manager",))


@pytest.fixture
def small(monkeypatch):
    """The rulebook of guarantees and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


@staged
def work(small, tmp_path):
    """The company with its day derived; 丙 has a post at 甲's branch too, so that he may take over there."""
    posts = SHEETS["任职"] + "丙,客户经理,J2,2025-01-01\n"
    batch = taken_in(tmp_path / "book", 任职=posts)
    run_day(DAY, by=BY, at=NOW)
    return batch


def contract(key="C1"):
    return standing(homes()["contract"]).get(key=key)


def listed(*, by=HEAD, giver="甲", taker="丙", items=None, head_moves=False) -> Matter:
    return propose(
        giver, taker, held_by(giver) if items is None else items, reason="离职", head_moves=head_moves, by=by, at=NOW
    )  # fmt: skip


def refusal(act) -> str:
    with pytest.raises(SigningRefusedError) as refused:
        act()
    return refused.value.code


def leave(who="甲") -> None:
    correct("employee", who, {"left_day": DAY}, by=BY, at=NOW, day=DAY, reason="离职")


def steps_of(matter) -> list[tuple[str, str]]:
    return [(one.post, one.employee) for one in matter.steps.filter(version=matter.version)]


def persons_of(key) -> set[str]:
    found = DutyPerson.objects.filter(
        duty__contract=key, duty__state__in=("open", "overdue"), employee__isnull=False
    )
    return set(found.values_list("employee", flat=True))


@pytest.mark.covers("P17-26")
def test_without_all_three_signatures_nothing_moves_and_with_them_everything_does_in_one_act(work) -> None:
    assert held_by("甲") == [C1]
    matter = listed()
    assert steps_of(matter) == [("account_manager", "甲"), ("account_manager", "丙"), ("general_manager", "")]
    assert "甲" in persons_of("C1")
    for who in (GIVER, TAKER):
        sign(matter, by=who, at=NOW)
        assert contract().account_manager == "甲"
        assert not standing(homes()["responsibility_handover"]).exists()
    before = Event.objects.count()
    sign(
        matter, by=CHIEF, at=NOW
    )  # nobody heads the audit here, nor stands above, so the general manager supervises
    written = Event.objects.order_by("number")[before:]
    assert [one.act for one in written if one.act not in {"enter", "sign", "notify"}] == ["correct-many"]
    assert contract().account_manager == "丙"
    (row,) = standing(homes()["responsibility_handover"])
    assert (row.key, row.contract) == (f"{matter.number}/C1", "C1")
    assert (row.handed_over_by, row.taken_over_by, row.handover_supervisor, row.second_supervisor) == (
        "甲",
        "丙",
        "辛",
        None,
    )
    assert (row.signed_by_giver_day, row.signed_by_taker_day, row.signed_by_supervisor_day) == (DAY, DAY, DAY)
    move = standing(homes()["change_log"]).get(table_name="contract", subject="C1", item="account_manager")
    assert (move.old_value, move.new_value, move.effective_day) == ("甲", "丙", DAY)


@pytest.mark.covers("P17-26")
def test_the_duties_follow_at_once_and_a_full_run_changes_nothing_more(work) -> None:
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert follow(DAY, by=CHIEF, at=NOW)
    assert persons_of("C1") == {"丙"}
    after = stored()
    run_day(DAY, by=BY, at=NOW)
    assert stored() == after


def test_the_history_of_what_moved_tells_of_the_handover_and_of_the_file_that_brought_it(work) -> None:
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert [event.act for event in history_of("contract", "C1")] == ["correct-many", "import"]
    assert [event.act for event in history_of("contract", "C2")] == ["import"]
    viewer = viewer_of("辛", DAY)
    ((moved, number, columns), (_brought, none, _columns)) = told_history(viewer, "contract", "C1")["events"]
    assert (moved.subject, number, columns, none) == (matter.number, matter.pk, "", None)
    ((_moved, hidden, _columns), _) = told_history(viewer_of("戊", DAY), "contract", "C1")["events"]
    assert hidden is None  # the cashier does not see the matter


def test_who_puts_the_list_forward_has_given_his_word_by_that(work) -> None:
    assert steps_of(listed(by=GIVER)) == [("account_manager", "丙"), ("general_manager", "")]
    matter = Matter.objects.get(kind="responsibility_handover")
    for who in (TAKER, CHIEF):
        sign(matter, by=who, at=NOW + timedelta(days=1))
    (row,) = standing(homes()["responsibility_handover"])
    assert (row.signed_by_giver_day, row.signed_by_taker_day) == (DAY, DAY + timedelta(days=1))


def test_for_one_who_is_here_no_more_his_superior_signs_else_the_general_manager(work) -> None:
    end = {"until": DAY - timedelta(days=1)}
    key = standing(homes()["assignment"]).get(employee="甲").key
    correct("assignment", key, end, by=BY, at=NOW, day=DAY, reason="免职")
    assert steps_of(listed(by=Actor("丁")))[0] == ("general_manager", "")
    Matter.objects.update(state="withdrawn", stage=None, decided_at=NOW)
    correct("employee", "甲", {"superior": "乙"}, by=BY, at=NOW, day=DAY, reason="补登")
    post = standing(homes()["assignment"]).get(employee="乙").post
    assert steps_of(listed(by=Actor("丁")))[0] == (post, "乙")


SUPERVISORS = [
    # how the loans were granted    a principal head moves   who supervises
    (("separated",),                False,                   ("general_manager", "audit_head")),
    (("separated", None),           False,                   ("general_manager", "audit_head")),
    (("single_product",),                   False,                   ("general_manager",)),
    (("unseparated",),              False,                   ("audit_head",)),
    ((None,),                       False,                   ("audit_head",)),
    (("single_product", "unseparated"),     False,                   ("general_manager", "audit_head")),
    (("separated",),                True,                    ("audit_head",)),
    ((),                            False,                   ("audit_head",)),
]  # fmt: skip


@pytest.mark.covers("P17-26")
@pytest.mark.parametrize(("granted", "head_moves", "expected"), SUPERVISORS)
def test_who_supervises_follows_from_how_the_loans_were_granted(
    company, granted, head_moves, expected
) -> None:
    for key, kind in zip(("C1", "C2"), granted, strict=False):
        correct("contract", key, {"separation": kind}, by=BY, at=NOW, day=DAY, reason="补登")
    items = [
        Item("contract", key, ("account_manager",)) for key, _ in zip(("C1", "C2"), granted, strict=False)
    ]
    assert supervisors(items, head_moves=head_moves) == expected


def test_all_kinds_of_holdings_are_listed_and_ended_ones_are_not(work) -> None:
    party = standing(homes()["party"]).filter(title="张三").get()
    correct("party", party.key, {"caretaker": "甲"}, by=BY, at=NOW, day=DAY, reason="补登")
    correct("employee", "戊", {"superior": "甲"}, by=BY, at=NOW, day=DAY, reason="补登")
    correct("contract", "C2", {"manager_b": "甲"}, by=BY, at=NOW, day=DAY, reason="补登")
    for key, done in (("J1", None), ("J2", DAY)):
        said = {"key": key, "errand_no": key, "employee": "甲", "matter": "送件", "assigned_day": DAY, "until": DAY, "deadline": DAY, "completed_day": done}  # fmt: skip
        fields = {one.name for one in homes()["errand"]._meta.get_fields()}
        enter(
            "errand", {name: value for name, value in said.items() if name in fields}, by=BY, at=NOW, day=DAY
        )
    assert held_by("甲") == [
        C1, Item("contract", "C2", ("manager_b",)), Item("party", party.key, ("caretaker",)), Item("errand", "J1", ("employee",)),
        Item("employee", "戊", ("superior",)),
    ]  # fmt: skip
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert held_by("甲") == []
    assert (contract("C2").manager_b, contract("C2").account_manager) == ("丙", "丙")
    assert standing(homes()["errand"]).get(key="J2").employee == "甲"  # done by him, and that stays true
    assert standing(homes()["party"]).get(key=party.key).title == "张三"


@pytest.mark.covers("P17-01", "P17-26")
def test_managing_moves_and_what_one_answers_for_in_granting_stays(work) -> None:
    """A finding of responsibility for a stage before the money went out, and one for managing, both against the giver."""
    table = homes()["liability_finding"].table
    words = {column.word: column.id for column in table.columns.values()}
    flags = {words[one]: False for one in ("不可抗力", "被误导", "书面反对", "逆程序", "集体反对")}
    for stage in ("调查", "审批", "管理"):
        key = {"contract": "C1", "employee": "甲", words["环节"]: terms().find(stage).id}
        values = {**key, **flags, words["启动日"]: DAY, "key": "/".join(key.values())}
        enter("liability_finding", values, by=BY, at=NOW, day=DAY)
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert contract().account_manager == "丙"
    assert set(standing(homes()["liability_finding"]).values_list("employee", flat=True)) == {"甲"}


def test_a_contract_that_has_ended_is_held_as_long_as_a_duty_of_it_is_open(work) -> None:
    assert DutyPerson.objects.filter(
        duty__contract="C1", duty__state__in=("open", "overdue", "not_yet")
    ).exists()
    said = {"status": "released", "settled_day": DAY}
    correct("contract", "C1", said, by=BY, at=NOW, day=DAY, reason="解保")
    assert held_by("甲") == [C1]
    run_day(DAY, by=BY, at=NOW)
    open_now = DutyPerson.objects.filter(
        duty__contract="C1", duty__state__in=("open", "overdue", "not_yet"), duty__withdrawn_on__isnull=True
    )
    assert (held_by("甲") == [C1]) is open_now.exists()


def test_a_list_is_refused_where_it_makes_no_sense(work) -> None:
    assert refusal(lambda: listed(items=[])) == "nothing-to-hand-over"
    assert refusal(lambda: listed(taker="甲")) == "same-person"
    assert refusal(lambda: listed(taker="庚")) == "nobody-such"  # has left
    assert refusal(lambda: listed(items=[Item("contract", "C2", ("account_manager",))])) == "not-his-any-more"
    assert refusal(lambda: propose("甲", "丙", [C1], reason=" ", by=HEAD, at=NOW)) == "reason-missing"
    listed()
    assert refusal(lambda: listed(taker="乙")) == "not-his-any-more"  # it stands on the first list


def test_what_went_to_another_meanwhile_stays_there(work) -> None:
    correct("contract", "C2", {"account_manager": "甲"}, by=BY, at=NOW, day=DAY, reason="换人")
    matter = listed()
    assert not changed_since(matter)
    correct("contract", "C2", {"account_manager": "乙"}, by=BY, at=NOW, day=DAY, reason="换人")
    assert changed_since(matter)
    assert still_his(matter.content) == [C1]
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert (contract("C1").account_manager, contract("C2").account_manager) == ("丙", "乙")


def test_a_list_is_not_altered_by_what_its_own_approval_wrote_and_is_by_what_others_write_after_it(
    work,
) -> None:
    said = {
        "key": "J1",
        "errand_no": "J1",
        "employee": "甲",
        "matter": "送件",
        "assigned_day": DAY,
        "deadline": DAY,
    }
    enter("errand", said, by=BY, at=NOW, day=DAY)
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        assert not changed_since(matter)
        sign(matter, by=who, at=NOW)
    matter.refresh_from_db()
    assert (matter.state, contract().account_manager, changed_since(matter)) == ("approved", "丙", False)
    open_accounts([("辛", "辛")], PASSWORD, by=BY, at=NOW, sample=True)
    page = browser_of("辛").get(f"/matters/{matter.pk}/").content.decode()
    assert "呈签之后，这件事在台账里又改过" not in page
    # what the taker does with it is no change of what went to him
    correct("errand", "J1", {"completed_day": DAY}, by=TAKER, at=NOW, day=DAY, reason="办好")
    assert not changed_since(matter)
    for back_to in ("乙", "甲"):
        correct("contract", "C1", {"account_manager": back_to}, by=BY, at=NOW, day=DAY, reason="换人")
        assert changed_since(matter), back_to


def test_what_a_list_names_is_compared_in_one_question_for_each_table(
    work, django_assert_num_queries
) -> None:
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    matter.refresh_from_db()
    matter.content = matter.content | {"items": [C1.plain()] * 40}
    with django_assert_num_queries(1):
        assert len(taken_over(matter.content)) == 40


def test_the_last_signature_is_refused_where_nothing_can_move_any_more(work) -> None:
    matter = listed()
    for who in (GIVER, TAKER):
        sign(matter, by=who, at=NOW)
    correct("contract", "C1", {"account_manager": "乙"}, by=BY, at=NOW, day=DAY, reason="换人")
    assert refusal(lambda: sign(matter, by=CHIEF, at=NOW)) == "not-his-any-more"
    correct("contract", "C1", {"account_manager": "甲"}, by=BY, at=NOW, day=DAY, reason="换回")
    end = {"until": DAY - timedelta(days=1)}
    correct("assignment", "丙/account_manager/J2/2025-01-01", end, by=BY, at=NOW, day=DAY, reason="免职")
    assert (
        refusal(lambda: sign(matter, by=CHIEF, at=NOW)) == "taker-unfit"
    )  # still an account manager, elsewhere
    correct("assignment", "丙/account_manager/J3/2025-01-01", end, by=BY, at=NOW, day=DAY, reason="免职")
    assert refusal(lambda: sign(matter, by=CHIEF, at=NOW)) == "taker-left"
    matter.refresh_from_db()
    assert (matter.state, contract("C1").account_manager) == ("under_way", "甲")


def test_a_list_that_was_returned_is_put_forward_again_as_it_is_now(work) -> None:
    matter = listed()
    send_back(matter, by=GIVER, at=NOW, opinion="C2 也是我的")
    resubmit(matter, matter.content, by=HEAD, at=NOW, remark="看过，不是")
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert contract().account_manager == "丙"


def test_nobody_supervises_his_own_handover(work) -> None:
    correct("contract", "C1", {"account_manager": "辛"}, by=BY, at=NOW, day=DAY, reason="总经理自己管")
    assert refusal(lambda: listed(giver="辛")) == "nobody-to-sign"  # nobody stands above him here
    enter(
        "assignment", {"key": "丁/audit_head/J1/2025-01-01", "employee": "丁", "post": "audit_head", "branch": "J1", "since": date(2025, 1, 1)},
        by=BY, at=NOW, day=DAY,
    )  # fmt: skip
    assert steps_of(listed(giver="辛"))[-1] == ("audit_head", "")


@pytest.mark.covers("P05-15")
def test_nobody_leaves_while_rows_name_him_by_whatever_way_it_is_written(work, tmp_path) -> None:
    with pytest.raises(RowRefusedError) as refused:
        leave()
    assert (refused.value.code, refused.value.key) == ("work-held", "甲")
    sheets = {"员工": "工号,姓名,机构,离职日\n甲,甲某,J2,2026-11-20\n"}
    folder = tmp_path / "leaving"
    folder.mkdir()
    (folder / "员工.csv").write_text(sheets["员工"], encoding="utf-8")
    from daihou.book import read_book
    from daihou.registers.rows import stands

    book = read_book(folder, elsewhere=stands).book
    with pytest.raises(RowRefusedError, match="work-held"):
        take_in(book, by=BY, at=NOW, day=DAY, file="员工.csv", digest="d2", read=1, left_out=0)
    assert standing(homes()["employee"]).get(key="甲").left_day is None
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    leave()
    assert standing(homes()["employee"]).get(key="甲").left_day == DAY


def test_a_file_that_moves_the_work_too_may_say_that_somebody_left(work, tmp_path) -> None:
    moved = SHEETS["合同"].replace("J2,甲,", "J2,乙,")
    left = SHEETS["员工"].replace("甲,甲某,J2,\n", "甲,甲某,J2,2026-11-20\n")
    reading = reading_of(write_sheets(tmp_path / "both", 合同=moved, 员工=left))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d3", read=9, left_out=0)
    assert standing(homes()["employee"]).get(key="甲").left_day == date(2026, 11, 20)


MAY = [
    # who    posts                       甲 at J2   丙 at J3   why
    ("甲",   "account manager",          True,      False),   # his own
    ("乙",   "head of J2",               True,      False),   # his branch only
    ("丁",   "risk manager, company",    False,     False),   # sees the staff, but neither heads nor keeps them
    ("辛",   "general manager",          True,      True),
    ("戊",   "cashier",                  False,     False),
    ("己",   "auditor",                  False,     False),   # reads only
    ("庚",   "has left",                 False,     False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "post", "east", "west"), MAY)
def test_who_may_put_a_handover_forward(company, who, post, east, west) -> None:
    viewer = viewer_of(who, DAY)
    assert (may_hand_over(viewer, "甲"), may_hand_over(viewer, "丙")) == (east, west), post


def test_the_page_from_the_list_to_the_last_signature(work, monkeypatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    open_accounts([(one, one) for one in "甲乙丙辛"], PASSWORD, by=BY, at=NOW, sample=True)
    head = browser_of("乙")
    page = head.get("/handovers/甲/").content.decode()
    assert "合同 1 份" in page
    assert "C1 张三" in page
    answer = head.post("/handovers/甲/", {"person": "谁", "reason": "换岗", "item": "contract:C1"})
    assert answer.status_code == 422
    assert "没有这个人" in answer.content.decode()
    answer = head.post("/handovers/甲/", {"person": "丙某", "reason": "换岗"})
    assert "没有选要移交的事项" in answer.content.decode()
    answer = head.post("/handovers/甲/", {"person": "丙某（丙）", "reason": "换岗", "item": "contract:C1"})
    matter = Matter.objects.get(kind="responsibility_handover")
    assert answer.headers["Location"] == f"/matters/{matter.pk}/"
    assert "已在另一份移交单上" in head.get("/handovers/甲/").content.decode()
    for login in "甲丙辛":
        browser = browser_of(login)
        points = browser.get("/matters/").context["lines"][0].points
        assert [one.texts for one in points] == [("1 项",), ("换岗",)]
        page = browser.get(f"/matters/{matter.pk}/").content.decode()
        assert "C1 张三" in page, login
        assert (
            browser.post(f"/matters/{matter.pk}/", {"act": "sign", "digest": matter.digest}).status_code
            == 302
        )
    assert contract().account_manager == "丙"
    assert persons_of("C1") == {"丙"}
    assert "没有要移交的" in head.get("/handovers/甲/").content.decode()


def test_who_keeps_the_staff_moves_what_he_does_not_see_and_is_told_only_how_much(work) -> None:
    enter(
        "assignment", {"key": "戊/personnel_officer/J1/2025-01-01", "employee": "戊", "post": "personnel_officer", "branch": "J1", "since": date(2025, 1, 1)},
        by=BY, at=NOW, day=DAY,
    )  # fmt: skip
    open_accounts([("戊", "戊"), ("己", "己")], PASSWORD, by=BY, at=NOW, sample=True)
    keeper = browser_of("戊")
    page = keeper.get("/handovers/甲/").content.decode()
    assert "另有 1 项您的岗位看不到" in page
    assert "张三" not in page
    waiting = Duty.objects.filter(state__in=WAITING, withdrawn_on__isnull=True, persons__employee="甲").distinct().count()  # fmt: skip
    for address in ("/duties/?person=甲", "/registers/employee/row/甲/"):
        page = keeper.get(address).content.decode()
        assert f"另有 {waiting} 项您的岗位看不到" in page, address
        assert "张三" not in page
    assert "您的岗位看不到" not in browser_of("己").get("/duties/?person=甲").content.decode()
    answer = keeper.post("/handovers/甲/", {"person": "丙", "reason": "离职"})
    assert answer.status_code == 302
    page = keeper.get(answer.headers["Location"]).content.decode()
    assert "另有 1 项您的岗位看不到" in page
    assert "张三" not in page


@pytest.fixture
def on_the_command_line(work, monkeypatch):
    """The commands inside the test's own database, on its day."""
    monkeypatch.setattr(commands, "enter", lambda home, lang: None)
    monkeypatch.setattr(commands.given, "today", lambda: DAY)
    return commands


def test_the_commands_list_what_somebody_holds_and_put_it_forward(on_the_command_line, capsys) -> None:
    home = Path("home")
    assert on_the_command_line.show(home, "甲", "zh", as_json=False) == 0
    said = capsys.readouterr().out
    assert "C1" in said
    assert "甲某 名下 1 项" in said
    ask = {"giver": "甲", "taker": "丙", "reason": "离职", "head_moves": False, "as_json": True}
    refused = [
        # only    by     what is said
        ([],      "戊",  "戊 不能替 甲 提移交"),
        (["C2"],  "乙",  "不在他名下，或已在签的移交单上：C2"),
    ]  # fmt: skip
    for only, by, text in refused:
        with pytest.raises(Stopped) as stopped:
            on_the_command_line.propose(home, "zh", only=only, by=by, **ask)
        assert text in stopped.value.lines[0]
    with pytest.raises(Stopped) as stopped:
        on_the_command_line.propose(home, "en", only=[], by="乙", **{**ask, "taker": "庚"})
    assert stopped.value.code == REFUSED
    assert on_the_command_line.propose(home, "zh", only=["C1"], by="乙", **ask) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 1
    on_the_command_line.show(home, "甲", "en", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["items"] == [
        {"table": "contract", "key": "C1", "columns": ["account_manager"], "listed": True}
    ]


def test_the_statements_of_a_handover_do_not_grow_with_its_rows(work) -> None:
    """The list and the move of one contract and of thirty."""
    counts = []
    for many in (1, 30):
        base = contract("C2")
        for number in range(many):
            values = {one.attname: getattr(base, one.attname) for one in base._meta.concrete_fields}
            for name in ("id", "recorded", "voided", "batch_id", "event", "void_event"):
                values.pop(name)
            key = f"M{many}-{number}"
            enter(
                "contract",
                {**values, "key": key, "contract_no": key, "account_manager": "甲"},
                by=BY,
                at=NOW,
                day=DAY,
            )
        with CaptureQueriesContext(connection) as asked:
            matter = listed()
            for who in (GIVER, TAKER, CHIEF):
                sign(matter, by=who, at=NOW)
        counts.append(len(asked))
        assert held_by("甲") == []
    assert counts[1] < counts[0] + 5, counts  # rows go in by batches of as many as a statement bears


@pytest.mark.covers("P17-26")
def test_what_the_giver_finished_stays_his_and_what_is_open_goes(work) -> None:
    """In the overview's tally and in the due-diligence file; a full run on the same day leaves it so, and sent back it is the taker's."""
    finished = Duty.objects.get(contract="C1", rule="fund-use-check")
    still_open = Duty.objects.get(contract="C1", rule="regular-inspection")
    check = check_of("C1", DAY, seals().mark("510000199803180019"))
    enter("inspection", check, by=GIVER, at=NOW, day=DAY)
    assert follow(DAY, by=GIVER, at=NOW)
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert follow(DAY, by=CHIEF, at=NOW)
    assert whose(finished) == ["甲"]
    assert whose(still_open) == ["丙"]
    after = stored()
    run_day(DAY, by=BY, at=NOW)
    assert stored() == after
    file = {one["rule"]: one["persons"] for one in of_contract("C1", rules()).said["duties"]}
    assert [one["employee"] for one in file["fund-use-check"]] == ["甲"]
    (his,) = by_person(Duty.objects.filter(pk=finished.pk))
    assert his.employee == "甲"
    void("inspection", check["key"], by=BY, at=NOW, day=DAY, reason="没有办完")
    assert follow(DAY, by=BY, at=NOW)
    assert whose(finished) == ["丙"]


def whose(duty) -> list[str]:
    return list(DutyPerson.objects.filter(duty=duty).order_by("ordinal").values_list("employee", flat=True))


def keeps_besides(who="甲") -> dict[str, str]:
    """A watch-listed client with a step, a measure, a plan and an unread notice in the charge of one of the cast; their keys by table."""
    party = standing(homes()["party"]).filter(title="张三").get().key
    warning = f"S01/{party}/1/severe"
    rows = {
        "watch_listing": {"key": "W1", "watch_no": "W1", "party": party, "listed_day": DAY, "watch_reason": "回款慢", "plan_kind": first_of("plan_kind", "watch_listing"), "responsible_person": who},
        "watch_step": {"key": "W1/1", "watch_listing": "W1", "ordinal": 1, "step_told": "催收", "deadline": DAY},
        "warning": {"key": warning, "rule": "S01", "party": party, "occurrence": "1", "level": "severe", "raised_day": DAY, "origin": "by_system"},
        "response": {"key": f"{warning}/{first_of('measure', 'response')}/{DAY}", "warning": warning, "measure": first_of("measure", "response"), "decided_day": DAY, "responsible_person": who},
        "mitigation": {"key": warning, "warning": warning, "mitigation_cause": first_of("mitigation_cause", "mitigation"), "raised_day": DAY, "executor": who, "deadline": DAY, "decided_day": DAY},
        "risk_notice": {"key": "T1", "risk_notice_no": "T1", "notice_topic": first_of("notice_topic", "risk_notice"), "title": "钢价下跌", "remark": "看库存", "sent_day": DAY, "sent_by": "丁"},
        "notice_reading": {"key": f"T1/{who}", "risk_notice": "T1", "employee": who},
    }  # fmt: skip
    for table, values in rows.items():
        enter(table, values, by=BY, at=NOW, day=DAY)
    return {table: str(values["key"]) for table, values in rows.items()}


def first_of(column: str, table: str) -> str:
    return domains()[homes()[table].table.columns[column].enum][0]


@pytest.mark.covers("P17-26")
def test_every_duty_on_the_signed_list_goes_and_none_stays_with_who_leaves(work) -> None:
    keeps_besides()
    assert follow(DAY, by=BY, at=NOW)
    asked = {"watch-list-look", "watch-list-step", "mitigation-carried-out", "risk-notice-reading"}
    matter = listed()
    on_it = {one["rule"] for one in matter.content["duties"]}
    assert asked <= on_it
    assert {one["duty"] for one in matter.content["duties"]} == {one.key for one in open_duties("甲")}
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert follow(DAY, by=CHIEF, at=NOW)
    assert not open_duties("甲").exists()
    assert on_it <= {one.rule for one in open_duties("丙")}
    assert standing(homes()["notice_reading"]).get().key == "T1/丙"
    after = stored()
    run_day(DAY, by=BY, at=NOW)
    assert stored() == after
    leave()


def test_a_client_off_the_watch_list_is_held_as_long_as_a_month_of_it_is_open(work) -> None:
    keeps_besides()
    correct("watch_listing", "W1", {"listed_day": date(2026, 10, 5), "delisted_day": date(2026, 11, 20)}, by=BY, at=NOW, day=DAY, reason="移出")  # fmt: skip
    assert follow(DAY, by=BY, at=NOW)
    look = open_duties("甲").filter(rule="watch-list-look")
    assert look.exists()
    assert Item("watch_listing", "W1", ("responsible_person",)) in held_by("甲")
    assert set(dict(with_items(list(look), held_by("甲"))).values()) == {("watch_listing", "W1")}


def test_a_notice_that_the_taker_has_to_read_already_is_read_once(work) -> None:
    keeps_besides()
    enter("notice_reading", {"key": "T1/丙", "risk_notice": "T1", "employee": "丙"}, by=BY, at=NOW, day=DAY)
    matter = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    assert [one.key for one in standing(homes()["notice_reading"])] == ["T1/丙"]
    assert held_by("甲") == []


def test_leaving_is_refused_with_all_that_is_still_held(work) -> None:
    keeps_besides()
    with pytest.raises(RowRefusedError) as refused:
        leave()
    assert refusal_words(refused.value) == (
        "甲 名下还有合同 1 份、关注名单 1 户、化解方案 1 份、处置措施 1 项、未阅的风险提示 1 份："
        "先办责任移交，签完再登记离职；他自己做过的事由他办完。"
    )


def test_nobody_leaves_with_a_file_of_the_archive(work) -> None:
    sign_all = listed()
    for who in (GIVER, TAKER, CHIEF):
        sign(sign_all, by=who, at=NOW)
    kind = first_of("volume_kind", "file_volume")
    volume = {"key": f"C1/{kind}", "contract": "C1", "volume_kind": kind, "formed_day": DAY}
    enter("file_volume", volume, by=BY, at=NOW, day=DAY)
    lent = {"key": "JY1", "archive_loan_no": "JY1", "file_volume": volume["key"], "borrowed_by": "甲", "lent_day": DAY, "return_due_day": DAY}  # fmt: skip
    enter("archive_loan", lent, by=BY, at=NOW, day=DAY)
    with pytest.raises(RowRefusedError, match="work-held") as refused:
        leave()
    assert refused.value.said["told"] == "借出没还的档案 1 卷"
    correct("archive_loan", "JY1", {"given_back_day": DAY}, by=BY, at=NOW, day=DAY, reason="还了")
    leave()


def test_what_one_did_himself_is_finished_by_him_before_he_leaves(monkeypatch, work) -> None:
    """The filing of a call-back that he made goes to nobody else: the list leaves it out, and he does not leave before it is filed."""
    guarantee_alone(monkeypatch, "microloan")
    correct("contract", "C1", {"business_line": "micro_loan"}, by=BY, at=NOW, day=DAY, reason="补登")
    party = standing(homes()["party"]).filter(title="张三").get().key
    row = {"key": "H1", "call_back_no": "H1", "client": party, "contract": "C1", "on_day": DAY, "kind": first_of("kind", "call_back"), "first_visitor": "甲"}  # fmt: skip
    enter("call_back", row, by=BY, at=NOW, day=DAY)
    run_day(DAY, by=BY, at=NOW)
    filing = Duty.objects.get(rule="visit-filing")
    assert ("call_back", "H1") not in {(one.table, one.key) for one in held_by("甲")}
    assert kept_by("甲") == [Item("call_back", "H1", ("first_visitor",))]
    assert dict(with_items([filing], held_by("甲"))) == {filing: None}
    matter = listed()
    assert filing.key not in {one["duty"] for one in matter.content["duties"]}
    for who in (GIVER, TAKER, CHIEF):
        sign(matter, by=who, at=NOW)
    with pytest.raises(RowRefusedError, match="work-held") as refused:
        leave()
    assert refused.value.said["told"] == "未归档的回访 1 次"
    correct("call_back", "H1", {"filed_day": DAY}, by=BY, at=NOW, day=DAY, reason="归档")
    leave()


TAKERS = [
    # who   post and branch besides      takes 甲's contract at J2
    ("丙", None, True),  # account manager at J2 and J3
    ("乙", None, False),  # heads the department, has no clients of his own
    ("己", None, False),  # audits
    ("丁", None, False),  # manages risk
    ("己", ("account_manager", "J2"), True),
    ("己", ("account_manager", "J1"), True),  # above the branch of the contract
    ("己", ("account_manager", "J3"), False),  # beside it
    ("己", ("cashier", "J2"), False),
]


@pytest.mark.parametrize(("who", "besides", "takes"), TAKERS)
def test_only_who_holds_the_post_at_a_fitting_branch_takes_over(work, who, besides, takes) -> None:
    if besides is not None:
        post, branch = besides
        values = {"key": f"{who}/{post}/{branch}/2026-01-01", "employee": who, "post": post, "branch": branch, "since": date(2026, 1, 1)}  # fmt: skip
        enter("assignment", values, by=BY, at=NOW, day=DAY)
    if takes:
        assert listed(taker=who).content["taker"] == who
    else:
        assert refusal(lambda: listed(taker=who)) == "taker-unfit"


def test_an_unfit_taker_is_refused_beside_the_field(work) -> None:
    open_accounts([("乙", "乙")], PASSWORD, by=BY, at=NOW, sample=True)
    asked = {"person": "己", "reason": "离职", "item": "contract:C1"}
    answer = browser_of("乙").post("/handovers/甲/", asked)
    assert answer.status_code == 422
    assert "不担任能接手这些事的岗位" in str(answer.context["form"].errors["person"])
    assert not Matter.objects.exists()
