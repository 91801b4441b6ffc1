"""How people find a row: by a part of its number or name, by pinyin initials, by what it refers to; and lists too long to be counted each time."""

import pytest
from django.http import QueryDict
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, SHEETS, browser_of, guarantee_alone, taken_in

from daihou.book import declared
from daihou.ledger.acts import correct
from daihou.people.acts import open_accounts
from daihou.registers.finding import fill, initials, words_of
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import is_mark, seals
from daihou.screens import lists
from daihou.screens.lists import listing, searched
from daihou.web import gate


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The rules of a guarantee company and the day of the cast."""
    guarantee_alone(monkeypatch)
    monkeypatch.setattr(gate, "today", lambda: DAY)


@staged
def company(tmp_path):
    """The cast, with accounts."""
    taken_in(tmp_path / "book")
    open_accounts([(one, one) for one in "甲丁辛"], PASSWORD, by=BY, at=NOW, sample=True)


def found(table, words):
    """The names of the rows that some words find."""
    named = {"party": "title", "employee": "full_name", "contract": "contract_no"}[table]
    rows = searched(standing(homes()[table]), declared()[table], words)
    return sorted(rows.values_list(named, flat=True))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("东城食品有限公司", ("dcspyxgs",)),
        ("单雄信", ("dxx", "cxx", "sxx")),  # as a surname shàn
        ("曾国藩", ("cgf", "zgf")),
        ("重庆长安", ("cqca", "zqca", "tqca")),
        ("HT公司A1", ("htgsa1",)),
        ("HT2026001", ()),
        ("", ()),
    ],
)
def test_the_initials_of_a_name(name, said) -> None:
    assert initials(name) == said


@pytest.mark.parametrize(
    ("table", "words", "rows"),
    [
        ("party", "东城", ["东城食品有限公司"]),
        ("party", "dcsp", ["东城食品有限公司"]),
        ("party", "DCSP", ["东城食品有限公司"]),
        ("party", "csp", ["东城食品有限公司"]),
        ("party", "zs", ["张三"]),
        ("party", "0019", ["张三"]),  # the end of his number
        ("party", "510000199803180019", ["张三"]),
        ("party", "zz", []),
        ("employee", "dm", ["丁某"]),
        ("contract", "C1", ["C1"]),
        ("contract", "dcsp", ["C2"]),
        ("contract", "张三", ["C1"]),
        ("contract", "jm", ["C1"]),  # its account manager
        ("contract", "", ["C1", "C2"]),
    ],
)
def test_what_some_words_find(company, table, words, rows) -> None:
    assert found(table, words) == rows


def test_a_name_set_right_is_found_by_what_it_is_now(company) -> None:
    key = standing(homes()["party"]).get(title="张三").key
    correct("party", key, {"title": "章丘"}, by=BY, at=NOW, day=DAY, reason="写错")
    assert (found("party", "zq"), found("party", "zs")) == (["章丘"], [])


def test_a_private_number_is_no_word(company) -> None:
    row = standing(homes()["party"]).get(title="张三")
    assert is_mark(row.key)
    assert row.found_by == "张三\nzs"
    assert words_of(declared()["party"], vars(row)) == row.found_by


def test_rows_from_before_get_their_words(company) -> None:
    model = homes()["party"]
    before = list(model._default_manager.order_by("pk").values_list("pk", "found_by"))
    model._default_manager.filter(title="张三").update(found_by="")
    fill(model._meta.db_table, model.table)
    assert list(model._default_manager.order_by("pk").values_list("pk", "found_by")) == before


def test_the_box_finds_by_initials_what_the_viewer_may_see(company) -> None:
    seen = browser_of("丁").get("/find/?q=dcsp").content.decode()
    assert "东城食品有限公司" in seen
    assert "张三" not in seen
    assert (
        "东城食品有限公司" not in browser_of("甲").get("/find/?q=dcsp").content.decode()
    )  # of another branch


def test_a_list_of_many_is_counted_and_summed_when_that_is_asked_for(company, monkeypatch) -> None:
    rows, table = standing(homes()["contract"]), declared()["contract"]
    short = listing(rows, table, QueryDict(), most=1)
    assert (short.total, short.more, short.money, len(short.page.object_list)) == (1, True, [], 1)
    whole = listing(rows, table, QueryDict("whole=1"), most=1)
    assert (whole.total, whole.more, len(whole.page.object_list)) == (2, False, 2)
    assert [total for column, total in whole.money if column.id == "amount"] == [150_000_000]
    monkeypatch.setitem(lists.listing.__kwdefaults__, "most", 1)
    leader = browser_of("辛")
    page = leader.get("/contracts/").content.decode()
    assert "1 条以上" in page
    assert "whole=1" in page
    assert "共 2 条" in leader.get("/contracts/?whole=1").content.decode()


@pytest.mark.django_db
@pytest.mark.covers("P17-02")
def test_the_file_of_a_client_lies_on_his_page_and_those_of_his_contracts(tmp_path) -> None:
    head, zhang, li = SHEETS["主体"].splitlines()[0], "510000199803180019", "51000019860709002X"
    taken_in(
        tmp_path / "book",
        主体=f"{head},授信额度,银行评级\n{zhang},张三,个人,否,13800000001,1500000,3\n{li},李四,个人,否,13800000002,,\n",
        合同=(
            "合同号,客户,机构,客户经理,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,审批单号,核销日,核销损失\n"
            f"C1,{zhang},J2,甲,担保,贷款担保,流动资金贷款,1000000,12,2025-11-10,2026-11-10,核销,否,0,SP-7,2026-11-20,42000\n"
        ),
        放款申请=f"申请号,客户,申请日,金额\nSQ1,{zhang},2026-11-02,300000\n",
        检查=f"走访号,合同,种类,客户,检查日,结果,紧急\nZF9,C1,常规,{zhang},2026-05-10,完成,否\n",
        催收动作="动作号,合同,种类,日期,结果\nCS1,C1,电话,2026-11-12,十二号还\n",
    )
    open_accounts([("丁", "丁")], PASSWORD, by=BY, at=NOW, sample=True)
    risk = browser_of("丁")
    client = risk.get(f"/registers/party/row/{seals().mark(zhang)}/").content.decode()
    for said in ("1,500,000", "银行评级", "放款申请", "SQ1", "C1", "ZF9"):
        assert said in client, said
    contract = risk.get("/registers/contract/row/C1/").content.decode()
    for said in ("SP-7", "2025-11-10", "李四", "ZF9", "十二号还", "2026-11-20", "42,000"):
        assert said in contract, said
