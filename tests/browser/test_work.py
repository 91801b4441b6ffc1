"""What people do in a day, done in a real browser on a desktop and on a phone, against the served sample company."""

import csv
import re
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

pytestmark = pytest.mark.slow

GENERAL_MANAGER, RISK_MANAGER, ACCOUNT_MANAGER, CASHIER, ADMINISTRATOR, AUDITOR = (
    "e04",
    "e08",
    "e15",
    "e29",
    "e32",
    "e34",
)
MANY_BROWSERS, TOO_LONG = 100, 5  # connections that stay open; seconds
FIRST_VISIT, LATER_VISIT = 200_000, 40_000  # bytes over the wire, compressed
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.hadRecentInput ? 0 : one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 300);
})"""


def figure(person, label: str) -> int:
    """A number in the head of the desk."""
    return int(person.page.locator(".figure", has_text=label).locator("b").inner_text())


OUTSIDE, AT_DESKS = (GENERAL_MANAGER, RISK_MANAGER, ACCOUNT_MANAGER), (CASHIER, ADMINISTRATOR, AUDITOR)


@pytest.mark.parametrize(
    ("login", "phone"),
    [
        *(pytest.param(login, False, id=f"desktop-{login}") for login in (*OUTSIDE, CASHIER, ADMINISTRATOR)),
        # who audits sees what the general manager sees, and less to do
        pytest.param(AUDITOR, False, id=f"desktop-{AUDITOR}", marks=pytest.mark.long),
        pytest.param(ACCOUNT_MANAGER, True, id=f"phone-{ACCOUNT_MANAGER}"),
        # who works at a desk, or sees what others see too, is tried on a phone by the long tests
        *(
            pytest.param(login, True, id=f"phone-{login}", marks=pytest.mark.long)
            for login in (GENERAL_MANAGER, RISK_MANAGER, *AT_DESKS)
        ),
    ],
)
def test_every_place_of_a_post_opens_steady_and_without_a_complaint(person, login: str, phone: bool) -> None:
    one = person(login, phone=phone)
    places = one.page.eval_on_selector_all("header nav a", "all => all.map(a => a.getAttribute('href'))")
    assert len(places) >= 3
    for path in places:
        assert one.open(path) == 200, path
        assert one.page.evaluate("document.documentElement.scrollWidth") <= one.page.viewport_size["width"], (
            path
        )
        assert one.page.evaluate(SHIFT) == 0, path
        first = one.page.locator("main tr[data-open]").first
        if first.count():
            target = first.get_attribute("data-open")
            assert one.open(target) == 200, target
            assert (
                one.page.evaluate("document.documentElement.scrollWidth") <= one.page.viewport_size["width"]
            ), target
    assert one.complaints == []


@pytest.mark.covers("P01-03")
def test_an_account_manager_does_an_inspection_from_the_desk_to_the_end(person) -> None:
    one = person(ACCOUNT_MANAGER)
    option = one.page.locator("select[name=rule] option", has_text="常规检查").first
    one.page.select_option("select[name=rule]", value=option.get_attribute("value"))
    one.press(".pane .filters button")
    one.press("main tr[data-open] a")
    address = one.page.url
    one.press("#why summary")
    one.page.wait_for_selector("#why-text pre, #why-text .why", timeout=20_000)
    assert "到期" in one.text("#why-text")
    one.press("main a.button:has-text('只登记')")  # the visit alone; its report is another test's
    one.press("main button.main")  # "urgent" is not answered yet
    assert "还没有保存" in one.text()
    one.page.select_option("[name=urgent]", label="否")
    one.press("main button.main")
    assert one.page.url == address
    assert "已办结" in one.text()
    one.open("/?rule=regular-inspection")  # the next one counts from this, and may be on the desk already
    assert address.removeprefix(one.address) not in one.page.eval_on_selector_all(
        "tr[data-open]", "all => all.map(row => row.dataset.open)"
    )
    assert one.complaints == []


def test_a_risk_manager_hands_in_a_file_with_faults_takes_the_good_rows_and_takes_them_back(
    person, tmp_path
) -> None:
    one = person(RISK_MANAGER)
    one.open("/contracts/")
    contract = one.page.locator("main tr[data-open] a").first.inner_text()
    client = one.page.locator("main tr[data-open] td").nth(1).inner_text()
    one.open("/clients/?q=" + client)
    number = one.page.locator("main tr[data-open] td").nth(1).inner_text()
    assert not re.search(r"\d{17}[\dX]", number) or number.startswith("9"), (
        "a private person's number is hidden"
    )
    file = tmp_path / "涉诉.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["主体", "案号", "角色", "标的", "立案日", "获知日"])
        writer.writerow(["91510000100000000L", "(2026)测1号", "被告", "12万元", "2026-10-01", "2026-10-08"])
    one.open("/imports/")
    one.page.set_input_files("[name=file]", file)
    one.press("main button.main")
    one.page.wait_for_selector("h2:has-text('检查意见')", timeout=30_000)
    assert "主体" in one.text()  # no such client stands: the fault names the column
    good = tmp_path / "库存.csv"
    good.write_text(
        f"合同,名单日,逾期本金,逾期利息\n{contract},2026-11-01,0,0\n没有这份,2026-11-01,0,0\n",
        encoding="utf-8",
    )
    one.open("/imports/")
    one.page.set_input_files("[name=file]", good.rename(tmp_path / "逾期名单.csv"))
    one.press("main button.main")
    one.page.wait_for_selector("button:has-text('导入：新增 1 行')", timeout=30_000)
    assert "没有这份" in one.text()
    one.press("button:has-text('导入：新增 1 行')")
    one.page.wait_for_selector("button:has-text('撤回这一批')", timeout=60_000)
    address = one.page.url
    one.page.fill("[name=reason]", "试导")
    one.press("button:has-text('撤回这一批')")
    assert "已整批撤回" in one.text()
    one.open(address.removeprefix(one.address))
    assert "已撤回" in one.text()
    assert one.complaints == []


def test_a_form_offers_clients_as_one_types_and_a_correction_asks_for_its_reason(person) -> None:
    one = person(ACCOUNT_MANAGER)
    one.open("/contracts/")
    one.press("main tr[data-open] a")
    one.press("a:has-text('更正')")
    one.page.fill("[name=purpose]", "更正后的用途")
    one.press("main button.main")
    assert "更正的理由" in one.text(".faults")
    one.page.fill("[name=reason]", "与合同原件核对")
    assert one.page.locator("[name=account_manager]").is_disabled()  # only a handover moves him
    client = one.page.input_value("[name=client]")
    one.page.fill("[name=client]", "")
    one.page.locator("[name=client]").press_sequentially(client[:3], delay=40)
    one.page.wait_for_selector("#choices-client option", state="attached", timeout=10_000)
    one.page.fill("[name=client]", client)
    one.press("main button.main")
    assert "已更正" in one.text()
    assert "更正后的用途" in one.text()
    assert one.complaints == []


DRAFTS = "Object.keys(localStorage).filter(name => /^(draft|typed):/.test(name)).length"
HAS_ONE, HAS_NONE = f"() => {DRAFTS} === 1", f"() => {DRAFTS} === 0"


def test_what_is_typed_is_on_the_device_at_once_and_outlives_a_page_that_was_closed_early(person) -> None:
    one = person(ACCOUNT_MANAGER)
    page, said = one.page, "刚写了几个字，浏览器就关了"
    option = page.locator("select[name=rule] option", has_text="常规检查").first
    page.select_option("select[name=rule]", value=option.get_attribute("value"))
    one.press(".pane .filters button")
    form = page.locator("main tr[data-open]").first.get_attribute("data-open") + "form/"
    one.open(form)
    field = page.locator("form.sheet textarea:visible").first
    name = field.get_attribute("name")
    field.fill(said)
    page.wait_for_function(HAS_ONE, timeout=1_000)  # long before the draft is sent
    one.context.set_offline(True)  # nothing arrives any more
    page.close()
    one.context.set_offline(False)
    page = one.context.new_page()
    page.goto(one.address + form)
    page.wait_for_selector("#saved:has-text('草稿已存')")
    assert page.input_value(f"[name='{name}']") == said
    assert page.evaluate(DRAFTS) == 0
    page.fill(f"[name='{name}']", said + "，没送到")
    page.wait_for_function(HAS_ONE, timeout=1_000)
    noted = page.evaluate("JSON.stringify({...localStorage})")
    page.click("button[name=draft]")
    page.wait_for_function(HAS_NONE)
    page.fill(f"[name='{name}']", "后来在手机上写的")
    page.click("button[name=draft]")
    page.wait_for_function(HAS_NONE)
    page.evaluate(
        "held => Object.entries(JSON.parse(held)).forEach(([at, text]) => localStorage.setItem(at, text))",
        noted,
    )
    page.goto(one.address + form)  # what the device has is older than the server's draft
    assert page.input_value(f"[name='{name}']") == "后来在手机上写的"
    assert page.evaluate(DRAFTS) == 0


def test_the_keyboard_leads_through_a_list(person) -> None:
    one = person(ACCOUNT_MANAGER)
    one.open("/contracts/")
    one.page.keyboard.press("j")
    one.page.keyboard.press("j")
    target = one.page.locator("tr.chosen").get_attribute("data-open")
    one.page.keyboard.press("Enter")
    one.page.wait_for_url("**" + target)
    one.page.keyboard.press("/")
    assert one.page.evaluate("document.activeElement.id") == "find"
    one.page.keyboard.press("Escape")
    one.page.keyboard.press("?")
    assert one.page.locator("dialog#keys").is_visible()


def test_places_that_do_not_fit_are_under_more_and_the_keyboard_reaches_them(person) -> None:
    one = person(RISK_MANAGER)
    one.press("details.me summary")
    one.press("details.me button[name=lang][value=en]")
    shown, summary = one.page.locator(".nav-in a"), one.page.locator("details.rest summary")
    last = one.page.locator("details.rest a", has_text="Rights by post")
    for width in (1440, 1024, 768, 390):
        one.page.set_viewport_size({"width": width, "height": 844})
        one.open("/")
        edge = one.page.evaluate("document.querySelector('.nav-in').getBoundingClientRect().right")
        ends = [
            box["x"] + box["width"] for at in range(shown.count()) if (box := shown.nth(at).bounding_box())
        ]
        assert len(ends) > 1, width
        assert max(ends) <= edge + 1, width
        assert summary.is_visible(), width
        summary.focus()
        one.page.keyboard.press("Enter")
        assert last.is_visible(), width
        one.page.keyboard.press("Escape")
        assert not last.is_visible(), width
        one.page.keyboard.press("Enter")
        one.page.keyboard.press("Tab")
        with one.page.expect_navigation():
            one.page.keyboard.press("Enter")
        assert one.page.locator("details.rest.here").count() == 1, width
    one.press("details.me summary")
    one.page.keyboard.press("Escape")
    assert one.page.locator("details.me").get_attribute("open") is None
    one.press("details.me summary")
    one.press("details.me button[name=lang][value=zh]")
    assert one.complaints == []


def test_the_pages_speak_english_by_a_switch_and_dark_by_another(person) -> None:
    one = person(AUDITOR)
    one.press("details.me summary")
    one.press("button[name=lang][value=en]")
    for path in ("/", "/registers/", "/trail/", "/posts/", "/contracts/"):
        one.open(path)
        said = one.page.inner_text("header nav") + one.page.inner_text("h1")
        assert not re.search(r"[\u4e00-\u9fff]", said.replace(one.page.inner_text(".me summary"), "")), said
    light = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    one.press("details.me summary")
    one.press("button[name=theme][value=dark]")
    assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    one.press("details.me summary")
    one.press("button[name=lang][value=zh]")
    assert one.complaints == []


def test_a_wrong_password_is_told_and_who_logs_out_is_out(person) -> None:
    one = person()
    one.open("/")
    assert "/login/" in one.page.url
    one.page.fill("[name=login]", CASHIER)
    one.page.fill("[name=password]", "not this one")
    one.press("main button.main")
    assert "不对" in one.text()
    one.log_in(CASHIER)
    assert "/login/" not in one.page.url
    one.press("details.me summary")
    one.press("button:has-text('退出')")
    one.open("/contracts/")
    assert "/login/" in one.page.url


def test_the_first_visit_is_light_and_the_later_ones_lighter(person) -> None:
    one = person()
    wire = one.context.new_cdp_session(one.page)
    wire.send("Network.enable")
    loaded: list[float] = []
    wire.on("Network.loadingFinished", lambda told: loaded.append(told["encodedDataLength"]))
    one.log_in(ACCOUNT_MANAGER)
    assert sum(loaded) <= FIRST_VISIT
    for path in ("/contracts/", "/clients/", "/rules/", "/"):
        loaded.clear()
        one.open(path)
        assert sum(loaded) <= LATER_VISIT, path


def test_whoever_comes_is_answered_at_once_however_many_browsers_keep_their_connections(served) -> None:
    place = served.removeprefix("http://")
    with ExitStack() as held:
        for _ in range(MANY_BROWSERS):
            one = held.enter_context(closing(HTTPConnection(place, timeout=TOO_LONG)))
            one.request("GET", "/health/")
            assert one.getresponse().read()
