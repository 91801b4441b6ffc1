"""A micro-loan company from nothing: installed, first logins, and its cash counted by the cashier alone and together with the accountant."""

import csv

import pytest
from browsing import DESKTOP, PHONE, Person, serving
from commands import daihou

from daihou.cli.given import today
from daihou.units.workdays import Calendar

pytestmark = pytest.mark.slow

OWN_PASSWORD = "green hill early bus"  # noqa: S105 - of accounts that live as long as a test
REGISTER = {
    "公司": "公司号,名称,类型,自\nG1,青岚小额贷款有限公司,小额贷款公司,2025-01-01\n",
    "机构": "机构号,名称,公司,上级机构,有库,设立日\nJ1,总部,G1,,是,2025-01-01\n",
    "员工": "工号,姓名,机构\nK1,周慧,J1\nK2,吴敏,J1\nK3,郑强,J1\nK4,王立,J1\n",
    "任职": "员工,岗位,机构,自\nK1,出纳,J1,2025-01-01\nK2,会计,J1,2025-01-01\nK3,财务经理,J1,2025-01-01\nK4,总经理,J1,2025-01-01\n",
}
CASHIER, ACCOUNTANT = "k1", "k2"


@pytest.fixture(scope="module")
def micro_loan(chromium, tmp_path_factory):
    """People of the company who log in for the first time: micro_loan("k1", PHONE)."""
    folder = tmp_path_factory.mktemp("micro-loan")
    (folder / "台账").mkdir()
    for name, text in REGISTER.items():
        (folder / "台账" / f"{name}.csv").write_text(text, encoding="utf-8")
    made = daihou("init", "--home", folder / "home", "--register", folder / "台账")
    assert made.returncode == 0, made.stdout + made.stderr
    run = daihou("day", "--home", folder / "home")
    assert run.returncode == 0, run.stdout + run.stderr
    with (folder / "home" / "首次登录.csv").open(encoding="utf-8-sig", newline="") as file:
        first = {login: password for login, _name, password in list(csv.reader(file))[1:]}
    came = []
    with serving(folder / "home") as address:

        def come(login, size):
            one = Person(chromium, address, size)
            came.append(one)
            one.log_in(login, first[login])
            assert "改密码" in one.text()
            one.page.fill("[name=old_password]", first[login])
            one.page.fill("[name=new_password1]", OWN_PASSWORD)
            one.page.fill("[name=new_password2]", OWN_PASSWORD)
            one.press("main button.main")
            assert "密码已改" in one.text("body")
            return one

        yield come
        for one in came:
            one.context.close()


def counted(one, rule: str, **more: str) -> None:
    """Open the count that is due, hand it in with the notes as they lie in the vault; it is printed."""
    one.open(f"/?rule={rule}")
    one.press("main tr[data-open] a >> nth=0")
    duty = one.page.url.removeprefix(one.address)
    one.press("main a.button:has-text('填表')")
    assert one.fits()
    one.press("main form.sheet button.main >> nth=0")
    assert one.page.locator(".field.wrong").count() >= 3  # nothing was counted yet
    for name, value in {"counted_amount": "8,250.50", "book_amount": "8250.50", **more}.items():
        one.page.fill(f"[name='{name}']", value)
    one.page.check("[name=agrees][value=yes]")
    one.page.check("[name=over_limit][value=no]")
    one.press("main form.sheet button.main >> nth=0")
    assert "已交" in one.text(), one.text()
    one.open(duty)
    one.press("main a[href^='/papers/'] >> nth=0")
    assert "8,250.50" in one.text()
    with one.page.expect_download() as taken:
        one.page.click("main a:has-text('PDF')")
    assert taken.value.path().read_bytes().startswith(b"%PDF")


def works_today() -> bool:
    """Whether today, by the clock of the country, is a working day."""
    return Calendar.standard().is_working(today())


@pytest.mark.covers("P09-13")
def test_the_cashier_counts_alone_each_day_and_with_the_accountant_each_half_month(micro_loan) -> None:
    cashier = micro_loan(CASHIER, PHONE)
    if works_today():
        counted(cashier, "daily-cash-count")
        cashier.open("/registers/cash_count/")
        assert "自盘" in cashier.text("main table")
    else:  # nobody counts on a day off
        cashier.open("/?rule=daily-cash-count")
        assert cashier.page.locator("main tr[data-open]").count() == 0
    accountant = micro_loan(ACCOUNTANT, DESKTOP)
    counted(
        cashier,
        "half-month-cash-count",
        witnessed_by="吴敏",
        **{"notes/0/denomination": "100", "notes/0/pieces": "82", "notes/0/note_amount": "8200"},
    )
    cashier.open("/registers/cash_count/")
    assert "会盘" in cashier.text("main table")
    accountant.open("/?rule=half-month-cash-count")
    assert accountant.page.locator("main tr[data-open]").count() == 0  # it was his work too, and it is done
    assert cashier.complained() == accountant.complained() == []
