"""The pictures of the manual, taken of a sample company that is being served: python tests/browser/pictures.py http://127.0.0.1:8000"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from daihou.cli.given import today

FOLDER = Path(__file__).parents[2] / "docs" / "manual" / "pictures"
PASSWORD = "daihou-sample"  # noqa: S105 - of the made-up company, and public
ACCOUNT_MANAGER, RISK_MANAGER, GENERAL_MANAGER, DEPUTY, AUDITOR = "e15", "e08", "e04", "e05", "e34"
CAR_MANAGER = "e19"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FAULTY = "走访号,合同,种类,客户,检查日,结果,紧急\nZF1,没有这份,常规,没有这人,昨天,完成,否\nZF2,没有这份,不定期,,2026-02-30,完成,\n"


def come_in(page: Page, address: str, login: str) -> None:
    """Log in as somebody."""
    page.goto(f"{address}/login/")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.main")
    page.wait_for_load_state("networkidle")


def come_in_anew(page: Page, address: str, login: str) -> None:
    """Somebody else at the same browser."""
    page.context.clear_cookies()
    come_in(page, address, login)


def take(page: Page, name: str) -> None:
    """One picture of what is seen."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}-{page.viewport_size['width']}.png")


def manager(page: Page, address: str) -> None:
    """Desk, duty and contract of an account manager."""
    come_in(page, address, ACCOUNT_MANAGER)
    take(page, "desk")
    page.click("main tr[data-open]:has-text('常规检查') a")
    page.wait_for_load_state("networkidle")
    page.click("#why summary")
    page.wait_for_selector("#why-text .why")
    take(page, "duty")
    page.click("dd a[href*='/contract/']")
    take(page, "contract")


def report(page: Page, address: str) -> None:
    """The form of an inspection with what stands beside it, a report that was handed in, the way of the day."""
    come_in(page, address, ACCOUNT_MANAGER)
    page.goto(f"{address}/visits/")
    take(page, "visits")
    page.goto(f"{address}/?rule=regular-inspection")
    page.click("main tr[data-open] a")
    page.wait_for_load_state("networkidle")
    page.click("main a.button:has-text('填表')")
    page.wait_for_load_state("networkidle")
    page.locator(".aside").first.scroll_into_view_if_needed()
    take(page, "form")


def watched(page: Page, address: str) -> None:
    """The watch list, one client on it, and a form as the company uses it."""
    come_in(page, address, RISK_MANAGER)
    page.goto(f"{address}/watch/")
    page.click("table a[href*='/watch/']")
    take(page, "watch")
    page.goto(f"{address}/papers/forms/guarantee_inspection_form/add/")
    page.fill("[name=zh]", "本月用电")
    page.select_option("[name=kind]", "number")
    page.fill("[name=unit]", "度")
    page.select_option("[name=group]", "甲、生产经营")
    page.fill("[name=reason]", "银行要求检查时看用电")
    take(page, "own-field")


def asked(page: Page, address: str) -> None:
    """A collection call at night: what the rules have against it; the first time entered all the same."""
    come_in(page, address, CAR_MANAGER)
    page.goto(f"{address}/registers/contract/")
    contract = page.locator("main tr[data-open] a").first.inner_text()
    page.goto(f"{address}/registers/contact/new/?contract={contract}")
    for name, value in (("clock_time", "22:05"), ("dialled_no", "13812345678")):
        page.fill(f"[name={name}]", value)
    for name, value in (
        ("mode", "电话"),
        ("matter", "催收"),
        ("answered_by", "本人"),
        ("result", "承诺还款"),
    ):
        page.select_option(f"[name={name}]", label=value)
    page.fill("[name=promised_day]", today().isoformat())
    page.fill("[name=promised_amount]", "5000")
    page.click("button[name=ask]")
    page.wait_for_selector("[name=against]")
    page.fill("[name=against]", "本人来电，约晚上谈")
    page.locator(".gates").scroll_into_view_if_needed()
    take(page, "asked")
    if page.viewport_size == DESKTOP:
        page.click("main button.main")
        page.wait_for_load_state("networkidle")


def leader(page: Page, address: str) -> None:
    """The overview and the list of duties as the general manager sees them, and an event of the trail as the auditor does."""
    come_in(page, address, GENERAL_MANAGER)
    page.goto(f"{address}/duties/?near=past")
    take(page, "duties")
    page.goto(f"{address}/overview/?period=twelve")
    take(page, "overview")
    come_in_anew(page, address, AUDITOR)
    page.goto(f"{address}/trail/?q=规则不许")
    page.click("main tr[data-open] a >> nth=0")
    take(page, "event")


def figure(page: Page, address: str) -> None:
    """A figure of a rule tried and put to signature by the risk manager, and its matter; the second time only looked at."""
    come_in(page, address, RISK_MANAGER)
    page.goto(f"{address}/figures/guarantee/用途检查期限/")
    page.fill("main [name=value]", "13")
    page.fill("main [name=since]", page.get_attribute("main [name=since]", "min"))
    page.fill("main [name=reason]", "董事会要求再留三天取齐凭证")
    page.click("main button[value=foresee]")
    page.wait_for_selector("main button[value=propose]", timeout=60_000)
    take(page, "figure")
    if page.locator("main button[value=propose]").count():
        page.click("main button[value=propose]")
        page.wait_for_load_state("networkidle")
    page.goto(f"{address}/matters/?tab=opened")
    page.click("main tr[data-open] a")
    take(page, "matter")


def risk(page: Page, address: str) -> None:
    """A file with faults, and a rule, as the risk manager sees them."""
    come_in(page, address, RISK_MANAGER)
    page.goto(f"{address}/rules/fund-use-check/")
    take(page, "rule")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "检查.csv"
        file.write_text(FAULTY, encoding="utf-8")
        page.goto(f"{address}/imports/")
        page.set_input_files("[name=file]", file)
        page.click("main button.main")
        page.wait_for_selector("h2:has-text('检查意见')")
    take(page, "import")
    page.click("button:has-text('放弃')")


def warned(page: Page, address: str) -> None:
    """The warnings, one of them verified and not yet answered, and the radar."""
    come_in(page, address, RISK_MANAGER)
    page.goto(f"{address}/warnings/")
    take(page, "warnings")
    page.goto(f"{address}/warnings/?stage=verify&level=severe")
    page.click("main tr[data-open] a >> nth=0")
    page.wait_for_load_state("networkidle")
    page.check("[name=outcome][value=confirmed]")
    page.fill("#told", "到厂里看过：两条线停了一条，会计说欠息下周才有钱。")
    page.click("button:has-text('记下核实')")
    take(page, "warning")
    page.goto(f"{address}/warnings/radar/")
    page.wait_for_selector(".chart canvas")
    take(page, "radar")


def planned(page: Page, address: str) -> None:
    """A plan against a grave risk being drafted, and a risk notice as its sender sees it."""
    come_in(page, address, ACCOUNT_MANAGER)
    page.goto(f"{address}/?rule=mitigation-plan")
    page.click("main tr[data-open] a")
    page.click("main a.button:has-text('填表')")
    page.fill("[name=facts]", "实际控制人两个月没有露面，主要买家停了订单，厂里只剩一条线在开。")
    page.fill("[name=outlook_industry]", "饮料代工产能过剩，加工费还在降。")
    take(page, "plan")
    come_in_anew(page, address, DEPUTY)
    page.goto(f"{address}/risk-notices/")
    page.click("main tr[data-open] a >> nth=0")
    take(page, "notice")


def listed(page: Page, address: str) -> None:
    """A bank's list, its headings matched with ours."""
    come_in(page, address, RISK_MANAGER)
    page.goto(f"{address}/contracts/")
    client = page.locator("main tr[data-open] td").nth(1).inner_text()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "11月逾期清单.csv"
        file.write_text(
            f"借据编号,借款人名称,逾期本金（元）,逾期利息（元）\nJK-1,{client},12000.5,300\nJK-2,外行客户,1,1\n",
            "utf-8",
        )
        page.goto(f"{address}/imports/")
        page.set_input_files("[name=file]", file)
        page.click("main button.main")
        page.wait_for_selector("a:has-text('对照表头')")
    page.click("a:has-text('对照表头') >> nth=0")
    page.wait_for_load_state("networkidle")
    page.select_option("[name=day_column]", value="list_day")
    page.fill("[name=day]", "2026-11-05")
    page.fill("#name", "云浦农商行逾期清单")
    take(page, "headings")
    page.click("button:has-text('保存并按它重新读')")
    page.wait_for_selector("h2:has-text('和登记簿核对')")
    take(page, "matching")
    page.click("button:has-text('放弃')")


def given(page: Page, address: str) -> None:
    """Errands, a pool, and what a member of staff would hand over."""
    come_in(page, address, GENERAL_MANAGER)
    page.goto(f"{address}/errands/")
    page.fill("[name=person]", "E15")
    page.fill("[name=matter]", "补齐抵押登记回执，交档案室归卷")
    page.fill("[name=deadline]", "2099-12-31")
    page.click("section:has(h2:has-text('新的交办')) button.main")
    take(page, "errands")
    page.goto(f"{address}/pool/")
    take(page, "pool")
    page.goto(f"{address}/handovers/E15/")
    take(page, "handover")


def main() -> None:
    """Take them all."""
    address = sys.argv[1].rstrip("/")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for size in (DESKTOP, PHONE):
            for tell in (
                manager,
                report,
                watched,
                asked,
                leader,
                figure,
                risk,
                warned,
                planned,
                listed,
                given,
            ):
                context = browser.new_context(viewport=size, locale="zh-CN")
                tell(context.new_page(), address)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
