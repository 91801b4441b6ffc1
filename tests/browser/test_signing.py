"""What is done goes through its signers, in a real browser: a form and an inspection up to the general manager, a figure of a rule changed."""

import pytest

pytestmark = pytest.mark.slow

GENERAL_MANAGER, RISK_MANAGER, ACCOUNT_MANAGER = "e04", "e08", "e15"


def fill(page) -> None:
    """Answer every question of a form so that nothing is to be explained."""
    for group in page.locator("main .yes-no:visible").all():
        explained = group.locator("input[placeholder^='是的话']").count() > 0
        group.locator(f"input[value={'no' if explained else 'yes'}]").check()
    for one in page.locator("main .field:has(.must) > select:visible").all():
        if not one.input_value():
            one.select_option(index=1)
    for one in page.locator("main .field:has(.must) > textarea:visible").all():
        if not one.input_value():
            one.fill("没有变化")


def login_of(reader, name: str) -> str:
    """The login of a member of staff, which in the sample is the staff number."""
    reader.open(f"/registers/employee/?q={name}")
    return reader.page.locator("main tr[data-open] a").first.inner_text().strip().lower()


def finish_report(one) -> None:
    """What the remarks ask for, the reason of the new class, a demand; and the report is handed in."""
    one.page.fill("[name=effect]", "还款来源要晚一个月")
    one.page.fill("[name=measures]", "追加应收账款质押")
    one.page.fill("[name=analysis]", "第一大客户占销售四成，账期从六十天拖到九十五天。")
    one.press("main button.main")
    assert "建议改类请写理由" in one.text()
    one.page.fill("[name=grade_why]", "回款慢，先按重点关注管")
    one.page.fill("[name='demands/0/demand']", "报应收账款账龄表")
    one.page.fill("[name='demands/0/demand_until']", "2030-12-10")
    one.page.click(".lines:has([name='demands/0/demand']) [data-more]")
    assert one.page.locator("[name='demands/1/demand']").count() == 1
    one.press("main button.main")
    assert "任务已办结，已送签" in one.text(), one.text()


@pytest.mark.covers("P01-11", "P01-12")
def test_an_inspection_is_reported_signed_step_by_step_and_its_contract_changes_its_class(person) -> None:
    one, reader = person(ACCOUNT_MANAGER, phone=True), person(GENERAL_MANAGER)
    one.open("/?rule=regular-inspection")
    one.press("main tr[data-open] a")
    duty = one.page.url.removeprefix(one.address)
    contract = one.page.locator("dd a[href*='/contract/']").inner_text()
    one.press("main a.button:has-text('填表')")
    assert one.fits()
    fill(one.page)
    one.page.select_option("[name=risk_grade]", value="watch")
    one.page.fill("[name=new_risks]", "第一大客户回款慢了一个月")
    one.page.wait_for_selector("#saved:has-text('草稿已存')", timeout=30_000)
    one.press("main button.main")
    assert "没有写措施" in one.text()
    assert "没有单独分析" in one.text()
    finish_report(one)
    one.open("/registers/rectification/?q=账龄表")
    assert "2030-12-10" in one.text()
    one.open(duty)
    one.press("main a[href^='/papers/']")
    for kind in ("PDF", "Word"):
        with one.page.expect_download() as taken:
            one.page.click(f"main a:has-text('{kind}')")
        assert taken.value.path().stat().st_size > 10_000
    one.open(duty)
    one.press("main a:has-text('看签批的内容和意见')")
    matter = one.page.url.removeprefix(one.address)
    assert "保后检查表" in one.text()
    asked = []
    while one.who_signs():
        name = one.who_signs()[0]
        signer = person(login_of(reader, name), phone=len(asked) % 2 == 1)
        assert signer.open("/matters/") == 200
        signer.press(f"main a[href='{matter}']")
        assert signer.fits()
        signer.press("main button[value=sign]")
        assert "请写明意见" in signer.text()
        signer.page.fill("main textarea[name=opinion]", "同意")
        signer.press("main button[value=sign]")
        assert "已同意" in signer.text() or "已批准" in signer.text()
        asked.append(name)
        one.open(matter)
    assert len(asked) == len(set(asked)) == 4
    assert "已批准" in one.text()
    one.open(f"/registers/contract/row/{contract}/")
    assert "4" in one.page.locator("dl div:has(dt:text-is('风险分类')) dd").first.inner_text()
    refused = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    assert set(one.complaints) <= {refused}


def test_a_figure_of_a_rule_is_tried_put_to_signature_and_approved_by_the_last_signer(person) -> None:
    one = person(RISK_MANAGER)
    one.open("/rules/fund-use-check/")
    one.press("main a[href^='/figures/guarantee/']")
    value = one.page.locator("main [name=value]")
    value.fill("13")
    one.press("main button[value=foresee]")
    assert one.page.locator(".field.wrong").count() == 2  # neither day nor reason is told yet
    one.page.fill("main [name=since]", one.page.get_attribute("main [name=since]", "min"))
    one.page.fill("main [name=reason]", "董事会要求")
    one.press("main button[value=foresee]")
    one.page.wait_for_selector("main button[value=propose]", timeout=60_000)  # found out beside the request
    assert "会变什么" in one.text("#foreseen")
    one.press("main button[value=propose]")
    assert "已送签" in one.text()
    signer = person(GENERAL_MANAGER, phone=True)
    signer.open("/matters/")
    signer.press("main a[href^='/matters/']:has-text('用途检查期限')")
    assert "13" in signer.text()
    signer.press("main button[value=sign]")
    assert "已批准" in signer.text()
    one.open("/figures/")
    assert "用途检查期限" in one.text("main table")
    assert one.page.locator("main tbody .mark-good").count() == 1
    one.complaints.remove(
        "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    )
    assert one.complaints == signer.complaints == []
