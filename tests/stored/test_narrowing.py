"""Lists narrowed to some days, some amounts, one branch: what is asked stands in the address, what cannot be read beside its field."""

import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, on_its_day, taken_in, words_of

from daihou.book import declared
from daihou.ledger.acts import enter
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, values_of
from daihou.trail.models import Event

MORE = (
    "C3,91510000100000000L,J2,甲,担保,贷款担保,流动资金贷款,2000000.50,12,2026-09-01,2027-09-01,在保,否,0,1\n"
    "C4,91510000100000000L,J2,甲,担保,贷款担保,流动资金贷款,300000,6,2026-03-05,2026-09-05,解保,否,0,1\n"
)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    on_its_day(monkeypatch)


@staged
def company(tmp_path):
    """The cast with two contracts more, so that the eastern branch has three and the western one, and with accounts."""
    taken_in(tmp_path / "book", 合同=SHEETS["合同"] + MORE)
    below = {"branch_no": "J4", "title": "东城二部", "company": "G1", "parent_branch": "J2", "has_vault": False, "key": "J4"}  # fmt: skip
    enter("branch", below, by=BY, at=NOW, day=DAY)
    open_accounts([(one, one) for one in "甲乙丙丁己"], PASSWORD, by=BY, at=NOW, sample=True)


def shown(browser, asked, at="/contracts/"):
    """The numbers of the contracts that a list shows."""
    answer = browser.get(f"{at}?{asked}")
    assert answer.status_code == 200, asked
    return sorted(re.findall(r'<tr data-open="/registers/contract/row/(\w+)/"', answer.content.decode()))


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", ["C1", "C2", "C3", "C4"]),
        ("day_of=disbursed_day&day_from=2026-11-01", ["C1", "C2"]),
        ("day_of=disbursed_day&day_from=2026-09-01&day_to=2026-11-01", ["C2", "C3"]),
        ("day_of=maturity_day&day_to=2026年9月5日", ["C4"]),
        ("day_of=nonsense&day_to=2026-03-05", ["C4"]),
        ("money_of=amount&money_from=500000&money_to=1,000,000", ["C1", "C2"]),
        ("money_of=amount&money_from=200万", ["C3"]),
        ("money_of=amount&money_to=2000000.49", ["C1", "C2", "C4"]),
        ("money_of=amount&money_from=&money_to=&day_of=disbursed_day", ["C1", "C2", "C3", "C4"]),
        ("branch=J3", ["C2"]),
        ("branch=J2&money_of=amount&money_from=40万&day_of=disbursed_day&day_to=2026-10-31", ["C3"]),
        ("branch=J3&q=C1", []),
    ],
)
def test_a_list_is_narrowed_by_days_amounts_and_branches_bounds_counted_in(company, asked, rows) -> None:
    assert shown(browser_of("丁"), asked) == rows


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ("day_of=disbursed_day&day_from=2026-02-30", "day_from", "2026-02-30"),
        ("day_of=disbursed_day&day_to=昨天", "day_to", "昨天"),
        ("day_of=disbursed_day&day_from=2026-11-02&day_to=2026-11-01", "day_to", "止比起还早"),
        ("money_of=amount&money_from=约10万", "money_from", "约10万"),
        ("money_of=amount&money_from=2&money_to=1", "money_to", "止比起还小"),
    ],
)
def test_a_bound_that_cannot_be_read_is_told_beside_its_field_and_nothing_is_listed_or_exported(
    company, asked, field, said
) -> None:
    risk = browser_of("丁")
    for address in (f"/contracts/?{asked}", f"/contracts/?{asked}&as=xlsx"):
        answer = risk.get(address)
        assert answer.status_code == 422
        text = words_of(answer)
        assert answer.headers["Content-Type"].startswith("text/html")
        assert f'<a href="#f-{field}">' in text
        assert f'aria-describedby="fault-{field}"' in text
        fault = re.search(rf'id="fault-{field}">([^<]*)<', text)
        assert fault is not None
        assert said in fault[1]
        assert "<tr data-open=" not in text
        assert '<details class="more" open>' in text
    assert not Event.objects.filter(act="export").exists()


def test_export_paging_sorting_and_the_choice_of_columns_keep_what_the_list_is_narrowed_to(company) -> None:
    risk = browser_of("丁")
    asked = "branch=J2&day_of=disbursed_day&day_from=2026-09-01&money_of=amount&money_to=1000000"
    assert shown(risk, asked) == ["C1"]
    book = openpyxl.load_workbook(io.BytesIO(risk.get(f"/contracts/?{asked}&as=xlsx").content))
    assert [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)] == ["C1", "合计"]
    assert Event.objects.get(act="export").after["rows"] == 1
    text = words_of(risk.get(f"/contracts/?{asked}&order=-amount")).replace("&amp;", "&")
    links = re.findall(r'href="\?([^"]*)"', text)
    assert len(links) > 5
    assert [one for one in links if not set(asked.split("&")) <= set(one.split("&"))] == []
    assert f'<input type="hidden" name="back" value="/contracts/?{asked}&order=-amount">' in text


def test_a_viewer_chooses_among_the_branches_that_he_sees(company) -> None:
    offered = {
        who: re.findall(r"<option value=\"(J\d)\"", words_of(browser_of(who).get("/contracts/")))
        for who in "丁乙甲"
    }
    assert offered == {"丁": ["J1", "J2", "J3", "J4"], "乙": ["J2", "J4"], "甲": []}
    assert shown(browser_of("乙"), "branch=J3") == ["C1", "C3", "C4"], "what is not offered is not asked"
    assert shown(browser_of("丙"), "branch=J2") == ["C2"]


def test_every_list_offers_what_its_table_has_and_asks_no_more_for_more_rows(company) -> None:
    auditor = browser_of("己")
    for table in homes().values():
        kinds = {column.type.value for column in values_of(table.table)}
        narrow = auditor.get(f"/registers/{table.table.id}/").context["narrow"]
        names = {one.name for one in narrow.ranges}
        assert names == ({"day"} if kinds & {"date", "happened"} else set()) | (
            {"money"} if "fen" in kinds else set()
        )
        has_branch = any(column.ref == "branch" for column in values_of(table.table))
        assert (narrow.branches is not None) == has_branch
    taken = {column for table in declared().values() for column in table.columns}
    assert not {f"{one}_{end}" for one in ("day", "money") for end in ("of", "from", "to")} & taken
    asked = []
    for number in (0, 30):
        model = homes()["contract"]
        like = model._default_manager.get(key="C1")
        values = {
            one.attname: getattr(like, one.attname)
            for one in model._meta.concrete_fields
            if not one.primary_key
        }
        model._default_manager.bulk_create(model(**values | {"key": f"C1{at}"}) for at in range(number))
        with CaptureQueriesContext(connection) as queries:
            shown(auditor, f"branch=J2&day_of=disbursed_day&day_from=2026-11-0{1 + bool(number)}")
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_columns_that_somebody_chose_stay_chosen_for_him_wherever_he_logs_in(company) -> None:
    risk = browser_of("丁")

    def columns(browser, at="/contracts/") -> list[str]:
        return [column.id for column in browser.get(at).context["list"].columns]

    usual = columns(risk)
    said = {"table": "contract", "col": ["contract_no", "amount", "nothing"], "back": "/contracts/?q=C1"}
    assert risk.post("/preferences/", said).headers["Location"] == "/contracts/?q=C1"
    assert columns(risk) == columns(browser_of("丁")) == ["contract_no", "amount"]
    assert columns(browser_of("己")) == usual, "another's are his own"
    assert columns(risk, "/contracts/?col=client") == ["client"]
    assert columns(risk) == ["contract_no", "amount"], "what an address shows is not kept"
    event = Event.objects.get(act="preference", by="丁")
    assert (event.before, event.after) == ({"contract": []}, {"contract": ["contract_no", "amount"]})
    risk.post("/preferences/", {"table": "contract"})
    assert columns(risk) == usual
    assert risk.post("/preferences/", {"table": "nothing", "col": "x"}).status_code == 404


def test_a_column_by_which_a_list_is_ordered_or_that_the_address_names_stands_in_it_with_its_sum(
    company,
) -> None:
    risk = browser_of("丁")
    contracts = homes()["contract"]._default_manager
    contracts.filter(key="C1").update(outstanding_balance=3_000_00)
    contracts.filter(key="C2").update(outstanding_balance=4_000_00)

    def columns(asked: str = "") -> list[str]:
        return [column.id for column in risk.get(f"/contracts/?{asked}").context["list"].columns]

    usual = columns()
    assert "outstanding_balance" not in usual
    assert columns("order=-outstanding_balance") == [*usual, "outstanding_balance"]
    assert columns("order=amount") == usual
    assert columns("order=nothing&show=nothing") == usual
    asked = "show=outstanding_balance&order=-amount"
    assert columns(asked) == [*usual, "outstanding_balance"]
    assert risk.get(f"/contracts/?{asked}").context["list"].sums["outstanding_balance"] == 7_000_00
    assert columns(f"{asked}&col=client") == ["client", "outstanding_balance", "amount"]
    page = words_of(risk.get(f"/contracts/?{asked}"))
    assert '<input type="hidden" name="show" value="outstanding_balance">' in page, "filtering keeps it"
    assert 'name="back" value="/contracts/?order=-amount"' in page, "who chooses columns chooses all of them"
    book = openpyxl.load_workbook(io.BytesIO(risk.get(f"/contracts/?{asked}&as=xlsx").content))
    heads, *rows, _sums = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert sorted(row[heads.index("在保余额")] or 0 for row in rows) == [0, 0, 3000, 4000]
    clients = [one.id for one in risk.get("/clients/?show=mobile&order=mobile").context["list"].columns]
    assert "mobile" in homes()["party"].table.columns
    assert "mobile" not in clients, "sealed numbers never"


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("empty=settled_day", ["C1", "C2", "C3", "C4"]),
        ("filled=settled_day", []),
        ("filled=disbursed_day&empty=settled_day&status=in_guarantee", ["C1", "C2", "C3"]),
        ("empty=nothing", ["C1", "C2", "C3", "C4"]),
        ("of.account_manager=甲", ["C1", "C3", "C4"]),
        ("of.account_manager=甲&of.branch=J2&money_from=100万", ["C1", "C3"]),
        ("of.client=91510000100000000L&of.account_manager=甲", ["C3", "C4"]),
        ("of.client=不在", []),
    ],
)
def test_a_list_is_narrowed_to_what_names_a_row_and_to_what_is_empty_or_filled_in(
    company, asked, rows
) -> None:
    assert shown(browser_of("丁"), asked) == rows
