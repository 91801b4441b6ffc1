"""More of what people do in a day, in a real browser: a bank's list, a warning, an errand, a pool, a handover."""

import csv
import io

import pytest
from browsing import DESKTOP, Person, serving
from installed import sample_at
from PIL import Image

pytestmark = pytest.mark.slow

GENERAL_MANAGER, RISK_MANAGER, ACCOUNT_MANAGER, SERVICE_AGENT, CAR_LOAN_MANAGER = (
    "e04",
    "e08",
    "e15",
    "e26",
    "e19",
)
PICTURE = {"name": "厂门口.png", "mimeType": "image/png", "buffer": io.BytesIO()}
Image.new("RGB", (40, 30), "grey").save(PICTURE["buffer"], "PNG")
PICTURE["buffer"] = PICTURE["buffer"].getvalue()
WIDTH = "document.documentElement.scrollWidth"


def test_a_risk_manager_maps_a_banks_list_matches_its_rows_and_takes_it(person, tmp_path) -> None:
    one = person(RISK_MANAGER)
    one.open("/contracts/")
    contract, client = (one.page.locator("main tr[data-open] td").nth(at).inner_text() for at in (0, 1))
    file = tmp_path / "11月名单.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(
            [
                ["某银行逾期清单", "", "", ""],
                ["借据编号", "借款人名称", "逾期本金（元）", "逾期利息（元）"],
                ["WH-1", client, "12000.50", "300"],
                ["WH-2", "没有这家公司", "1", "1"],
            ]
        )
    one.open("/imports/")
    one.page.set_input_files("[name=file]", file)
    one.press("main button.main")
    one.page.wait_for_selector("a:has-text('对照表头')", timeout=30_000)
    one.press("a:has-text('对照表头') >> nth=0")
    assert one.page.input_value("[name=col-1]") == "合同:客户.名称"
    one.page.fill("#name", "某银行逾期")
    one.page.select_option("[name=day_column]", value="list_day")
    one.page.fill("[name=day]", "2026-11-05")
    one.press("button:has-text('保存并按它重新读')")
    one.page.wait_for_selector("h2:has-text('和登记簿核对')", timeout=30_000)
    rows = one.page.locator("section:has(h2:has-text('和登记簿核对')) tbody tr")
    assert rows.count() == 2
    rows.nth(0).locator("input").fill(contract)
    rows.nth(1).locator("select").select_option(value="none")
    one.press("button:has-text('记下并重新核对')")
    one.page.wait_for_selector("button:has-text('导入：新增 1 行')", timeout=30_000)
    assert "注明不是我们的 1" in one.text()
    one.press("button:has-text('导入：新增 1 行')")
    one.page.wait_for_selector("button:has-text('撤回这一批')", timeout=60_000)
    one.open("/imports/mappings/")
    one.press("main tr[data-open] a")
    assert "没有这家公司" in one.text()
    assert one.complaints == []


@pytest.mark.covers("P01-13", "P01-14")
@pytest.mark.parametrize("phone", [True], ids=["phone"])
def test_a_warning_is_raised_verified_and_answered_on_a_phone(person, phone: bool) -> None:
    one = person(ACCOUNT_MANAGER, phone=phone)
    one.open("/warnings/raise/")
    one.page.locator("#party").press_sequentially("公司", delay=30)
    one.page.wait_for_selector("#choices-party option", state="attached", timeout=10_000)
    one.page.fill("#party", one.page.locator("#choices-party option").first.get_attribute("value"))
    one.page.select_option("#rule", value="S17")
    one.page.check("[name=level][value=watch]")
    one.page.fill("#told", "老板说明年不做这一行了")
    one.press("main button.main")
    address = one.page.url.removeprefix(one.address)
    assert "待核实" in one.text()
    assert "预警核实" in one.text()
    one.page.check("[name=outcome][value=confirmed]")
    one.page.fill("#told", "当面问过，设备已挂牌出售")
    one.press("button:has-text('记下核实')")
    assert "待定措施" in one.text()
    assert one.page.evaluate(WIDTH) <= one.page.viewport_size["width"]
    risk = person(RISK_MANAGER)
    risk.open(address)
    risk.press("button:has-text('采纳全部建议')")
    assert "措施在办" in risk.text()
    one.open(address)
    for _at in range(2):
        one.page.locator("summary:has-text('填成效')").first.click()
        one.page.locator("details[open] [name=told]").fill("已办好")
        one.page.locator("details[open] button.main").click()
        one.settle()
    one.page.fill("#conclusion", "转型有订单支持，还款来源已核实")
    one.press("button:has-text('送签关闭')")
    assert "签批中" in one.text()
    risk.open("/matters/")
    assert "预警关闭：经营政策将变" in risk.text()
    risk.open("/warnings/radar/")
    risk.page.wait_for_selector(".chart canvas", timeout=20_000)
    assert (one.complaints, risk.complaints) == ([], [])


def test_an_errand_is_given_and_done(person) -> None:
    head, doer = person(GENERAL_MANAGER), person(ACCOUNT_MANAGER)
    head.open("/errands/")
    head.page.fill("[name=person]", "E15")
    head.page.fill("[name=matter]", "补齐抵押登记回执")
    head.page.fill("[name=deadline]", "2099-12-31")
    head.press("section:has(h2:has-text('新的交办')) button.main")
    assert "已交办" in head.text()
    doer.open("/errands/?tab=mine")
    doer.press("main tr[data-open] a >> nth=0")
    assert "补齐抵押登记回执" in doer.text()
    assert (head.complaints, doer.complaints) == ([], [])


def test_a_duty_is_taken_out_of_its_pool(chromium, tmp_path, tmp_path_factory) -> None:
    """In a sample of its own: in the one that all share, somebody may have done what lay there."""
    sample_at(tmp_path / "home", tmp_path_factory)
    with serving(tmp_path / "home", DATABASE_URL="") as address:
        agent = Person(chromium, address, DESKTOP)
        agent.log_in(SERVICE_AGENT)
        agent.open("/pool/")
        agent.page.locator("main input[name=duty]").first.check()
        agent.press("button[value=take]")
        assert "领取" in agent.text()
        assert agent.complaints == []
        agent.context.close()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_call_is_asked_about_and_entered_all_the_same_with_a_reason(person, phone: bool) -> None:
    one = person(CAR_LOAN_MANAGER, phone=phone)
    one.open("/contracts/")
    one.open(
        f"/registers/contact/new/?contract={one.page.locator('main tr[data-open] a').first.inner_text()}"
    )
    for name, value in (("mode", "电话"), ("matter", "催收"), ("result", "接通")):
        one.page.select_option(f"[name={name}]", label=value)
    one.page.fill("[name=clock_time]", "22:05")
    one.page.fill("[name=dialled_no]", "+86 138-1234-5678")
    one.press("main button[name=ask]")
    assert "22时在可以联系的钟点之外" in one.text(".gates")
    assert one.fits()
    one.page.fill("[name=against]", "本人来电约定")
    one.press("main button.main")
    assert "*** 5678" in one.text()
    assert "规则怎么说" in one.text()
    assert "仍要登记：本人来电约定" in one.text()
    assert one.fits()
    assert one.complaints == []


def test_a_handover_is_put_forward_and_signed_by_who_gives(person) -> None:
    head = person(GENERAL_MANAGER)
    assert head.open("/handovers/E15/") == 200
    head.page.fill("[name=person]", "E16")
    head.page.fill("[name=reason]", "调往云浦分公司")
    head.press("main button.main")
    assert "签批中" in head.text()
    address = head.page.url.removeprefix(head.address)
    giver = person(ACCOUNT_MANAGER)
    assert giver.open(address) == 200
    giver.press("button[value=sign]")
    assert "签" in giver.text()
    assert (head.complaints, giver.complaints) == ([], [])


def test_a_days_forms_are_kept_on_a_phone_filled_without_a_network_and_sent_later(person) -> None:
    one = person(ACCOUNT_MANAGER, phone=True)
    page, said = one.page, "路上没有信号，先写在这里"
    one.open("/visits/")
    page.click("[data-keep]")
    page.wait_for_selector("[data-keep] + span:has-text('没有网络也能打开')", timeout=60_000)
    form = page.locator("main a.button:has-text('填表')").first.get_attribute("href")
    page.context.set_offline(True)
    page.goto(one.address + "/visits/")
    page.wait_for_selector("main .away")
    page.goto(one.address + form)
    page.wait_for_selector("main .away")
    field = page.locator("form.sheet textarea:visible").first
    name = field.get_attribute("name")
    field.fill(said)
    page.click("form.sheet button.main")  # handing in has to wait; nothing is lost
    page.wait_for_selector("#saved:has-text('先存在这台设备上')")
    assert page.url == one.address + form
    page.set_input_files("form[data-place] input[type=file]", files=[PICTURE])
    page.click("form[data-place] button")
    page.wait_for_selector("main .away:has-text('厂门口.png')")
    page.goto(one.address + "/visits/")  # left while away: the form's own page cannot send it any more
    page.wait_for_selector("main .away")
    page.context.set_offline(False)
    one.open("/contracts/")  # any page sends what was left
    page.wait_for_selector("main .away:has-text('已送出：厂门口.png')")
    page.wait_for_function("() => Object.keys(localStorage).length === 0")
    one.open(form)
    assert page.input_value(f"[name='{name}']") == said
    page.locator("#attachments .photo img").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#attachments .photo img').naturalWidth === 40")
    page.context.set_offline(True)
    page.fill(f"[name='{name}']", said + "，又补一句")
    page.click("form.sheet button.main")
    page.wait_for_selector("#saved:has-text('先存在这台设备上')")
    page.context.set_offline(False)  # the page that stands open sends by itself
    page.wait_for_selector("#saved:has-text('草稿已存')")
    page.wait_for_function("() => Object.keys(localStorage).length === 0")
    one.open(form)
    assert page.input_value(f"[name='{name}']") == said + "，又补一句"
    page.click("details.me summary")
    page.click("form[data-forgets] button")
    page.wait_for_selector("[name=password]")
    assert page.evaluate("caches.keys()") == []
    away = {"htmx:sendError", "htmx:afterRequest"}  # what it says of a request that no network took
    wanted = [text for text in one.complaints if "ERR_INTERNET_DISCONNECTED" not in text and text not in away]
    assert wanted == []
