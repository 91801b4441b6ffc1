"""What was in time: counted as a head would count it by hand, and shown on one page."""

import html
import re
from datetime import date, timedelta
from urllib.parse import unquote

import pytest
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, guarantee_alone

from daihou.dayend.acts import run_day
from daihou.duties import finding
from daihou.duties.crediting import posts_counted
from daihou.duties.models import DayRun, Duty, DutyPerson
from daihou.duties.punctuality import PostTally, Tally, by_person, ended, fell_due, overdue_by_post
from daihou.ledger.acts import enter
from daihou.people.acts import open_accounts
from daihou.people.reads import viewer_of
from daihou.registers import held
from daihou.registers.kept import homes, standing
from daihou.trail.models import Event
from daihou.web import gate, overview

A, HEAD, POOL = ("甲", "account_manager"), ("乙", "business_manager"), (None, "cashier")

#   due            done           state      who   counted in November
DUTIES = [
    ("2026-10-31", "2026-10-31", "on_time", A, None),
    ("2026-11-01", "2026-11-01", "on_time", A, "on_time"),
    ("2026-11-10", "2026-11-09", "on_time", HEAD, "on_time"),
    ("2026-11-10", "2026-11-11", "late", A, "late"),
    ("2026-11-20", None, "overdue", POOL, "undone"),
    ("2026-11-20", None, "missed", A, "undone"),
    ("2026-11-23", None, "open", A, None),  # today, and not over yet
    ("2026-11-23", "2026-11-23", "on_time", A, "on_time"),
    ("2026-11-24", "2026-11-20", "on_time", A, None),  # falls due only tomorrow
    ("2026-11-12", None, "waived", A, None),
]


@staged
def worked():
    """The duties of the table, and one withdrawn."""
    run = DayRun.objects.create(day=DAY, at=NOW, by="x", fingerprint="", known_event=0, seconds={}, asleep=[])
    for number, (due, done, state, (employee, post), _counted) in enumerate(DUTIES):
        made(run, number, due, done, state, employee, post)
    made(run, len(DUTIES), "2026-11-02", None, "overdue", "甲", "account_manager", withdrawn_on=DAY)


def made(run, number, due, done, state, employee, post, **said):
    duty = Duty.objects.create(
        rule="r", object=str(number), table="contract", due=date.fromisoformat(due), state=state,
        done=None if done is None else date.fromisoformat(done), first_run=run, last_run=run, **said,
    )  # fmt: skip
    for ordinal, who in enumerate((employee, "己")):
        DutyPerson.objects.create(
            duty=duty, ordinal=ordinal, role="", post=post, employee=who, pool=who is None, answerable=True
        )


def november():
    return fell_due(Duty.objects.all(), date(2026, 11, 1), DAY)


def test_each_duty_of_the_period_is_counted_once_by_how_it_ended(worked) -> None:
    counted = [one[-1] for one in DUTIES if one[-1]]
    found = ended(november()).tally()
    assert found == Tally(*(counted.count(how) for how in ("on_time", "late", "undone"))) == Tally(3, 1, 2)
    assert found.rate == 50
    assert ended(fell_due(Duty.objects.all(), date(2026, 12, 1), date(2026, 12, 31))).tally().rate is None


@pytest.mark.parametrize(
    ("moved", "months"),
    [
        pytest.param({}, ["2026-10", "2026-11"], id="from the first in which anything was due"),
        pytest.param(
            {"0": "2026-03-05"},
            [f"2026-{month:02}" for month in range(3, 12)],
            id="the empty ones between stay",
        ),
    ],
)
def test_the_picture_of_the_months_begins_with_the_first_duty(worked, moved, months) -> None:
    for key, due in moved.items():
        Duty.objects.filter(object=key).update(due=due)
    year = ended(fell_due(Duty.objects.all(), date(2025, 12, 1), DAY))
    told = overview.chart_of(year, DAY)
    assert told["months"] == months
    assert {len(one["values"]) for one in (*told["series"], told["rate"])} == {len(months)}


def test_by_person_the_worst_is_first_and_the_second_person_of_a_duty_is_not_asked(worked) -> None:
    DutyPerson.objects.filter(duty__object="3").update(
        post=None
    )  # whom the register named falls to him without a post
    assert [(one.employee, one.posts, one.tally) for one in by_person(november())] == [
        (None, ("cashier",), Tally(0, 0, 1)),
        ("甲", ("account_manager",), Tally(2, 1, 1)),
        ("乙", ("business_manager",), Tally(1, 0, 0)),
    ]


def test_by_month_of_the_due_day_and_overdue_now_by_post(worked) -> None:
    year = fell_due(Duty.objects.all(), date(2025, 12, 1), DAY)
    assert ended(year).by_month() == {date(2026, 10, 1): Tally(1, 0, 0), date(2026, 11, 1): Tally(3, 1, 2)}
    assert overdue_by_post(Duty.objects.all(), {}) == [PostTally("cashier", 1)]


def test_a_duty_of_several_counts_for_who_did_it_and_the_list_says_the_same(company, worked) -> None:
    """己 is the second of every duty; two were done by him, one of them with the first, who counts before him."""
    for number, who in (("1", "己"), ("2", "己"), ("2", "乙")):
        duty = Duty.objects.get(object=number)
        said = {"key": f"{duty.key}/{who}", "duty": duty.key, "completion_day": DAY, "completed_by": who, "evidence": "x"}  # fmt: skip
        enter("completion", said, by=BY, at=NOW, day=DAY)
    found = {one.employee: one.tally for one in by_person(november())}
    assert found == {None: Tally(0, 0, 1), "甲": Tally(1, 1, 1), "乙": Tally(1, 0, 0), "己": Tally(1, 0, 0)}
    viewer = viewer_of("辛", DAY)
    asked = {"since": date(2026, 11, 1), "until": DAY, "first": True, "stands": "on_time"}
    for who, numbers in (("甲", ["7"]), ("己", ["1"]), ("乙", ["2"])):
        rows = finding.found(viewer, finding.Sought(person=who, **asked), DAY)
        assert sorted(rows.values_list("object", flat=True)) == numbers


def test_what_is_overdue_for_somebody_a_register_named_counts_under_his_post(company, worked) -> None:
    run = DayRun.objects.get()
    for number, who in ((20, "甲"), (21, "庚")):
        made(run, number, "2026-11-05", None, "overdue", who, None)
    told = overdue_by_post(Duty.objects.all(), posts_counted(DAY))
    assert told == [
        PostTally(None, 1, ("庚",)),
        PostTally("account_manager", 1),
        PostTally("cashier", 1),
    ]  # 庚 has left
    viewer = viewer_of("辛", DAY)
    for post, numbers in (("account_manager", ["20"]), (finding.NOBODY, ["21"])):
        rows = finding.found(viewer, finding.Sought(stands="overdue", first=True, post=post), DAY)
        assert sorted(rows.values_list("object", flat=True)) == numbers


def test_the_page_is_for_heads_and_its_export_is_on_record(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in "甲丁"], PASSWORD, by=BY, at=NOW, sample=True)
    manager, risk = browser_of("甲"), browser_of("丁")
    assert manager.get("/overview/").status_code == 404
    text = risk.get("/overview/?period=month").content.decode()
    assert "2026-11-01" in text
    assert "0.0%" in text  # one check fell due on the 20th, and nobody did it
    assert "过期未办" in text
    whole = risk.get("/overview/people/?period=month").context
    assert (
        len(whole["rows"]),
        whole["rest"],
        [one.number for one, _named in whole["overdue"] if one.post == "account_manager"],
    ) == (2, 0, [2])
    monkeypatch.setattr(overview, "LISTED", 1)
    assert "还有 1 人" in risk.get("/overview/people/?period=month").content.decode()
    assert "还有" not in risk.get("/overview/people/?period=month&all=1").content.decode()
    assert "&amp;all=1" in risk.get("/overview/?period=month&all=1").content.decode()
    taken = risk.get("/overview/?as=xlsx")
    assert unquote(taken.headers["Content-Disposition"]).endswith("按时率-2026-11-23.xlsx")
    assert taken.content.startswith(b"PK")
    assert Event.objects.get(act="export").by == "丁"


def test_each_figure_of_the_contracts_leads_to_those_that_it_counts(company, monkeypatch) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    risk = browser_of("丁")
    contracts = standing(homes()["contract"])
    first, second, *_ = contracts.order_by("key")
    contracts.filter(pk=first.pk).update(maturity_day=DAY - timedelta(1))
    contracts.filter(pk=second.pk).update(maturity_day=DAY + timedelta(30))
    page = risk.get("/overview/")
    figures, asked = page.context["portfolio"], page.context["asked"]
    assert (figures["past"], figures["within_30"]) == (1, 1)
    for name, query in asked.items():
        listed = risk.get(f"/contracts/?{query}").context["list"]
        assert listed.total == figures[name], name
        assert f'href="/contracts/?{query.replace("&", "&amp;")}' in page.content.decode(), name
    past = risk.get(f"/contracts/?{asked['past']}")
    assert [row.key for row in past.context["list"].page] == [first.key]
    assert "没有填结清日" in past.content.decode()


@pytest.mark.parametrize("address", ["/", "/overview/"])
def test_each_balance_leads_to_a_list_that_shows_and_sums_it(company, monkeypatch, address) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    risk = browser_of("丁")
    page = risk.get(address)
    asked = re.findall(r'href="(/contracts/[^"]*order=-(\w+_balance)[^"]*)"', page.content.decode())
    names = {
        "principal_balance": "principal",
        "nominal_balance": "nominal",
        "outstanding_balance": "outstanding",
        "liability_balance": "liability",
    }
    assert {"outstanding_balance", "liability_balance"} <= {column for _link, column in asked}
    for number, column in enumerate(names):
        standing(homes()["contract"]).update(**{column: (number + 1) * 100})
    held.forget()
    figures = risk.get(address).context["portfolio"]
    for link, column in asked:
        listed = risk.get(html.unescape(link)).context["list"]
        assert column in [one.id for one in listed.columns], link
        assert listed.sums[column] == figures[names[column]], link


def test_arrears_stand_by_how_long_the_earliest_instalment_of_each_contract_is_behind(
    company, monkeypatch
) -> None:
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)
    open_accounts([(one, one) for one in "乙丁"], PASSWORD, by=BY, at=NOW, sample=True)
    asked = {
        "C1": ((1, 31, 0, None), (2, 1, 0, None), (3, 60, 100, 60)),
        "C2": ((1, 30, 40, None), (2, 0, 0, None)),
    }
    for contract, plan in asked.items():
        for number, days, paid, paid_off in plan:
            values = {
                "contract": contract, "instalment_no": number, "due_day": DAY - timedelta(days), "due_amount": 100, "paid_amount": paid,
                "paid_off_day": None if paid_off is None else DAY - timedelta(paid_off), "key": f"{contract}/{number}",
            }  # fmt: skip
            enter("instalment", values, by=BY, at=NOW, day=DAY)
    risk = browser_of("丁")
    told = risk.get("/overview/people/").context["arrears"]
    ages = [(one.since, one.contracts, one.instalments, one.amount) for one in told["ages"] if one.contracts]
    assert ages == [(1, 1, 1, 60), (31, 1, 2, 200)]
    assert (told["contracts"], told["instalments"], told["amount"]) == (2, 3, 260)
    assert risk.get(f"/registers/instalment/?{told['asked']}").context["list"].total == 3
    eastern = browser_of("乙").get("/overview/people/").context["arrears"]
    assert (eastern["contracts"], eastern["amount"]) == (1, 200)
    # a source that is complete up to the due day of the later one says nothing yet of what came after
    enter(
        "data_through",
        {"table_name": "instalment", "through": DAY - timedelta(30), "key": "instalment"},
        by=BY,
        at=NOW,
        day=DAY,
    )
    told = risk.get("/overview/people/")
    assert (told.context["arrears"]["contracts"], told.context["arrears"]["amount"]) == (1, 100)
    assert "数据到 2026-10-24" in told.content.decode()
