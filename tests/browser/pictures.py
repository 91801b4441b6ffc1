"""The pictures of the manual, taken of a sample company that is being served: python tests/browser/pictures.py http://127.0.0.1:8000"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "manual" / "pictures"
PASSWORD = "daihou-sample"  # noqa: S105 - of the made-up company, and public
ACCOUNT_MANAGER, RISK_MANAGER = "e15", "e08"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FAULTY = "走访号,合同,种类,客户,检查日,结果,紧急\nZF1,没有这份,常规,没有这人,昨天,完成,否\nZF2,没有这份,不定期,,2026-02-30,完成,\n"


def come_in(page: Page, address: str, login: str) -> None:
    """Log in as somebody."""
    page.goto(f"{address}/login/")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.main")
    page.wait_for_load_state("networkidle")


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


def main() -> None:
    """Take them all."""
    address = sys.argv[1].rstrip("/")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for size in (DESKTOP, PHONE):
            for tell in (manager, risk):
                context = browser.new_context(viewport=size, locale="zh-CN")
                tell(context.new_page(), address)
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
