"""The permission walk: every post, and nobody, asks from outside for every address; the answers are those of walk.yaml.

Status, rows, tokens of what one may not see, whole personal numbers and headers are looked at on every answer.
"""

import html
import io
import logging
import re
import zipfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, unquote

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import Max, Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from tests_cast import BY, DAY, NOW, guarantee_alone, reading_of, without_tokens, words_of
from walk_cast import EAST, OWNERS, WEST, cast_of

from daihou.book import declared, posts
from daihou.dayend.beside import begin
from daihou.duties.models import DayRun, Duty, DutyChange, DutyPerson
from daihou.duties.standing_in import stand_in
from daihou.imports.acts import inspect, receive, take
from daihou.imports.models import CHECKED, TAKING, Upload
from daihou.imports.reads import Bounds
from daihou.imports.refusals import UploadRefusedError
from daihou.ledger.acts import enter, take_in
from daihou.ledger.steps import STEPS
from daihou.messaging.acts import Draft, Terms, add_channel, note, notify, remind
from daihou.messaging.models import Note, Notice
from daihou.papers.acts import attach, hand_in
from daihou.papers.filling import About, Filled
from daihou.papers.reading import forms
from daihou.people.acts import open_accounts
from daihou.people.models import Account
from daihou.people.reads import viewer_of, visible
from daihou.people.rights import rights_by_post
from daihou.registers.held import forget
from daihou.registers.kept import homes, standing
from daihou.signoff.acts import delegate, open_matter
from daihou.terms import terms
from daihou.trail.acts import Actor
from daihou.trail.models import Event
from daihou.web import gate, urls

pytestmark = pytest.mark.django_db

TABLE = yaml.safe_load((Path(__file__).parent / "walk.yaml").read_text("utf-8"))
POSTS = tuple(TABLE["posts"])
ROOMS = tuple(TABLE["rooms"])
PAGES = TABLE["pages"]
SHAPES = ("客户经理", "业务部经理", "总经理", "客服", "出纳", "管理员", "审计员")
"""Posts that see their own, a branch, the company, in many rooms and in few: they walk always; on SQLite `make test-all` has every post walk."""
WALKERS = ("客户经理", "总经理", "管理员") if connection.vendor == "postgresql" else POSTS
every_post = pytest.mark.parametrize(
    "post",
    [
        pytest.param(post, id=terms().find(post).id, marks=() if post in SHAPES else pytest.mark.slow)
        for post in WALKERS
    ],
)


def repeats(post):
    """Whether a post sees, enters and may just what another does that walks before it."""

    def shape(one):
        cells, may, _because = TABLE["posts"][one]
        return cells.split(), may, {table for table, held in TABLE["registers"].items() if one in held}

    before = (*SHAPES, *POSTS[: POSTS.index(post)])
    return post not in SHAPES and any(shape(post) == shape(one) for one in before)


walking_post = pytest.mark.parametrize(
    "post",
    [
        pytest.param(
            post,
            id=terms().find(post).id,
            marks=()
            if post in SHAPES
            else [pytest.mark.slow, *([pytest.mark.long] if repeats(post) else [])],
        )
        for post in WALKERS
    ],
)
"""Every post; those that repeat another's walk do so in the long tests."""
FIRST_PASSWORD = "erstmals-hinein"  # noqa: S105 - of the cast, whose people are made up
COLLEAGUES = frozenset({"employee", "branch", "company"})
TRIED_WRITES = {
    "ledger": "statement", "loans": "contract", "intake": "lending_request", "vehicles": "vehicle", "inspections": "inspection",
    "warnings": "warning", "collection": "collection_action", "recovery": "compensation", "service": "contact", "papers": "file_volume",
    "signoff": "signing_step", "duties": "completion", "cashier": "cash_close", "office": "errand", "people": "employee", "policy": "calendar",
}  # fmt: skip
"""The register of each room by which writing is tried."""
TRIED_ALONE = ("repayment", "fee_receivable", "contact")
"""Registers that some posts enter without the rest of their room."""


def set_up(folder):
    """The company in the database, its day run once, an account for everybody, a file handed in."""
    cast = cast_of(POSTS)
    reading = reading_of(cast.write(folder))
    take_in(reading.book, by=BY, at=NOW, day=DAY, file="book", digest="d1", read=0, left_out=0)
    from daihou.dayend.acts import run_day

    run = run_day(DAY, by=BY, at=NOW)
    for number, side in (("HT-EAST-9", EAST), ("HT-WEST-1", WEST)):
        duty = Duty.objects.filter(contract=number, rule="fund-use-check").get()
        cashier = cast.staff["出纳", side]
        key = f"{duty.key}/{DAY.isoformat()}"
        said = {"duty": duty.key, "completion_day": DAY, "completed_by": cashier, "key": key}
        enter("completion", said, by=BY, at=NOW, day=DAY)
        row = cast.add("办结", side, staff=[cashier], 任务=duty.key, 办结日=DAY.isoformat(), 办结人=cashier)
        row.refs["contract"] = number

    numbers = [*cast.staff.values(), "ELEFT"]
    open_accounts([(one, one) for one in numbers], FIRST_PASSWORD, by=BY, at=NOW, sample=True)
    handed_in = f"证件号,名称,种类,国有,手机\n{cast.secrets[-1]},错的人,个人,否,13900009999\n"
    cast.number("13900009999")
    papers = papers_of(cast)
    upload = receive("名单.csv", handed_in.encode(), by=Actor(cast.staff["风控部经理", EAST]), at=NOW)
    inspect(upload, now=lambda: NOW)
    signing = put_forward(cast)
    written = write_messages(cast)
    asked_run = begin(DAY, by=BY, at=NOW)
    duties = list(Duty.objects.order_by("pk"))
    persons = list(DutyPerson.objects.select_related("duty"))
    return SimpleNamespace(
        cast=cast, run=run, upload=upload, duties=duties, persons=persons, papers=papers, written=written, signing=signing, asked_run=asked_run
    )  # fmt: skip


def put_forward(cast):
    """On either side a matter of its account manager, and a delegation of the eastern business manager, who stands in for the account manager some days later."""
    found = {}
    for side, mark, contract in ((EAST, "EAST", "HT-EAST-1"), (WEST, "WEST", "HT-WEST-1")):
        found[side] = open_matter(
            kind="trial", subject=contract, title={"zh": f"{mark} 检查表", "en": f"{mark} check"}, content={"结论": f"{mark} 正常"},
            chain=("business_manager", "risk_manager"), branch=side, contract=contract, by=Actor(cast.staff["客户经理", side]), at=NOW,
        )  # fmt: skip
    giver = Actor(cast.staff["业务部经理", EAST])
    given = delegate(
        cast.staff["出纳", EAST], since=DAY, until=DAY, kinds=["figure"], reason="出差", by=giver, at=NOW
    )
    absent = cast.staff["客户经理", EAST]
    ahead = stand_in(
        absent, giver.by, since=DAY + timedelta(9), until=DAY + timedelta(10), reason="休假", by=Actor(absent), at=NOW
    )  # fmt: skip
    return SimpleNamespace(matters=found, given=given, ahead=ahead)


def picture_in(shade):
    """A PNG of one colour."""
    made = io.BytesIO()
    Image.new("RGB", (4, 4), shade).save(made, "PNG")
    return made.getvalue()


def papers_of(cast):
    """On either side a form that was handed in, a duty whose form was not, and a file attached to the contract."""
    form = forms()["fund_use_form"]
    found = {}
    for side, contract, other in ((EAST, "HT-EAST-1", "HT-EAST-9"), (WEST, "HT-WEST-1", "HT-WEST-2")):
        duty = Duty.objects.get(contract=contract, rule="fund-use-check")
        about = About(duty.key, duty.pk, duty.table, duty.object, duty.contract, duty.party, duty.branch)
        owner = Actor(cast.staff["客户经理", side])
        filled = Filled({"conclusion": f"{side}结论"}, {}, ())
        paper = hand_in(form, about, filled, by=owner, at=NOW, day=DAY, completes=False)
        file = attach(
            "说明.png",
            picture_in("red" if side == EAST else "blue"),
            table="contract",
            key=contract,
            by=owner,
            at=NOW,
            contract=contract,
        )
        unfilled = Duty.objects.get(contract=other, rule="fund-use-check")
        found[side] = SimpleNamespace(paper=paper, duty=duty, file=file, contract=contract, unfilled=unfilled)
    return found


def write_messages(cast):
    """A notice, a reminder and a note of the account manager on his own client, and a channel."""
    manager = Actor(cast.staff["客户经理", EAST])
    client = next(row.refs["party"] for row in cast.of("contract") if row.key == "HT-EAST-1")
    notify([Draft(manager.by, "test", {"channel": "甲"}, path="/")], by=BY, at=NOW)
    return {
        "notice": Notice.objects.filter(to=manager.by, kind="test").get().pk,
        "reminder": remind("打电话", DAY, by=manager, at=NOW).pk,
        "note": note(client, "爱喝茶", by=manager, at=NOW).pk,
        "client": client,
        "channel": add_channel("memory", "walk-box", Terms("信箱"), by=BY, at=NOW).pk,
    }


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, tmp_path_factory):
    """The company, made once for all the tests of this file and taken back after them."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        guarantee_alone(patch)
        patch.setattr(gate, "today", lambda: DAY)
        told = logging.getLogger("django.request")
        patch.setattr(told, "disabled", True)  # thousands of refusals are what is asked for
        # nobody looks at what templates were given, of which each would be kept a copy
        patch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)
        yield set_up(tmp_path_factory.mktemp("walk") / "book")
        transaction.set_rollback(True)


def logged_in(login, password=FIRST_PASSWORD, **options):
    """A browser that came in by the login page."""
    client = Client(**options)
    answer = client.post("/login/", {"login": login, "password": password})
    assert answer.status_code == 302, login
    return client


def text_of(answer):
    """All that an answer says; a workbook unpacked."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "".join(
                html.unescape(book.read(name).decode(errors="replace")) for name in book.namelist()
            )
    return html.unescape(content.decode(errors="replace"))  # a picture says nothing


def keys_listed(text, table):
    """The keys of a table's rows that a page links to."""
    at = f"(?:registers/{table}/row" + ("|warnings/of)" if table == "warning" else ")")
    found = re.findall(rf'data-open="/{at}/([^"]+)/"', text)
    return {unquote(one) for one in found}


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
}


def refuse_bad_headers(answer, where):
    """Every answer bears the same headers, and its page nothing that a strict policy forbids."""
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, f"{where}: {name}"
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "default-src 'self'" in policy, where
    assert "frame-ancestors 'none'" in policy, where
    assert "unsafe" not in policy, where
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", page), where


HEAD = 6
"""So many characters most tokens of one kind have in common: a page without them need not be searched for each token."""


def by_head(tokens):
    """Tokens by their first characters."""
    found = {}
    for one in sorted(tokens):
        found.setdefault(one[:HEAD], []).append(one)
    return found


def found_in(text, heads):
    """Which of the tokens that are told by their first characters stand in a text."""
    return [one for head, tokens in heads.items() if head in text for one in tokens if one in text]


class Walk:
    """One person of a post, what the table lets him see, and his browser."""

    def __init__(self, house, post):
        cells, may, _because = TABLE["posts"][post]
        self.house, self.cast, self.post = house, house.cast, post
        self.cells = dict(zip(ROOMS, cells.split(), strict=True))
        self.may = set(may)
        self.me = house.cast.staff[post, EAST]
        self.client = logged_in(self.me)
        self.owned = {f"HT-EAST-{OWNERS[post]}"} if post in OWNERS else set()
        if post in {"客户经理", "家访员"}:
            self.owned |= {"HT-EAST-1"}
        if post == "客户经理":
            self.owned |= {"HT-EAST-5"}
        self.everything = all(cell[0] == "全" for cell in self.cells.values())
        self.at_home = not any(cell[0] == "全" for cell in self.cells.values())
        self.forbidden = self._forbidden()
        self.secrets_by_head = by_head(self.cast.secrets)
        self.forbidden_by_head = by_head(self.forbidden)
        self.asked = 0

    def reach(self, table):
        """How far he sees a register: as its room, or, where he enters it without its room, as all that he sees."""
        cell = self.cells[declared()[table].room][0]
        return (
            next(one[0] for one in self.cells.values() if one != "·")
            if cell == "·" and table in self.alone()
            else cell
        )

    def sees(self, row):
        """Whether the table lets him see a row."""
        reach = self.reach(row.table)
        if reach == "己":
            return row.contract in self.owned or (row.contract is None and self.me in row.staff)
        return reach == "全" or (reach == "支" and EAST in {row.side, row.also})

    def tables(self):
        """One register of every room, and the parties."""
        return ("party", *TRIED_WRITES.values(), *TRIED_ALONE)

    TRIED_ALONE = TRIED_ALONE

    def alone(self):
        """The registers that he enters without the rest of their room."""
        return {table for table, held in TABLE["registers"].items() if self.post in held}

    def enters(self, table):
        whole_room = self.cells[declared()[table].room].endswith("+")
        return whole_room or self.post in TABLE["registers"].get(table, ())

    def corrects(self, table):
        return self.enters(table) or self.post in TABLE["decides"].get(table, ())

    def my_duties(self):
        """Duties that are his by name or lie in the pool of his post; told by hand, row by row."""
        post = terms().find(self.post).id
        mine = set()
        for one in self.house.persons:
            pool = one.employee is None and one.pool and one.post == post and one.branch in {None, EAST}
            if one.employee == self.me or pool:
                mine.add(one.duty)
        return mine

    def assigns(self, duty):
        """Whether he stands above the post in whose pool a duty lies, at its branch or above; the general manager above all."""
        mine = terms().find(self.post).id
        for one in self.house.persons:
            if one.duty == duty and one.pool and (self.post == "总经理" or one.branch in {None, EAST}):
                above = posts().get(one.post)
                while above is not None and above != mine:
                    above = posts().get(above)
                if self.post == "总经理" or above is not None:
                    return True
        return False

    def told(self):
        """Duties that were reported up to him: to his post, of his branch, or of any where he alone holds it."""
        post = terms().find(self.post).id
        alone = {one for (title, side), one in self.cast.staff.items() if title == self.post} == {self.me}
        rows = DutyChange.objects.filter(what="reported", after=post)
        own = rows if alone else rows.filter(Q(duty__branch=EAST) | Q(duty__branch__isnull=True))
        return set(own.values_list("duty", flat=True))

    def may_see_duty(self, duty):
        if duty in self.mine or duty.pk in self.told():
            return True
        if self.cells["duties"] == "·":
            return False
        found = [row for row in self.cast.of(duty.table) if row.key == duty.object]
        assert len(found) == 1, duty
        reach = "己支全".index(self.cells["duties"][0])
        room = self.reach(duty.table)
        if room == "·":
            return False
        self.cells, kept = (
            {**self.cells, declared()[duty.table].room: "己支全"[min(reach, "己支全".index(room))]},
            self.cells,
        )
        seen = self.sees(found[0])
        self.cells = kept
        return seen

    def _forbidden(self):
        """What must stand in no answer: the names and numbers of rows that he neither sees nor meets on those he sees."""
        tokens = {id(row): token_of(row) for row in self.cast.rows}
        by_key = {(row.table, row.key): row for row in self.cast.rows}
        met = [row for row in self.cast.rows if self.sees(row)]
        self.mine = self.my_duties()
        for duty in self.mine:
            met += [by_key[one] for one in ((duty.table, duty.object), ("contract", duty.contract), ("party", duty.party)) if one in by_key]  # fmt: skip
        named = [by_key[ref] for row in met for ref in row.refs.items() if ref in by_key]
        clients = [by_key["party", row.refs["party"]] for row in named if row.table == "contract"]
        allowed = {tokens[id(row)] for row in (*met, *named, *clients)}
        found = {tokens[id(row)] for row in self.cast.rows if row.table not in COLLEAGUES} - allowed - {None}
        return found | ({"WEST"} if self.at_home else set())

    def ask(self, method, address, expected, *, colleagues=False, clear=False, echo="", **data):
        """Ask, and look at the answer: its status, its headers, what it must not say."""
        self.asked += 1
        where = f"{self.post} {method} {address}"
        answer = getattr(self.client, method)(address, data)
        assert answer.status_code == expected, f"{where}: {answer.status_code} instead of {expected}"
        refuse_bad_headers(answer, where)
        text = text_of(answer)
        # a page may say again what it was asked for
        told = without_tokens(text).replace(unquote(address), "").replace(address, "")
        leaked = [] if clear else found_in(told, self.secrets_by_head)
        leaked += [] if colleagues else [one for one in found_in(told, self.forbidden_by_head) if one != echo]
        assert not leaked, f"{where}: {leaked}"
        return text

    def page(self, name, allowed, method, address=None, **said):
        """A page of the table, by GET or POST."""
        page = PAGES[name]
        expected = page[method] if allowed or page[method] == 405 else page["else"]
        return self.ask(method, address or page["at"], expected, **said)


def token_of(row):
    """By what a row would be known in an answer; none where its number is made of others'."""
    if row.table in {"party", "branch"}:
        return row.values["名称"]
    if row.table == "employee":
        return row.values["姓名"]
    if row.table == "warning":
        return row.values["次"]
    own = declared()[row.table].columns[declared()[row.table].key[0]]
    return row.values[own.word] if own.ref is None and row.table not in {"company", "calendar"} else None


# ------------------------------------------------------------------ the table itself


def test_the_walk_knows_every_address_and_every_post() -> None:
    assert sorted(PAGES) == sorted(pattern.name for pattern in urls.urlpatterns)
    assert {terms().find(post).id for post in POSTS} == set(posts())
    assert set(TRIED_WRITES) == set(ROOMS) == {table.room for table in declared().values()}


def test_every_room_has_rows_of_both_sides_in_the_cast(house) -> None:
    sides = {(declared()[row.table].room, row.side) for row in house.cast.rows}
    for room in ROOMS:
        if room != "policy":
            assert {(room, EAST), (room, WEST)} <= sides, room
    for row in house.cast.rows:
        assert standing(homes()[row.table]).filter(key=row.key).count() == 1, row


@every_post
def test_the_table_of_rights_says_what_the_walk_expects(post) -> None:
    """So that the page 岗位权限, which shows the table of rights, tells the truth."""
    cells, may, _because = TABLE["posts"][post]
    rights = rights_by_post()[terms().find(post).id]
    reach = {"·": "none", "己": "own", "支": "branch", "全": "company"}
    said = dict(zip(ROOMS, cells.split(), strict=True))
    assert {room: rights.scope(room).value for room in ROOMS} == {
        room: reach[cell[0]] for room, cell in said.items()
    }
    assert rights.enters == {room for room, cell in said.items() if cell.endswith("+")}
    assert rights.registers == {table for table, held in TABLE["registers"].items() if post in held}
    words = {
        "号": rights.numbers,
        "导": "import" in rights.may,
        "推": "day" in rights.may,
        "迹": "trail" in rights.may,
        "改": "figures" in rights.may,
        "示": "notices" in rights.may,
    }
    assert {word for word, may_do in words.items() if may_do} == set(may)
    assert ("accounts" in rights.may) == (post == "管理员")


@every_post
def test_the_rows_of_every_register_inside_a_post_are_those_of_the_table(house, post) -> None:
    """All registers of the cast, asked of the bound that every page puts on its query."""
    walk = Walk(house, post)
    viewer = viewer_of(walk.me, DAY)
    for table in dict.fromkeys(row.table for row in house.cast.rows):
        seen = set(visible(table, viewer).values_list("key", flat=True))
        assert seen == {row.key for row in house.cast.of(table) if walk.sees(row)}, table


# ------------------------------------------------------------------ every post


@walking_post
def test_every_post_gets_from_every_address_what_the_table_says(house, post) -> None:
    walk = Walk(house, post)
    walk_lists(walk)
    walk_rows(walk)
    walk_warnings(walk)
    walk_writes(walk)
    walk_duties(walk)
    walk_overview(walk)
    walk_matters(walk)
    walk_papers(walk)
    walk_templates(walk)
    walk_forms(walk)
    walk_messages(walk)
    walk_acts(walk)
    assert walk.asked > 100


def walk_lists(walk):
    for name in (
        "desk",
        "visits",
        "signature",
        "signature-picture",
        "registers",
        "rules",
        "rule",
        "posts",
        "password",
        "tokens",
        "token-revoke",
        "health",
        "worker",
        "login",
    ):
        for method in ("get", "post"):
            walk.page(name, True, method, PAGES[name]["at"].format(token=1), colleagues=name == "login")
    for word in ("WEST", "HT-"):
        text = walk.ask("get", f"/find/?q={word}", 200, echo=word)
        for table in ("party", "contract", "vehicle", "employee"):
            assert keys_listed(text, table) <= {row.key for row in walk.cast.of(table) if walk.sees(row)}
    walk.page("find", True, "post", "/find/?q=HT-")
    for name, table in (("clients", "party"), ("contracts", "contract"), ("warnings", "warning")):
        allowed = walk.cells[declared()[table].room] != "·"
        text = walk.page(name, allowed, "get")
        assert keys_listed(text, table) == {row.key for row in walk.cast.of(table) if walk.sees(row)}
        walk.page(name, allowed, "post")
        if allowed and name != "warnings":
            walk.ask("get", f"{PAGES[name]['at']}?as=xlsx&col=party_no&col=mobile", 200)
    for table in walk.tables():
        if table not in {
            "party",
            "contract",
            "warning",
        }:  # asked for above by their own addresses, which are the same page
            walk_register(walk, table)
    walk.page("register", walk.cells["loans"] != "·", "get", "/registers/contract/")
    for table in ("contract", "employee"):
        text = walk.page(
            "choices",
            True,
            "get",
            f"/registers/{table}/choices/?from=q&q=WEST",
            colleagues=table in COLLEAGUES,
        )
        if walk.cells[declared()[table].room] == "·" and table not in COLLEAGUES:
            assert "<option" not in text


def walk_register(walk, table):
    allowed = walk.reach(table) != "·"
    address = f"/registers/{table}/"
    listed, number = set(), 1
    while True:
        text = walk.page(
            "register",
            allowed,
            "get",
            f"{address}?page={number}",
            colleagues=table in {"employee", "assignment"} and not walk.at_home,
        )
        listed |= keys_listed(text, table)
        if 'rel="next"' not in text:
            break
        number += 1
    assert listed == {row.key for row in walk.cast.of(table) if walk.sees(row)}, f"{walk.post} {table}"
    if allowed and table in {"contact", "employee"}:
        walk.ask("get", f"{address}?as=xlsx", 200)
    clear = PAGES["register-clear"]
    may = 404 if not allowed else clear["post"] if "号" in walk.may else clear["else"]
    walk.ask("get", f"{address}clear/", clear["get"] if allowed else 404)
    walk.ask(
        "post", f"{address}clear/", may, colleagues=table in {"employee", "assignment"} and not walk.at_home
    )


def samples(walk, table):
    """A row of each kind: one that is seen, one of the own branch that is not, one of the other branch, one of both."""
    kinds = {(walk.sees(row), row.side, row.also): row for row in walk.cast.of(table)}
    if walk.reach(table) in "·全":
        kinds = {(True, row.side, None): row for row in kinds.values() if row.side == WEST or len(kinds) == 1}
    return list(kinds.values())


def walk_rows(walk):
    for table in walk.tables():
        for row in samples(walk, table):
            text = walk.page("row", walk.sees(row), "get", f"/registers/{table}/row/{quote(row.key)}/")
            for other in ("contract", "party", "warning", "vehicle", "inspection"):
                assert keys_listed(text, other) <= {one.key for one in walk.cast.of(other) if walk.sees(one)}
    walk.page("row", False, "get", "/registers/contract/row/HT-NOWHERE/")
    walk.page("row", False, "post", "/registers/contract/row/HT-EAST-1/")


def walk_warnings(walk):
    """Each warning by its own page, a new one, the radar: by who sees warnings and who may answer them."""
    cell = walk.cells["warnings"]
    sees_some, enters = cell != "·", cell.endswith("+")
    for row in walk.cast.of("warning"):
        seen = walk.sees(row)
        at = PAGES["warning"]["at"].format(warning=quote(row.key))
        walk.page("warning", seen, "get", at)
        walk.ask("post", at, 404 if not seen or enters else 403)
        walk.page("warning-why", seen, "get", PAGES["warning-why"]["at"].format(warning=quote(row.key)))
    walk.page("warning-why", True, "post", PAGES["warning-why"]["at"].format(warning="NOWHERE"))
    for method in ("get", "post"):
        expected = PAGES["warning-raise"][method] if enters else 403 if sees_some else 404
        walk.ask(method, PAGES["warning-raise"]["at"], expected)
        walk.ask(
            method,
            PAGES["watch-new"]["at"],
            PAGES["watch-new"][method] if enters else 403 if sees_some else 404,
        )
        walk.page("watch-one", sees_some, method, PAGES["watch-one"]["at"].format(token=1))
        walk.page("watch", sees_some, method)
        walk.page("risk-notices", True, method)
        walk.page("risk-notice", True, method, PAGES["risk-notice"]["at"].format(token=1))
        sends = PAGES["risk-notice-new"][method] if "示" in walk.may else 403 if sees_some else 404
        walk.ask(method, PAGES["risk-notice-new"]["at"], sends)
    radar = 200 if sees_some and not cell.startswith("己") else 403 if sees_some else 404
    walk.ask("get", PAGES["radar"]["at"], radar)
    walk.ask("post", PAGES["radar"]["at"], 405)


def walk_writes(walk):
    page = PAGES["statement-read"]
    refused = 404 if walk.cells["ledger"] == "·" else 0 if walk.enters("statement") else page["else"]
    for method in ("get", "post"):
        walk.ask(method, page["at"], refused or page[method])
    assert set(TRIED_ALONE) == set(TABLE["registers"])
    for table in (*TRIED_WRITES.values(), *TRIED_ALONE):
        seen, enters = walk.reach(table) != "·", walk.enters(table)
        refused = 404 if not seen else 0 if enters else 403
        if seen:
            walk.ask("get", f"/registers/{table}/new/", refused or 200, colleagues=True)
        walk.ask("post", f"/registers/{table}/new/", refused or 200, colleagues=True)
        for row in samples(walk, table) if enters else samples(walk, table)[:1]:
            address = f"/registers/{table}/row/{quote(row.key)}/"
            answer = refused or (0 if walk.sees(row) else 404)
            if seen:
                right = answer if walk.sees(row) or not walk.corrects(table) else 404
                right = 0 if right == 403 and walk.corrects(table) else right
                walk.ask("get", f"{address}correct/", right or 200, colleagues=True)
                walk.ask("post", f"{address}correct/", right or 200, colleagues=True)
                walk.ask("post", f"{address}void/", answer or 302)
    for act in ("void", "correct"):
        may = walk.enters("contract") if act == "void" else walk.corrects("contract")
        refused = 404 if walk.cells["loans"] == "·" else 0 if may else 403
        walk.ask(
            "post",
            f"/registers/contract/row/HT-WEST-1/{act}/",
            refused or (404 if walk.at_home else 302 if act == "void" else 200),
            colleagues=True,
        )
    for side in ("EAST", "WEST"):
        row = next(one for one in walk.cast.of("contract") if one.key == f"HT-{side}-1")
        refused = 404 if walk.cells["loans"] == "·" else 0 if walk.enters("contract") else 403
        for method in ("get", "post"):
            expected = refused or (200 if walk.sees(row) else 404)
            walk.ask(method, f"/contracts/{row.key}/step/settle/", expected, colleagues=True)
    walk.ask("get", "/registers/contract/row/HT-EAST-1/void/", 405)
    walk.ask("get", "/registers/party/row/nobody/numbers/", 405)
    for table in ("party", "employee", "member"):
        for row in samples(walk, table):
            address = f"/registers/{table}/row/{quote(row.key)}/numbers/"
            refused = 0 if walk.sees(row) and "号" in walk.may else 403 if walk.sees(row) else 404
            text = walk.ask("post", address, refused or 200, clear=not refused, reason="核对身份")
            shown = [one for one in walk.cast.secrets if one in text]
            assert set(shown) <= set(row.values.values()), f"{walk.post} {address}"
            if not refused and table in {"party", "employee", "member"} and row.values.get("手机"):
                assert row.values["手机"] in shown


def walk_duties(walk):
    kinds = {}
    for duty in walk.house.duties:
        kinds.setdefault(
            (walk.may_see_duty(duty), duty.branch, duty.contract is None, duty in walk.mine), duty
        )
    explained = set()
    for (seen, _branch, _loose, mine), duty in kinds.items():
        walk.page("duty", seen, "get", f"/duties/{duty.pk}/")
        walk.ask("post", f"/duties/{duty.pk}/", 404 if not seen else 200 if mine else 403)
        if seen not in explained:
            walk.page("why", seen, "get", f"/duties/{duty.pk}/why/")
            walk.page("why", seen, "post", f"/duties/{duty.pk}/why/")
            explained.add(seen)
    walk.page("duty", False, "get", "/duties/99999999/")
    walk_list_of_duties(walk)


def walk_list_of_duties(walk):
    """The list, page by page, and as a workbook: the duties that he may see and no other."""
    wanted = {one.pk for one in walk.house.duties if walk.may_see_duty(one) and one.withdrawn_on is None}
    listed, pages = set(), (len(wanted) - 1) // 50 + 1
    for page in range(1, max(pages, 1) + 1):
        text = walk.page("duties", True, "get", f"/duties/?state=all&page={page}")
        listed |= {int(one) for one in re.findall(r'data-open="/duties/(\d+)/"', text)}
    assert listed == wanted
    book = walk.ask("get", "/duties/?state=all&as=xlsx", 200)
    assert f'ref="A1:K{max(len(wanted), 1) + 1}"' in book
    walk.page("duties", True, "get", "/duties/?q=WEST&state=all&person=-&post=-&order=client", echo="WEST")
    walk.page("duties", True, "post")


def walk_matters(walk):
    """Matters by whom they concern and by what the table says of sign-offs; duties put forward or off by their persons only."""
    for name in ("matters", "matters-sign", "delegations", "stand-ins"):
        for method in ("get", "post"):
            walk.page(name, True, method)
    listed = walk.ask("get", "/matters/?tab=opened", 200) + walk.ask("get", "/matters/", 200)
    for side, matter in walk.house.signing.matters.items():
        concerned = side == EAST and walk.post in {"客户经理", "业务部经理"}
        reach = walk.cells["signoff"][0]
        sees = concerned or reach == "全" or (reach == "支" and side == EAST)
        assert (f"/matters/{matter.pk}/" in listed) == concerned
        for method in ("get", "post"):
            walk.page("matter", sees, method, f"/matters/{matter.pk}/")
        step = matter.steps.get(ordinal=1)
        refused = sees and not concerned
        group = {"step": f"{step.pk}:{matter.digest}"}
        with transaction.atomic():
            signs = concerned and walk.post == "业务部经理"
            walk.ask("post", "/matters/sign/", 409 if (concerned and not signs) or refused else 302, **group)
            step.refresh_from_db()
            assert bool(step.decision) == signs
            transaction.set_rollback(True)
    gives = walk.post == "业务部经理"
    for method in ("get", "post"):
        with transaction.atomic():
            walk.page(
                "delegation-end",
                gives,
                method,
                PAGES["delegation-end"]["at"].format(delegation=walk.house.signing.given.pk),
            )
            transaction.set_rollback(True)
    arranges = walk.post in {"客户经理", "业务部经理", "总经理", "董事长"}
    listed = walk.ask("get", "/stand-ins/", 200, colleagues=True)
    assert (f"/stand-ins/{walk.house.signing.ahead.pk}/end/" in listed) == arranges
    for method in ("get", "post"):
        with transaction.atomic():
            address = PAGES["stand-in-end"]["at"].format(stand_in=walk.house.signing.ahead.pk)
            walk.page("stand-in-end", arranges, method, address)
            transaction.set_rollback(True)
    for mine, seen in ((True, True), (False, True), (False, False)):
        duty = next((one for one in walk.house.duties if one.done is None and (one.state == "overdue" or not mine) and (one in walk.mine) == mine and walk.may_see_duty(one) == seen), None)  # fmt: skip
        if duty is None:
            continue
        expected = 404 if not seen else 409 if mine else 403
        walk.ask("post", f"/duties/{duty.pk}/submit/", expected)
        walk.ask("get", f"/duties/{duty.pk}/submit/", 405)
        for method in ("get", "post"):
            walk.ask(method, f"/duties/{duty.pk}/postpone/", 403 if seen and not mine else 404)
    ahead = next(
        (one for one in walk.mine if one.state in {"open", "not_yet"} and one.due and one.due >= DAY), None
    )
    for method in ("get", "post") if ahead else ():
        walk.ask(method, f"/duties/{ahead.pk}/postpone/", 200)


def walk_overview(walk):
    """What was in time, of the duties that he may see and no other: counted by hand."""
    overlooks = walk.cells["duties"][0] in "支全"
    seen = [
        one for one in walk.house.duties if walk.may_see_duty(one) and one.withdrawn_on is None and one.due
    ]
    judged = [one for one in seen if DAY.replace(2025, 12, 1) <= one.due <= DAY and one.state in {"on_time", "late", "overdue", "missed"}]  # fmt: skip
    text = walk.page("overview", overlooks, "get", "/overview/?period=twelve")
    if overlooks:
        assert f"<b>{sum(one.state == 'on_time' for one in judged)} / {len(judged)}</b>" in text
        walk.ask("get", "/overview/?period=nonsense&as=xlsx", 200)
    walk.page("overview", overlooks, "post")
    other = next((one for one in walk.house.duties if one not in walk.mine), walk.house.duties[0])
    for method in ("get", "post"):
        text = walk.page("duty-group", True, method, f"/duties/complete/?duty={other.pk}")
        assert "没有选中能在这里办结的任务" in text
    for method in ("get", "post"):  # of a duty that lies in no pool of his the list of pools tells nothing
        text = walk.page("pool", True, method, f"/pool/?duty={other.pk}")
        assert f'value="{other.pk}" checked' not in text or walk.assigns(other)


def walk_papers(walk):
    """Forms by their duties, attachments by their things, due-diligence files by the contract and by the post above."""
    for side, held in walk.house.papers.items():
        row = next(one for one in walk.cast.of("contract") if one.key == held.contract)
        sees, enters = walk.sees(row), {"+"} & set(walk.cells["loans"] + walk.cells["papers"])
        own = {name: (held.duty if name != "paper-form" else held.unfilled) in walk.mine for name in PAGES}
        seen = {
            name: walk.may_see_duty(held.duty if name != "paper-form" else held.unfilled) for name in PAGES
        }
        filled = {"unfilled": held.unfilled.pk, "paper": held.paper.pk, "attachment": held.file.pk, "contract": held.contract, "person": walk.cast.staff["客户经理", side]}  # fmt: skip
        above = walk.post in {"客户经理", "业务部经理"} and side == EAST
        for method in ("get", "post"):
            for name in ("paper", "paper-print"):
                walk.page(name, seen["paper"], method, PAGES[name]["at"].format(**filled))
            page, opens = PAGES["paper-numbers"], "号" in walk.may
            expected = (
                page[method]
                if method == "get" or (seen["paper"] and opens)
                else 403
                if seen["paper"]
                else 404
            )
            walk.ask(method, page["at"].format(**filled), expected)
            for name in ("paper-form", "paper-correction"):
                page = PAGES[name]
                expected = page[method] if own[name] else 403 if seen[name] else 404
                walk.ask(method, page["at"].format(**filled), expected)
            for name in ("attachment-void", "attachment-place", "attach"):
                page = PAGES[name]
                may = enters or (name == "attachment-void" and held.file.by == walk.me)
                expected = page[method] if method == "get" or (sees and may) else 403 if sees else 404
                walk.ask(method, page["at"].format(**filled), expected)
            for name, allowed in (("attachment", sees), ("picture", sees), ("contract-file", sees), ("classes", sees), ("person-file", above or walk.post == "总经理" or "迹" in walk.may)):  # fmt: skip
                walk.page(
                    name,
                    allowed,
                    method,
                    PAGES[name]["at"].format(**filled),
                    colleagues=name == "person-file",
                )
            person = next(one for one in walk.cast.of("employee") if one.key == filled["person"])
            keeper = walk.cells["people"].endswith("+") and walk.sees(person)
            may = (
                walk.me == person.key
                or keeper
                or above
                or walk.post == "总经理"
                or (walk.post == "董事长" and side == EAST)
            )
            walk.page("handover", may, method, PAGES["handover"]["at"].format(**filled), colleagues=True)


def walk_templates(walk):
    """Word templates: read by who sees papers, changed by who keeps them for the whole company."""
    cell = walk.cells["papers"]
    sees, keeps = cell != "·", cell == "全+"
    for name in ("word-templates", "word-template-house", "word-template", "word-template-retire"):
        address = PAGES[name]["at"].format(token=999)
        walk.page(name, sees, "get", address)
        walk.ask("post", address, PAGES[name]["post"] if sees and not keeps else 404 if not sees and PAGES[name]["post"] != 405 else 422 if name == "word-templates" else PAGES[name]["post"])  # fmt: skip


def walk_forms(walk):
    """Forms: read by who sees papers; changed by who puts changes of figures forward, refused to other readers."""
    sees, changes = walk.cells["papers"] != "·", "改" in walk.may
    for name in ("forms", "form", "form-field-new", "form-field"):
        page = PAGES[name]
        for method in ("get", "post"):
            expected = page[method] if sees or page[method] == 405 else page["else"]
            refused = name.startswith("form-field") and sees and not changes
            walk.ask(method, page["at"], 403 if refused else expected)


def walk_messages(walk):
    written, keeper = walk.house.written, walk.post == "管理员"
    for name in ("notices", "notices-read", "reminders", "errands"):
        for method in ("get", "post"):
            walk.page(name, True, method)
    for side, mark in ((EAST, "EAST"), (WEST, "WEST")):
        does, address = walk.me == walk.cast.staff["资料员", side], f"/errands/{quote(f'{mark}交办')}/"
        walk.page("errand-act", True, "get", address)
        walk.page("errand-act", does, "post", address, act="finish", day="2026-11-23", told="")
    mine = walk.me == walk.cast.staff["客户经理", EAST]
    for name in ("notice-open", "reminder-done"):
        address = PAGES[name]["at"].format(**written)
        for method in ("get", "post"):
            walk.page(name, mine, method, address)
    (client,) = [row for row in walk.cast.of("party") if row.key == written["client"]]
    address = PAGES["note-add"]["at"].format(client=quote(written["client"]))
    read_only = walk.post in {"审计员", "监管检查员"}
    walk.page("note-add", True, "get", address)
    walk.ask("post", address, 404 if not walk.sees(client) else 403 if read_only else 302, text="回过电话")
    if walk.sees(client):
        page = walk.ask("get", f"/registers/party/row/{quote(client.key)}/", 200)
        assert "爱喝茶" in page
        assert Note.objects.filter(party=client.key, by=walk.me, text__gt="").exists() == (
            mine or not read_only
        )
    for method in ("get", "post"):
        walk.page("note-withdraw", mine, method, PAGES["note-withdraw"]["at"].format(**written))
    someone = walk.cast.staff["客户经理", EAST]
    for name in ("accounts", "account", "desk-keeping"):
        for method in ("get", "post"):
            walk.page(name, keeper, method, PAGES[name]["at"].format(person=someone), colleagues=True)
    for name in ("channels", "deliveries", "channel-switch", "channel-try", "channel-remove"):
        for method in ("get", "post"):
            walk.page(
                name, keeper, method, PAGES[name]["at"].format(**written), colleagues=name == "channels"
            )


def walk_acts(walk):
    imports, day, trail = ("导" in walk.may, "推" in walk.may, "迹" in walk.may)
    mine = walk.house.upload.by == walk.me
    for name in ("imports", "template", "mappings", "mapping", "mapping-retire", "match-forget"):
        for method in ("get", "post"):
            walk.page(name, imports, method)
    for name in (
        "import",
        "import-state",
        "import-changes",
        "import-marked",
        "import-again",
        "import-withdraw",
        "import-match",
        "import-headings",
        "import-take",
        "import-discard",
    ):
        address = PAGES[name]["at"].format(upload=walk.house.upload.pk)
        allowed = mine if name == "import-marked" else mine or walk.everything
        page = PAGES[name]
        for method in ("get", "post"):
            expected = (
                page[method]
                if (imports and allowed) or page[method] == 405
                else page["else"]
                if imports
                else 403
            )
            walk.ask(method, address, expected, clear=name == "import-marked" and mine)
    for method in ("get", "post"):
        walk.page("days", day, method, **({"day": "3000-01-01"} if method == "post" else {}))
        walk.page("day", day, method, f"/days/{walk.house.run.pk}/")
        walk.page("day-asked", day, method, f"/days/asked/{walk.house.asked_run.pk}/")
        walk.page("trail", trail, method)
        for number in (1, 10**9):
            address = PAGES["event"]["at"].format(event=number)
            expected = 404 if trail and method == "get" and number > 1 else None
            walk.ask(method, address, expected) if expected else walk.page("event", trail, method, address)
        walk.page("figures", walk.cells["policy"] != "·", method)
        for name in ("figure", "figure-state", "figure-withdraw"):
            walk.page(name, "改" in walk.may, method)
    kinds = Event.objects.values("act", "kind").annotate(one=Max("number"))
    for number in kinds.values_list("one", flat=True) if trail else ():
        walk.page("event", True, "get", PAGES["event"]["at"].format(event=number))
    walk.page("preferences", True, "get")
    walk.page("preferences", True, "post", theme="dark")
    walk.ask("get", "/no/such/page/", 404)
    walk.page("logout", True, "get")
    walk.page("logout", True, "post")
    walk.ask("get", "/", 302)


# ------------------------------------------------------------------ nobody, who has left, who must change his password


def addresses(house):
    """Every address of the table once, its places filled in with things that are there."""
    row = house.cast.of("contract")[0]
    east = house.papers[EAST]
    warning = quote(house.cast.of("warning")[0].key)
    of_papers = {"unfilled": east.unfilled.pk, "paper": east.paper.pk, "attachment": east.file.pk, "contract": east.contract, "person": east.file.by}  # fmt: skip
    filled = {**of_papers, **house.written, "warning": warning, "duty": house.duties[0].pk, "words": "HT", "table": "contract", "key": row.key, "upload": house.upload.pk, "run": house.run.pk, "matter": house.signing.matters[EAST].pk, "delegation": house.signing.given.pk, "token": 1, "event": 1, "errand": quote("EAST交办"), "stand_in": house.signing.ahead.pk, "asked_run": house.asked_run.pk}  # fmt: skip
    return {name: page["at"].format(**filled) for name, page in PAGES.items()}


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_is_sent_to_the_login_from_every_address_whether_it_exists_or_not(house, method) -> None:
    client = Client(enforce_csrf_checks=True)
    asked = {
        **addresses(house),
        "no such": "/no/such/page/",
        "no slash": "/contracts",
        "no row": "/registers/contract/row/HT-NOWHERE/",
    }
    for name, address in asked.items():
        if PAGES.get(name, {}).get("for") == "open":
            continue
        answer = getattr(client, method)(address)
        refuse_bad_headers(answer, address)
        expected = "/login/" if name == "desk" else f"/login/?next={quote(address, safe='')}"
        assert (answer.status_code, answer.headers["Location"]) == (302, expected)
        assert answer.content == b""


def test_the_open_pages_say_nothing_of_the_company_to_nobody(house) -> None:
    client = Client()
    for name in ("login", "health", "worker"):
        answer = client.get(PAGES[name]["at"])
        refuse_bad_headers(answer, name)
        text = text_of(answer)
        assert answer.status_code == 200
        assert [one for one in house.cast.secrets if one in text] == []
        assert "HT-" not in text
    assert client.post(PAGES["health"]["at"]).status_code == 405


def test_who_has_left_is_answered_nothing_by_any_address(house) -> None:
    client = logged_in("ELEFT")
    for name, address in {**addresses(house), "no such": "/no/such/page/"}.items():
        for method in ("get", "post"):
            if PAGES.get(name, {}).get("for") == "open" or name in {"logout", "password"}:
                continue
            answer = getattr(client, method)(address)
            refuse_bad_headers(answer, address)
            assert answer.status_code == 403, f"{method} {address}"
            assert "EAST" not in words_of(answer).replace(address, "")
    assert "EAST" not in words_of(client.get("/password/"))


def test_a_closed_account_cannot_come_in_and_is_put_out(house) -> None:
    login = house.cast.staff["客户经理", EAST]
    client = logged_in(login)
    Account.objects.filter(login=login).update(is_active=False)
    assert client.get("/contracts/").headers["Location"].startswith("/login/")
    answer = Client().post("/login/", {"login": login, "password": FIRST_PASSWORD})
    assert answer.status_code == 200


def test_who_must_change_his_password_reaches_that_page_only_and_then_all(house) -> None:
    login = house.cast.staff["客户经理", EAST]
    Account.objects.filter(login=login).update(must_change=True)
    client = logged_in(login)
    for name, address in {**addresses(house), "no such": "/no/such/page/"}.items():
        if name in {"password", "logout", "health"}:
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(address)
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/password/"), (
                f"{method} {address}"
            )
    said = {"old_password": FIRST_PASSWORD, "new_password1": "kurz", "new_password2": "kurz"}
    assert client.post("/password/", said).status_code == 200
    said |= {"new_password1": "lang-genug-7", "new_password2": "lang-genug-7"}
    assert client.post("/password/", said).headers["Location"] == "/"
    assert client.get("/contracts/").status_code == 200
    assert logged_in(login, "lang-genug-7").get("/contracts/").status_code == 200


# ------------------------------------------------------------------ forms, cookies, failed logins, redirects


def test_every_post_demands_the_token_of_its_form(house) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/login/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    said = {"login": house.cast.staff["风控部经理", EAST], "password": FIRST_PASSWORD}
    assert client.post("/login/", said).status_code == 403
    assert client.post("/login/", {**said, "csrfmiddlewaretoken": token}).status_code == 302
    events = Event.objects.count()
    for name, address in addresses(house).items():
        if PAGES[name].get("post") != 405:
            answer = client.post(address)
            refuse_bad_headers(answer, address)
            assert answer.status_code == 403, name
            assert "页面放得太久了" in text_of(answer), name
    assert Event.objects.count() == events
    assert client.get("/").status_code == 200


def test_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites_and_ends_with_the_working_day(
    house,
) -> None:
    client = logged_in(house.cast.staff["客户经理", EAST])
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 9 * 3600)


def test_a_session_before_the_login_is_not_the_one_after_it_and_none_after_the_logout(house) -> None:
    client = logged_in(house.cast.staff["客户经理", EAST])
    first = client.cookies["sessionid"].value
    again = Client()
    again.cookies["sessionid"] = first
    assert again.get("/").status_code == 200
    client.post("/logout/")
    assert again.get("/").status_code == 302


def test_after_five_failed_logins_even_the_right_password_waits_a_quarter_of_an_hour(house) -> None:
    login = house.cast.staff["客户经理", EAST]
    for _ in range(4):
        assert Client().post("/login/", {"login": login, "password": "geraten"}).status_code == 200
    assert logged_in(login)
    for _ in range(5):
        Client().post("/login/", {"login": login, "password": "geraten"})
    refused = Client().post("/login/", {"login": login, "password": FIRST_PASSWORD})
    unknown = Client().post("/login/", {"login": "nobody-here", "password": "geraten"})
    assert (refused.status_code, unknown.status_code) == (200, 200)
    assert "sessionid" not in refused.cookies
    assert same_but_for(refused) == same_but_for(unknown)
    account = Account.objects.get(login=login)
    assert account.locked_until is not None
    Account.objects.filter(login=login).update(locked_until=NOW)
    assert logged_in(login)
    assert Event.objects.filter(act="login-failed", subject=login).count() == 9


def same_but_for(answer, *asked):
    """A page without what was asked for and without the token of its form."""
    text = re.sub(
        r'(name="(?:csrfmiddlewaretoken|back|login)" value=|X-CSRFToken": )"[^"]*"', "", text_of(answer)
    )
    for one in asked:
        text = text.replace(unquote(one), "").replace(one, "")
    return text


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "http:evil.example", "\thttps://evil.example"],
)  # fmt: skip
def test_no_login_and_no_preference_leads_to_another_site(house, target) -> None:
    login = house.cast.staff["客户经理", EAST]
    client = Client()
    answer = client.post(
        f"/login/?next={quote(target, safe='')}", {"login": login, "password": FIRST_PASSWORD}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    answer = client.post("/preferences/", {"theme": "dark", "back": target})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_login_leads_back_to_what_was_asked_for(house) -> None:
    client = Client()
    sent = client.get("/contracts/?status=in_guarantee&page=2").headers["Location"]
    answer = client.post(sent, {"login": house.cast.staff["客户经理", EAST], "password": FIRST_PASSWORD})
    assert answer.headers["Location"] == "/contracts/?status=in_guarantee&page=2"


@pytest.mark.parametrize(
    "post", ["客户经理", "出纳", "前台", "法务专员"], ids=lambda post: terms().find(post).id
)
def test_what_one_may_not_see_is_answered_as_what_is_not_there(house, post) -> None:
    """Rows, registers, duties: the two pages are the same, letter for letter."""
    walk = Walk(house, post)
    west = next(row for row in house.cast.of("lending_request") if row.side == WEST)
    unseen = next(duty for duty in house.duties if not walk.may_see_duty(duty))
    register = "party" if post == "出纳" else "cash_close"
    pairs = [
        (f"/registers/lending_request/row/{quote(west.key)}/", "/registers/lending_request/row/nowhere/"),
        (f"/registers/{register}/", "/registers/nothing/"),
        (f"/duties/{unseen.pk}/", "/duties/98765432/"),
    ]
    for hidden, absent in pairs:
        answers = [walk.client.get(hidden), walk.client.get(absent)]
        assert [one.status_code for one in answers] == [404, 404]
        assert same_but_for(answers[0], hidden) == same_but_for(answers[1], absent)


# ------------------------------------------------------------------ personal numbers


def test_a_number_is_opened_with_a_reason_only_and_that_is_on_record(house) -> None:
    walk = Walk(house, "客户经理")
    row = next(one for one in house.cast.of("party") if one.contract == "HT-EAST-1")
    address = f"/registers/party/row/{row.key}/numbers/"
    events = Event.objects.filter(act="open-number")
    walk.ask("post", address, 200, reason="  ")
    assert not events.exists()
    text = walk.ask("post", address, 200, clear=True, reason="与身份证核对")
    assert row.values["证件号"] in text
    (event,) = events
    assert (event.by, event.kind, event.subject, event.reason) == (walk.me, "party", row.key, "与身份证核对")
    assert not any(secret in str(event.after) for secret in house.cast.secrets)


def test_a_list_is_exported_with_its_numbers_for_a_reason_only_and_that_is_on_record(house) -> None:
    """What he sees, as far as it is narrowed, and of the rest nothing; in the sheet about it the reason stands too."""
    walk = Walk(house, "客户经理")
    events = Event.objects.filter(act="export-numbers")
    address = "/registers/party/clear/?col=title"
    page = walk.ask("post", address, 422, reason=" ")
    assert "请写明导出完整号码的理由" in page
    assert not events.exists()
    book = walk.ask("post", address, 200, clear=True, reason="向法院报送")
    mine = [row for row in house.cast.of("party") if walk.sees(row)]
    numbers = {one for row in mine for one in (row.values.get("证件号"), row.values.get("手机")) if one}
    assert {one for one in house.cast.secrets if one in book} == numbers & set(house.cast.secrets)
    assert "向法院报送" in book
    (event,) = events
    assert (event.by, event.kind, event.subject, event.reason) == (walk.me, "party", "*", "向法院报送")
    assert (event.after["rows"], event.after["asked"]) == (len(mine), "col=title")
    assert {"party_no", "mobile"} <= set(event.after["columns"])
    narrowed = walk.ask(
        "post", f"{address}&q={quote(mine[0].values['名称'])}", 200, clear=True, reason="向法院报送"
    )
    assert mine[0].values["证件号"] in narrowed
    others = {row.values["证件号"] for row in mine[1:] if row.values["名称"] != mine[0].values["名称"]}
    assert not [one for one in others & set(house.cast.secrets) if one in narrowed]


def test_a_number_that_was_searched_for_stands_neither_in_the_export_nor_on_record(house) -> None:
    walk = Walk(house, "客户经理")
    row = next(one for one in house.cast.of("party") if one.contract == "HT-EAST-1")
    for number in (row.values["证件号"], row.values["手机"]):
        for words in (number, f"号码{number}"):
            walk.ask("get", f"/clients/?q={quote(words)}&as=xlsx", 200)
        assert keys_listed(text_of(walk.client.get(f"/clients/?q={number}")), "party") == {row.key}
    told = [str(event.after) for event in Event.objects.filter(act="export")]
    assert len(told) == 4
    assert [one for one in told if any(secret in one for secret in house.cast.secrets)] == []


def test_a_text_that_holds_a_number_is_not_shown_for_correction_and_not_lost_by_one(house) -> None:
    walk = Walk(house, "客户经理")
    key = "EAST-1联络"
    before = standing(homes()["contact"]).get(key=key)
    page = walk.ask("get", f"/registers/contact/row/{quote(key)}/correct/", 200)
    said = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]+)"', page))
    for name, options in re.findall(r'<select name="([a-z_]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]+)" selected', options)
        said[name] = chosen[1] if chosen else ""
    answer = walk.client.post(
        f"/registers/contact/row/{quote(key)}/correct/",
        {**said, "result": "承诺还款", "promised_day": "2026-11-30", "reason": "听录音"},
    )
    assert answer.status_code == 302, text_of(answer)
    after = standing(homes()["contact"]).get(key=key)
    number = f"{terms().find('号码').id}_mark"  # sealed anew each time, marked the same
    assert after.result == terms().find("承诺还款").id
    assert (after.remark, getattr(after, number)) == (before.remark, getattr(before, number))


# ------------------------------------------------------------------ files


def handed_in(walk, name, text):
    """A file handed in through the page."""
    answer = walk.client.post("/imports/", {"file": SimpleUploadedFile(name, text.encode())})
    assert answer.status_code == 302
    return Upload.objects.order_by("-pk").first()


def test_nobody_makes_himself_general_manager_by_a_file(house) -> None:
    walk = Walk(house, "风控部经理")
    upload = handed_in(walk, "任职.csv", f"员工,岗位,机构,自\n{walk.me},总经理,J2,2026-01-01\n")
    answer = walk.client.post(f"/imports/{upload.pk}/take/")
    assert answer.status_code == 409
    assert "登记人事" in text_of(answer)
    assert not standing(homes()["assignment"]).filter(employee=walk.me, post="general_manager").exists()
    assert not Event.objects.filter(act="import", by=walk.me).exists()


def test_what_stands_is_changed_by_a_file_only_where_who_takes_it_sees_the_row(house) -> None:
    walk, manager = Walk(house, "管理员"), Walk(house, "风控部经理")
    row = standing(homes()["contract"]).get(key="HT-EAST-1")
    said = next(
        one.values
        for one in house.cast.rows
        if one.table == "contract" and one.values["合同号"] == "HT-EAST-1"
    )
    said = said | {"期限月": "36" if str(said["期限月"]) != "36" else "24"}
    upload = handed_in(walk, "合同.csv", f"{','.join(said)}\n{','.join(map(str, said.values()))}\n")
    assert upload.tables["contract"][3] == 1, "the file changes a row"
    page = text_of(walk.client.get(f"/imports/{upload.pk}/"))
    assert "您的岗位看不全这些登记簿" in page
    assert f"/imports/{upload.pk}/take/" not in page
    answer = walk.client.post(f"/imports/{upload.pk}/take/")
    assert answer.status_code == 409
    assert "已登记的合同" in text_of(answer)
    upload.state = TAKING  # as if the check had told of no change, and the row had come to stand since
    upload.save()
    with pytest.raises(UploadRefusedError, match="changes-unseen"):
        take(upload, by=BY, at=NOW, day=DAY, now=lambda: NOW, bounds=Bounds(blind=frozenset({"contract"})))
    assert standing(homes()["contract"]).get(key="HT-EAST-1").pk == row.pk
    upload.state = CHECKED
    upload.save()
    assert f"/imports/{upload.pk}/take/" in text_of(manager.client.get(f"/imports/{upload.pk}/"))
    assert manager.client.post(f"/imports/{upload.pk}/take/").status_code == 302


def test_a_file_is_looked_into_by_who_handed_it_in_and_by_who_sees_everything(house) -> None:
    administrator, director, manager = (Walk(house, post) for post in ("管理员", "风控总监", "风控部经理"))
    assert "名单.csv" in text_of(manager.client.get("/imports/"))
    assert "名单.csv" in text_of(director.client.get("/imports/"))
    assert "名单.csv" not in text_of(administrator.client.get("/imports/"))
    marked = f"/imports/{house.upload.pk}/marked/"
    assert [one.client.get(marked).status_code for one in (manager, director, administrator)] == [
        200,
        404,
        404,
    ]


# ------------------------------------------------------------------ how many questions a page asks of the database


def more_of(table, number, tag, **changed):
    """Rows like one of the cast, so many of them."""
    model = homes()[table]
    like = standing(model).filter(**changed).first() or standing(model).first()
    rows = []
    for at in range(number):
        values = {
            field.attname: getattr(like, field.attname)
            for field in model._meta.concrete_fields
            if not field.primary_key
        }
        rows.append(model(**values | {"key": f"{like.key}{tag}{at}"}))
    model._default_manager.bulk_create(rows)


def more(house, number, tag):
    """Of everything that a list shows ``number`` more."""
    for table in dict.fromkeys(row.table for row in house.cast.rows):
        if table not in {"company", "branch", "assignment"}:
            more_of(table, number, tag)
    for table in ("inspection", "contact", "vehicle", "warning"):
        more_of(table, number, f"{tag}/", contract="HT-EAST-1")
    like = next(duty for duty in house.duties if duty.contract == "HT-EAST-1" and duty.state == "overdue")
    person = DutyPerson.objects.filter(duty=like).first()
    names = [field.attname for field in Duty._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(like, name) for name in names}
    duties = Duty.objects.bulk_create(Duty(**values | {"occurrence": f"{tag}{at}"}) for at in range(number))
    names = [field.attname for field in DutyPerson._meta.concrete_fields if not field.primary_key]
    told = {name: getattr(person, name) for name in names} | {"employee": house.cast.staff["总经理", EAST]}
    DutyPerson.objects.bulk_create(DutyPerson(**told | {"duty_id": duty.pk}) for duty in duties)
    for at in range(number):
        run = {
            field.attname: getattr(house.run, field.attname)
            for field in DayRun._meta.concrete_fields
            if not field.primary_key
        }
        DayRun.objects.create(**run | {"by": house.cast.staff["总经理", EAST]})
        receive(f"{tag}{at}.csv", b"x", by=Actor(house.cast.staff["风控总监", EAST]), at=NOW)
    chief = Actor(house.cast.staff["总经理", EAST])
    notify([Draft(chief.by, "test", {"channel": f"{tag}{at}"}) for at in range(number)], by=BY, at=NOW)
    for at in range(number):
        remind(f"{tag}{at}", DAY, by=chief, at=NOW)


LISTS = (
    "/", "/duties/?state=all", "/matters/", "/matters/?tab=opened", "/find/?q=HT-", "/clients/", "/contracts/", "/warnings/", "/imports/", "/days/", "/trail/",
    "/rules/", "/registers/", "/posts/", "/registers/contract/row/HT-EAST-1/", "/files/contract/HT-EAST-1/",
    "/registers/contract/choices/?from=q&q=HT", "/contracts/?as=xlsx", "/messages/", "/reminders/",
)  # fmt: skip


def counted(walks, table_lists):
    """How many questions each page asks, and how many rows it shows."""
    found = {}
    for address in (*LISTS, *table_lists):
        walk = walks["风控总监"] if address.startswith("/imports") else walks["总经理"]
        forget()  # what was asked of the registers before is asked again, each time
        with CaptureQueriesContext(connection) as asked:
            answer = walk.client.get(address)
        assert answer.status_code == 200, address
        found[address] = (len(asked), text_of(answer).count("<tr data-open="))
    return found


def test_no_page_asks_more_of_the_database_for_fifty_rows_than_for_five(house) -> None:
    walks = {post: Walk(house, post) for post in ("总经理", "风控总监")}
    tables = [f"/registers/{table}/" for table in dict.fromkeys(row.table for row in house.cast.rows)]
    more(house, 5, "+")
    few = counted(walks, tables)
    more(house, 45, "++")
    many = counted(walks, tables)
    asks_more = {
        address: (few[address][0], numbers[0])
        for address, numbers in many.items()
        if numbers[0] > few[address][0]
    }
    assert asks_more == {}
    grown = Counter(many[address][1] > few[address][1] for address in many)
    assert grown[True] > 20, "the pages did show more rows"
    for address in (
        "/",
        "/clients/",
        "/contracts/",
        "/warnings/",
        "/imports/",
        "/days/",
        "/registers/contract/row/HT-EAST-1/",
    ):
        assert many[address][1] > few[address][1], address


def test_the_page_of_rights_speaks_words_in_both_languages(house) -> None:
    walk = Walk(house, "客户经理")
    identifiers = re.compile(
        r"<td[^>]*>[^<]*(?:[a-z]+_[a-z_]+|"
        + "|".join(ROOMS)
        + r"|company|branch|own|day|import|trail|accounts)\b[^<]*</td>"
    )
    said = {}
    for lang in ("zh", "en"):
        walk.client.post("/preferences/", {"lang": lang})
        said[lang] = text_of(walk.client.get("/posts/"))
        rights, decided, steps = said[lang].split("</table>")[:3]
        assert rights.count("<tr") == len(POSTS) + 1
        assert decided.count("<tr") > 1
        assert steps.count("<tr") == len(STEPS) + 1
    assert identifiers.findall(said["zh"]) == []
    assert re.findall(r">[^<]*[a-z]+_[a-z]+[^<]*</td>", said["en"]) == []
    assert "看自己名下" in said["zh"]
    assert "Compensation and recovery" in said["en"]
