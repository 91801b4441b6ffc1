"""The cast of the stored rooms' tests: a small company with two branches, and how it gets into the database."""

import re
from datetime import UTC, date, datetime
from functools import cache

from django.conf import settings
from django.test import Client
from django.utils import timezone

from daihou.book import Reading, read_book
from daihou.policy import books, rules
from daihou.trail.acts import SYSTEM, Actor

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BY = Actor(SYSTEM, "test")
PASSWORD = "right horse battery"  # noqa: S105 - of accounts that live as long as a test

# 甲 owns the contract C1 at J2; 乙 is his head at J2; 丙 is an account manager at J3 and must see nothing of it;
# 丁 manages risk for the whole company; 戊 is the cashier of J2; 己 audits; 庚 has left.
SHEETS = {
    "公司": "公司号,名称,类型,自\nG1,测试融资担保有限公司,融资担保公司,2026-01-01\n",
    "机构": "机构号,名称,公司,上级机构,有库\nJ1,总部,G1,,否\nJ2,东城分公司,G1,J1,否\nJ3,西城分公司,G1,J1,否\n",
    "员工": "工号,姓名,机构,离职日\n甲,甲某,J2,\n乙,乙某,J2,\n丙,丙某,J3,\n丁,丁某,J1,\n戊,戊某,J2,\n己,己某,J1,\n庚,庚某,J2,2026-06-30\n辛,辛某,J1,\n",
    "任职": (
        "员工,岗位,机构,自\n甲,客户经理,J2,2025-01-01\n乙,业务部经理,J2,2025-01-01\n丙,客户经理,J3,2025-01-01\n"
        "丁,风控部经理,J1,2025-01-01\n戊,出纳,J2,2025-01-01\n己,审计员,J1,2025-01-01\n庚,客户经理,J2,2025-01-01\n辛,总经理,J1,2025-01-01\n"
    ),
    "主体": (
        "证件号,名称,种类,国有,手机\n91510000100000000L,东城食品有限公司,企业,否,\n510000199803180019,张三,个人,否,13800000001\n"
        "51000019860709002X,李四,个人,否,13800000002\n"
    ),
    "合同": (
        "合同号,客户,机构,客户经理,业务线,产品,品种,金额,期限月,放款日,到期日,状态,董事会批准,展期次数,风险分类\n"
        "C1,510000199803180019,J2,甲,担保,贷款担保,流动资金贷款,1000000,12,2026-11-10,2027-11-10,在保,否,0,1\n"
        "C2,91510000100000000L,J3,丙,担保,贷款担保,流动资金贷款,500000,12,2026-11-01,2027-11-01,在保,否,0,1\n"
    ),
    "反担保": "合同,反担保人,方式,自\nC1,51000019860709002X,保证,2026-11-10\n",
}


def write_sheets(folder, **changed):
    """The company as CSV files; ``changed`` replaces sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**SHEETS, **changed}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def reading_of(folder):
    """A checked book, whose every fault is a mistake of the test."""
    files = sorted(folder.iterdir())
    if any(not file.is_file() or file.suffix != ".csv" for file in files):
        return _without_errors(folder)
    sheets = tuple((file.name, file.read_bytes()) for file in files)
    if sheets not in READ:
        if len(READ) == MOST_READ:
            del READ[next(iter(READ))]
        READ[sheets] = _without_errors(folder)
    return READ[sheets]


MOST_READ = 60
READ: dict[tuple[tuple[str, bytes], ...], Reading] = {}
"""What was read of sheets: hundreds of tests begin with the same company, and nobody changes what was read."""


def _without_errors(folder):
    reading = read_book(folder)
    assert [fault.reason("zh") for fault in reading.faults if fault.severity == "error"] == []
    return reading


def taken_in(folder, **changed):
    """The company taken in, ``changed`` sheets and all; what was taken in."""
    # models are known only once Django is ready
    from daihou.ledger.acts import take_in

    reading = reading_of(write_sheets(folder, **changed))
    read = sum(reading.rows_read.values())
    return take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=read, left_out=0)


def at_work(folder, sheets, people: str) -> None:
    """A company of these sheets alone taken in, its day run, and accounts for these people."""
    # models are known only once Django is ready
    from daihou.dayend.acts import run_day
    from daihou.ledger.acts import take_in
    from daihou.people.acts import open_accounts

    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    take_in(reading_of(folder).book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    run_day(DAY, by=BY, at=NOW)
    open_accounts([(one, one) for one in people], PASSWORD, by=BY, at=NOW, sample=True)


def stored() -> dict[str, list[tuple[object, ...]]]:
    """All that desks show, without the numbers of rows and runs."""
    # models are known only once Django is ready
    from daihou.duties.models import Duty, DutyPerson, GapPerson, GapRow
    from daihou.registers.kept import homes, standing

    own = {"id", "first_run_id", "last_run_id"}
    said = [field.attname for field in Duty._meta.concrete_fields if field.attname not in own]
    duty = ("duty__rule", "duty__object", "duty__occurrence")
    person = (*duty, "ordinal", "role", "post", "employee", "answerable", "branch", "pool", "fallback")
    gap = (
        "gap__rule",
        "gap__object",
        "gap__part",
        "ordinal",
        "role",
        "post",
        "employee",
        "branch",
        "pool",
        "fallback",
    )
    raised = ("key", "raised_day", "contract", "signal")
    return {
        "duties": list(Duty.objects.order_by("rule", "object", "occurrence").values_list(*said)),
        "persons": sorted(DutyPerson.objects.values_list(*person), key=str),
        "gaps": sorted(GapRow.objects.values_list("rule", "object", "part", "columns")),
        "asked": sorted(GapPerson.objects.values_list(*gap), key=str),
        "warnings": list(standing(homes()["warning"]).order_by("key").values_list(*raised)),
    }


def browser_of(login: str) -> Client:
    """The browser of one of the cast, who came in by the login page with the password of the cast."""
    client = Client()
    answer = client.post("/login/", {"login": login, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def words_of(answer) -> str:
    """What a page says, without the tokens drawn for each answer."""
    return without_tokens(answer.content.decode())


def without_tokens(text: str) -> str:
    """A text without what is drawn by lot for each answer: 64 random letters and figures may hold any short word."""
    return re.sub(r"(?<![A-Za-z0-9])[A-Za-z0-9]{64}(?![A-Za-z0-9])", "", text)


def on_its_day(patch, *others: str) -> None:
    """The rules of a guarantee company, and a few others; what the pages take for today and for now is the day of the cast."""
    guarantee_alone(patch, *others)
    on_the_day(patch)


def on_the_day(patch) -> None:
    """What the pages take for today and for now is the day of the cast; the made-up company would show the work of every kind."""
    # the gate knows models, and they are known only once Django is ready
    from daihou.web import gate

    patch.setattr(settings, "DAIHOU_SAMPLE", False)
    patch.setattr(gate, "today", lambda: DAY)
    patch.setattr(timezone, "now", lambda: NOW)


def guarantee_alone(patch, *others: str) -> None:
    """A company that works by one rulebook, or a few: the machinery is the same for all, and the tests are quicker."""
    patch.setattr(settings, "DAIHOU_SAMPLE", False)
    patch.setitem(books.BOOKS_BY_KIND, "guarantee_company", ("guarantee", *others))
    patch.setattr(rules, "rules_of_kind", cache(rules.rules_of_kind.__wrapped__))
