"""The list of duties: what somebody may see and nothing else, looked for, sorted, paged, taken as Excel; and every figure that leads to it."""

import html
import io
import re
from datetime import date, datetime

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from staging import staged
from tests_cast import BY, DAY, NOW, PASSWORD, browser_of, on_its_day, taken_in, words_of

from daihou.duties.finding import ORDERS
from daihou.duties.models import DayRun, Duty, DutyPerson
from daihou.people.acts import open_accounts
from daihou.registers.kept import homes, standing
from daihou.trail.models import Event
from daihou.web import duties as page

HERE = ("C1", "J2")
THERE = ("C2", "J3")
LOOSE = (None, "J2")
JIA, YI, BING, DING = (
    ("甲", "account_manager"),
    ("乙", "business_manager"),
    ("丙", "account_manager"),
    ("丁", None),
)
POOL, NOBODY = (None, "cashier"), (None, "archivist")
USE, VISIT, CASH = "fund-use-check", "regular-inspection", "cash-over-limit"

# no   rule   where  due           state       done          persons
DUTIES = {
    1: (VISIT, HERE, "2026-11-10", "overdue", None, [JIA]),
    2: (USE, HERE, "2026-11-20", "overdue", None, [JIA, YI]),
    3: (USE, HERE, "2026-11-23", "open", None, [YI]),
    4: (VISIT, HERE, "2026-11-28", "open", None, [DING]),
    5: (VISIT, HERE, None, "open", None, [JIA]),
    6: (VISIT, HERE, "2026-12-20", "not_yet", None, [JIA]),
    7: (VISIT, HERE, "2026-11-05", "on_time", "2026-11-04", [JIA]),
    8: (USE, HERE, "2026-11-06", "late", "2026-11-09", [JIA]),
    9: (USE, HERE, "2026-11-07", "missed", None, [YI, JIA]),
    10: (USE, HERE, "2026-11-08", "waived", None, [JIA]),
    11: (USE, HERE, "2026-11-09", "overdue", None, [JIA]),  # withdrawn
    12: (VISIT, THERE, "2026-11-12", "overdue", None, [BING]),
    13: (USE, THERE, "2026-11-24", "open", None, [BING]),
    14: (CASH, LOOSE, "2026-11-18", "overdue", None, [POOL]),
    15: (CASH, LOOSE, "2026-11-30", "open", None, [NOBODY]),
    16: (CASH, LOOSE, "2026-11-22", "open", None, [("甲", "account_manager"), ("甲", "business_manager")]),
}  # fmt: skip
WITHDRAWN = 11
EAST = set(DUTIES) - {12, 13}
WAITS = {1, 2, 3, 4, 5, 12, 13, 14, 15, 16}


@staged
def listed(tmp_path):
    """The company with the duties of the table, and accounts."""
    taken_in(tmp_path / "book")
    run = DayRun.objects.create(day=DAY, at=NOW, by="x", fingerprint="", known_event=0, seconds={}, asleep=[])
    clients = dict(standing(homes()["contract"]).values_list("key", "client"))
    for number, (rule, (contract, branch), due, state, done, persons) in DUTIES.items():
        duty = Duty.objects.create(
            rule=rule, object=contract or branch, occurrence=str(number), table="contract" if contract else "branch", contract=contract,
            party=clients.get(contract), branch=branch, due=due and date.fromisoformat(due), state=state,
            done=done and date.fromisoformat(done), first_run=run, last_run=run, withdrawn_on=DAY if number == WITHDRAWN else None,
        )  # fmt: skip
        for ordinal, (employee, post) in enumerate(persons):
            DutyPerson.objects.create(
                duty=duty, ordinal=ordinal, post=post, employee=employee, branch=branch, pool=(employee, post) == POOL
            )  # fmt: skip
    open_accounts([(one, one) for one in "甲乙丙丁戊辛"], PASSWORD, by=BY, at=NOW, sample=True)


@pytest.fixture
def at(listed, monkeypatch):
    """Somebody at the list: at("甲", "?person=mine") is what he was answered."""
    on_its_day(monkeypatch)
    came = {}

    def ask(who, query="", page="/duties/"):
        came.setdefault(who, browser_of(who))
        answer = came[who].get(f"{page}{query}")
        assert answer.status_code == 200, (who, query)
        return answer

    return ask


def numbers(answer) -> list[int]:
    """The numbers of the table's duties, in the order in which a page shows them."""
    told = dict(Duty.objects.values_list("pk", "occurrence"))
    return [int(told[row.line.pk]) for row in answer.context["rows"]]


def shown_cells(answer) -> list[list[str]]:
    """What the page says in each row; a deadline by its day."""
    rows = re.findall(r"<tr data-open.*?</tr>", answer.content.decode(), re.DOTALL)
    found = []
    for row in rows:
        cells = re.findall(r'<td(?! class="tick")[^>]*>(.*?)</td>', row, re.DOTALL)
        days = [re.sub(r'.*title="([0-9-]+)".*', r"\1", one, flags=re.DOTALL) for one in cells]
        found.append([html.unescape(re.sub(r"<[^>]*>", "", one)).strip() for one in days])
    return found


def sheet_of(answer) -> list[list[str]]:
    """The rows of a workbook, its headings first; days and what is empty as the page says them."""
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [[told_of(one) for one in row] for row in sheet.iter_rows(values_only=True)]


def told_of(cell) -> str:
    return cell.date().isoformat() if isinstance(cell, datetime) else cell or "—"


# ------------------------------------------------------------------ who sees what

SEEN = {
    "甲": EAST - {14, 15},
    "乙": EAST,
    "丙": {12, 13},
    "丁": set(DUTIES),
    "戊": {14},  # the cashier: her pool, and no more of her branch, whose rows her post does not read
    "辛": set(DUTIES),
}


@pytest.mark.parametrize("who", SEEN)
def test_everybody_finds_what_he_may_see_and_nothing_of_another_branch(at, who) -> None:
    seen = SEEN[who]
    every = at(who, "?state=all")
    assert set(numbers(every)) == seen - {WITHDRAWN}
    assert set(numbers(at(who, "?state=withdrawn"))) == seen & {WITHDRAWN}
    assert set(numbers(at(who))) == seen & WAITS
    book = at(who, "?state=all&as=xlsx")
    assert len(sheet_of(book)) == 1 + len(seen - {WITHDRAWN})
    told = words_of(every) + str(sheet_of(book))
    assert ("东城食品" in told) == (12 in seen)
    assert ("C1" in told) == (1 in seen)


def test_who_asks_by_anothers_name_or_branch_gets_no_more_than_he_may_see(at) -> None:
    for query in (
        "person=丙",
        "branch=J3",
        "q=C2",
        "q=东城食品",
        "rule=regular-inspection&person=丙&state=all",
    ):
        answer = at("乙", f"?{query}")
        assert numbers(answer) == [], query
        assert "丙某" not in words_of(answer), query
        assert len(sheet_of(at("乙", f"?{query}&as=xlsx"))) == 1, query


# ------------------------------------------------------------------ each filter

FOUND = {
    "": WAITS,
    "state=open": {3, 4, 5, 13, 15, 16},
    "state=overdue": {1, 2, 12, 14},
    "state=not_yet": {6},
    "state=done": {7, 8},
    "state=on_time": {7},
    "state=late": {8},
    "state=missed": {9},
    "state=waived": {10},
    "state=undone": {1, 2, 9, 12, 14},
    "state=judged": {1, 2, 7, 8, 9, 12, 14},
    "state=withdrawn": {11},
    "state=nonsense": WAITS,
    "near=past": {1, 2, 12, 14, 16},
    "near=past&state=all": {1, 2, 12, 14, 16},
    "near=today": {3},
    "near=week": {4, 13, 15},
    f"rule={USE}": {2, 3, 13},
    f"rule={USE}&near=past": {2},
    "rule=unknown": set(),
    "person=甲": {1, 2, 5, 16},
    "person=乙": {2, 3},
    "person=乙&first=1": {3},
    "person=甲&first=1&state=undone": {1, 2},
    "person=甲&post=business_manager": {16},
    "person=-": {14, 15},
    "person=-&post=cashier": {14},
    "post=-": {4},
    "post=business_manager": {2, 3, 16},
    "branch=J3": {12, 13},
    "from=2026-11-23&until=2026-11-28": {3, 4, 13},
    "from=2026-11-30": {15},
    "until=2026-11-10": {1},
    "q=C1": {1, 2, 3, 4, 5},
    "q=张三": {1, 2, 3, 4, 5},
    "q=zs": {1, 2, 3, 4, 5},
    "q=东城": {12, 13},
    "q=510000199803180019": {1, 2, 3, 4, 5},
    "q=J2": {14, 15, 16},
    "q=没有": set(),
}


@pytest.mark.parametrize("query", FOUND)
def test_what_is_asked_for_is_found_counted_and_exported(at, query) -> None:
    answer = at("辛", f"?{query}")
    assert set(numbers(answer)) == FOUND[query]
    assert answer.context["total"] == len(FOUND[query])
    assert len(sheet_of(at("辛", f"?{query}&as=xlsx"))) == 1 + len(FOUND[query])


def test_a_day_that_cannot_be_read_is_told_beside_its_field_and_nothing_is_listed(
    listed, monkeypatch
) -> None:
    on_its_day(monkeypatch)
    boss = browser_of("辛")
    for query, name, said in (
        ("from=yesterday", "from", "“yesterday”"),
        ("until=2026-02-30", "until", "2026-02-30"),
        ("from=2026-11-30&until=2026-11-01", "until", "止比起还早。"),
    ):
        answer = boss.get(f"/duties/?{query}")
        page = words_of(answer)
        assert (answer.status_code, answer.context["total"], numbers(answer)) == (422, 0, []), query
        assert f'id="fault-{name}"' in page
        assert said in page.split(f'id="fault-{name}"')[1].split("</div>")[0], query
        assert f'<a href="#f-{name}">' in page
        assert "没有筛也没有导出" in page
        value = dict(one.split("=") for one in query.split("&"))[name]
        assert f'name="{name}" value="{value}"' in page
        exported = boss.get(f"/duties/?{query}&as=xlsx")
        assert (exported.status_code, exported.headers["Content-Type"].split(";")[0]) == (422, "text/html")
    assert numbers(boss.get("/duties/?from=2026年11月30日")) == [15]


def test_mine_is_what_lies_on_ones_desk(at) -> None:
    assert set(numbers(at("甲", "?person=mine"))) == {1, 2, 5, 16}
    assert set(numbers(at("戊", "?person=mine"))) == {14}
    assert set(numbers(at("甲", "?person=mine&state=done"))) == {7, 8}


def test_the_quick_choices_and_the_kinds_say_how_many_they_lead_to(at) -> None:
    page = at("辛", f"?rule={USE}")
    for name, _said, number in page.context["near"]:
        assert len(numbers(at("辛", f"?rule={USE}&near={name}"))) == number
    for rule, _said, number in page.context["kinds"]:
        assert len(numbers(at("辛", f"?rule={rule}"))) == number


# ------------------------------------------------------------------ order, pages, workbook


@pytest.mark.parametrize("order", ORDERS)
def test_each_column_sorts_both_ways_and_what_reads_alike_stands_together(at, order) -> None:
    page = at("辛", f"?state=all&order={order}")
    column = list(page.context["headings"]).index(order)
    up, down = (
        [row[column] for row in shown_cells(at("辛", f"?state=all&order={way}{order}"))] for way in ("", "-")
    )
    runs = [[one for at_, one in enumerate(told) if at_ == 0 or told[at_ - 1] != one] for told in (up, down)]
    for run in runs if order not in {"person", "post"} else ():  # those sort by the first of several
        assert len(run) == len(set(run)), run
    full = [[one for one in run if one != "—"] for run in runs]
    if order not in {"person", "post"}:
        assert full[0] == list(reversed(full[1]))
    assert {up[0], down[0]} & {"—"} == set()  # what is empty comes last
    assert sorted(up) == sorted(down)


def test_by_deadline_what_has_none_comes_last(at) -> None:
    assert numbers(at("辛")) == [1, 12, 14, 2, 16, 3, 13, 4, 15, 5]
    assert numbers(at("辛", "?order=-due")) == [15, 4, 13, 3, 16, 2, 14, 12, 1, 5]
    assert numbers(at("辛", "?order=nonsense")) == numbers(at("辛"))
    assert numbers(at("辛", "?order=state"))[:4] == [1, 12, 14, 2]


def more(number: int) -> None:
    """Duties like the first of the table, so many more."""
    like = Duty.objects.get(occurrence="1")
    names = [field.attname for field in Duty._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(like, name) for name in names}
    made = Duty.objects.bulk_create(
        Duty(**values | {"occurrence": f"{1000 + at_}"})
        for at_ in range(Duty.objects.count(), Duty.objects.count() + number)
    )
    DutyPerson.objects.bulk_create(
        DutyPerson(duty=one, ordinal=0, post=JIA[1], employee=JIA[0]) for one in made
    )


def test_pages_keep_what_was_asked_and_the_workbook_holds_them_all(at) -> None:
    more(60)
    query = "?person=%E7%94%B2&order=-due"
    first, second = (numbers(at("辛", f"{query}&page={page}")) for page in (1, 2))
    assert (len(first), len(second), set(first) & set(second)) == (50, 14, set())
    page = at("辛", query).content.decode()
    assert "第 1 / 2 页" in page
    assert 'href="?person=%E7%94%B2&amp;order=-due&amp;page=2"' in page
    assert len(sheet_of(at("辛", f"{query}&as=xlsx"))) == 1 + 64


@pytest.mark.parametrize("number", [39, 40, 41, 45, 60])
def test_by_deadline_what_has_none_is_on_the_last_page_wherever_that_ends(at, number) -> None:
    more(number)
    Duty.objects.filter(occurrence__in=["3", "4"]).update(due=None)
    pages = [numbers(at("辛", f"?page={page}")) for page in (1, 2)]
    total = len(WAITS) + number
    listed = pages[0] + (pages[1] if total > len(pages[0]) else [])
    assert len(listed) == len(set(listed)) == total
    assert set(listed[-3:]) == {3, 4, 5}
    told = [row[0] for row in sheet_of(at("辛", "?as=xlsx"))[1:]]
    assert told[:-3] == sorted(told[:-3])
    assert told[-3:] == ["—"] * 3


@pytest.mark.parametrize("query", ["?order=client", "?state=all&order=-done", "?state=withdrawn"])
def test_the_workbook_says_what_the_page_says_and_that_it_was_taken_is_on_record(at, query) -> None:
    page = at("辛", query)
    answer = at("辛", f"{query}&as=xlsx")
    told = sheet_of(answer)
    assert told[0] == [*page.context["headings"].values(), "所属期"]
    assert [row[:-1] for row in told[1:]] == shown_cells(page)
    assert [row[-1] for row in told[1:]] == [row.line.period or "—" for row in page.context["rows"]]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert any(
        isinstance(row[0], datetime) for row in sheet.iter_rows(values_only=True)
    )  # to sort and filter by
    taken = Event.objects.get(act="export")
    assert (taken.by, taken.kind, taken.after["rows"]) == ("辛", "duty", len(told) - 1)


def test_a_personal_number_that_was_asked_for_stands_neither_in_the_workbook_nor_on_the_trail(at) -> None:
    book = at("辛", "?q=510000199803180019&as=xlsx")
    about = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[1]
    said = str(list(about.iter_rows(values_only=True)))
    assert "510000199803180019" not in said + str(Event.objects.get(act="export").after)


@pytest.mark.parametrize("query", ["?", "?person=mine", "?q=C1&order=client", "?as=xlsx"])
def test_no_more_questions_for_sixty_rows_than_for_ten(at, query) -> None:
    asked = []
    for number in (5, 40):
        more(number)
        with CaptureQueriesContext(connection) as heard:
            at("甲", query)
        asked.append(len(heard))
    assert asked[1] <= asked[0]  # the page that reaches what has no deadline asks for that once more


@pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="how SQLite goes about it; the other one plans by how many rows there are",
)
def test_counts_for_who_sees_all_are_told_from_an_index_and_no_row_is_read(at) -> None:
    """Of 285,000 duties that wait they took 0.77 s by the rows, 0.21 s by the index."""
    with CaptureQueriesContext(connection) as heard:
        at("辛")
    (counting,) = [one["sql"] for one in heard.captured_queries if "FILTER" in one["sql"]]
    with connection.cursor() as cursor:
        plan = str(cursor.execute(f"EXPLAIN QUERY PLAN {counting}").fetchall())
    assert "COVERING INDEX duty_by_state" in plan


# ------------------------------------------------------------------ what the page leads to


def test_links_go_to_what_the_viewer_may_open_and_what_is_his_can_be_done_together(at) -> None:
    more(1)
    mine, head = at("甲"), at("戊")
    assert "/registers/contract/row/C1/" in mine.content.decode()
    assert {row.contract for row in mine.context["rows"] if row.line.object.startswith("C1")} == {"C1"}
    assert {row.contract for row in head.context["rows"]} == {""}
    ticked = {row.line.pk for row in at("戊").context["rows"] if row.ticked}
    assert ticked == {Duty.objects.get(occurrence="14").pk}  # out of the pool, and no other
    assert 'formaction="/pool/"' in head.content.decode()
    others = {row.line.pk for row in at("乙").context["rows"] if row.ticked}
    assert others <= set(Duty.objects.filter(persons__employee="乙").values_list("pk", flat=True))


def test_an_empty_list_says_what_to_do(at) -> None:
    assert "看要办的全部" in at("辛", "?q=没有").content.decode()
    DutyPerson.objects.all().delete()
    Duty.objects.all().delete()
    page = at("辛").content.decode()
    assert "没有要办的任务" in page
    assert "回到工作台" in page
    assert "as=xlsx" not in page


LINK = re.compile(r'<a[^>]*href="(/duties/\?[^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def followed(at, who, page, query="") -> dict[str, tuple[int, int]]:
    """Of every figure on a page that leads to the list: what it says, and how many rows stand behind it."""
    found = {}
    for address, text in LINK.findall(at(who, query, page).content.decode()):
        figure = re.search(r"(\d+)(?: / (\d+))?", re.sub(r"<[^>]*>", " ", text))
        if figure:
            asked = html.unescape(address).removeprefix("/duties/")
            rows = numbers(at(who, asked))
            found[asked] = (int(figure[2] or figure[1]), len(rows))
    return found


@pytest.mark.parametrize("who", ["乙", "丁", "辛"])
def test_every_figure_leads_to_just_so_many_rows(at, who) -> None:
    load = followed(at, who, "/desk/load/")
    people = followed(at, who, "/overview/people/", "?period=month")
    whole = followed(at, who, "/overview/", "?period=twelve")
    desk = followed(at, who, "/")
    for told in (load, people, whole, desk):
        assert {asked: said for asked, (said, rows) in told.items() if said != rows} == {}
    assert load["?person=%E7%94%B2"] == (4, 4)
    assert load["?person=%E7%94%B2&near=past"] == (3, 3)
    assert load["?person=-&post=cashier"] == (1, 1)
    assert (len(load), len(people), len(whole)) == {"乙": (8, 10, 3), "丁": (10, 12, 3), "辛": (10, 12, 3)}[
        who
    ]


@pytest.mark.parametrize(("who", "in_part"), [("乙", True), ("丁", False), ("辛", False)])
def test_a_load_counted_in_part_says_so(at, who, in_part) -> None:
    load, whole = at(who, "", "/desk/load/"), at("辛", "", "/desk/load/")
    assert ("只数您看得到的任务。" in load.content.decode()) == in_part

    def number(answer) -> int:
        return sum(row["number"] for row in answer.context["load"])

    assert (number(load) < number(whole)) == in_part


def test_what_the_desk_has_no_room_for_stands_in_the_list(at) -> None:
    more(70)
    for query, number in (("", 74), ("?late=1", 73), (f"?rule={VISIT}", 72)):
        page = at("甲", query, "/")
        assert page.context["total"] == number
        link = re.search(r'href="(/duties/\?[^"]+)">全部在', page.content.decode())
        rows = at("甲", html.unescape(link[1]).removeprefix("/duties/"))
        assert rows.context["total"] == number
    figures = followed(at, "甲", "/")
    assert {said - rows for said, rows in figures.values()} == {0}


# ------------------------------------------------------------------ colleagues too many for a list of choices


@pytest.fixture
def crowded(monkeypatch):
    """A list of choices holds one colleague at most."""
    monkeypatch.setattr(page, "MOST_PEOPLE", 1)


@pytest.mark.parametrize("typed", ["甲", "甲某", "甲某（甲）", "甲某(甲)"])
def test_of_many_colleagues_one_is_typed_by_number_or_name(at, crowded, typed) -> None:
    whole = at("辛", "?person=甲").context
    answer = at("辛", f"?who={typed}")
    assert 'data-lookup="employee"' in answer.content.decode()
    assert answer.context["sought"] == whole["sought"]
    assert [row.line.pk for row in answer.context["rows"]] == [row.line.pk for row in whole["rows"]] != []
    assert answer.context["people"] == [("甲", "甲某")]


@pytest.mark.parametrize(
    ("who", "typed"), [("辛", "谁也不是"), ("甲", "丙")], ids=["nobody", "not among those one may choose by"]
)
def test_a_colleague_who_is_not_found_is_told_beside_the_field_and_nothing_is_listed(
    at, crowded, who, typed
) -> None:
    answer = browser_of(who).get(f"/duties/?who={typed}")
    assert answer.status_code == 422
    assert answer.context["rows"] == []
    page_text = answer.content.decode()
    assert 'aria-describedby="fault-who"' in page_text
    assert f'value="{typed}"' in page_text


def test_of_few_colleagues_one_is_chosen(at) -> None:
    assert 'name="who"' not in at("辛").content.decode()
