"""Every form that somebody has to hand in today is filled and handed in, and of each chain of signers one is signed to its end and printed, as people would: what is refused is mended beside its field."""

import itertools
import json
import os
import subprocess
import sys

import pytest

from daihou.papers.reading import forms

pytestmark = pytest.mark.slow

ROUNDS = 12
"""How often what was refused may be mended: a form asks more as it is answered."""
NUMBERS = itertools.count(1)
WORDS = 80
"""Answers in words that one round of one form takes at most."""
DESK = {"width": 1440, "height": 900}
OF_OTHERS = frozenset({"cash_count_form", "own_cash_count_form"})
"""Forms that no duty of the sample asks for: a micro-loan company counts its cash by rule, a guarantee company does not."""
CORRECTED = "phone_visit_record"
ASKED = """
import json, django
django.setup()
from daihou.duties.models import Duty
from daihou.duties.signing import form_of
from daihou.papers.reads import paper_of
from daihou.policy.rules import rules

from daihou.registers.kept import homes, standing

found = {}
asking = [rule.id for rule in rules().values() if getattr(rule, "form", None) or getattr(rule, "table", None) == "errand"]
waiting = Duty.objects.filter(rule__in=asking, state__in=("open", "overdue"), withdrawn_on__isnull=True, persons__employee__isnull=False)
for duty in waiting.distinct().order_by("rule", "pk"):
    form = form_of(duty)
    if form is not None and form.form not in found and paper_of(duty.pk) is None:
        chain = [str(step) for step in rules()[duty.rule].chain]
        found[form.form] = (duty.pk, duty.persons.exclude(employee__isnull=True).order_by("ordinal").first().employee.lower(), chain)
staff = {name: key.lower() for key, name in standing(homes()["employee"]).values_list("key", "full_name")}
print(json.dumps([found, staff]))
"""


@pytest.fixture(scope="module")
def every(sample_home) -> tuple[dict[str, tuple[int, str, list[str]]], dict[str, str]]:
    """What is asked for before anybody filled anything: by form a duty that asks for it, whose it is, who signs it; the login of each name."""
    return asked_for(sample_home)


def asked_for(home):
    """What the installation of that home says of itself."""
    said = {
        **os.environ,
        "DAIHOU_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "daihou.config.settings",
        "DATABASE_URL": "",
    }
    done = subprocess.run([sys.executable, "-c", ASKED], check=True, capture_output=True, text=True, env=said)
    return json.loads(done.stdout)


ANSWER = """([names, words]) => {
  // answers each field that was refused: chosen where there is a choice, today, one, or in words
  const all = (name) => Array.from(document.getElementsByName(name));
  const typed = (one, value) => {
    one.value = value;
    for (const kind of ["input", "change"]) one.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  const answered = (name) => {
    if (!all(name).length) { // a table of which no row was begun: its first row
      const row = Array.from(document.querySelectorAll(`[name^="${name}/0/"]`), (one) => one.name);
      return [...new Set(row)].forEach(answered);
    }
    const one = all(name)[0];
    one.closest("details")?.setAttribute("open", "");
    if (one.tagName === "SELECT") {
      one.selectedIndex = 1;
      one.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (one.type === "radio") {
      all(name).at(-1).click();
    } else if (one.type === "date") {
      const day = new Date();
      if (one.value) day.setDate(day.getDate() + 7); // today was refused: it has to lie ahead
      one.valueAsDate = day;
      one.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (one.classList.contains("num")) typed(one, "1");
    else if (name.endsWith("called_at")) typed(one, "10:30");
    else if (one.type === "tel") typed(one, "13800000009");
    else if (one.getAttribute("list")?.startsWith("choices-")) typed(one, "E16");
    else typed(one, words.shift());
  };
  names.forEach(answered);
}"""
EMPTY = """() => Array.from(document.querySelectorAll(".field:has(.must) [name], .field:has(.must) [type=radio]"))
  .filter((one) => one.offsetParent && !one.name.includes("/"))
  .filter((one) => one.type === "radio" ? !document.querySelector(`[name="${one.name}"]:checked`) : !one.value)
  .map((one) => one.name)"""
"""What must be answered and is not."""


def answer(page, names) -> None:
    """Answer the fields of these names, no two in the same words: some are numbers of letters."""
    words = [f"已经看过，没有变化 {next(NUMBERS)}" for _one in range(WORDS)]
    page.evaluate(ANSWER, [list(names), words])


def handed_in(one) -> str:
    """Fill what is asked until the form is taken; the page of what was handed in."""
    page = one.page
    answer(page, dict.fromkeys(page.evaluate(EMPTY)))
    for _round in range(ROUNDS):
        one.press("main form.sheet button.main >> nth=0")
        if "/form/" not in page.url:
            return page.url
        if page.locator("[name=noticed]").count():
            page.check("[name=noticed]")
        links = page.locator(".faults a[href^='#f-']").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        )
        answer(page, dict.fromkeys(link.removeprefix("#f-") for link in links))
    raise AssertionError(one.text())


def signed(one, matter: str, staff: dict[str, str], staying) -> list[str]:
    """Each who is asked opens the matter on phone or desk in turn and agrees; their names, in order."""
    agreed: list[str] = []
    while names := one.who_signs():
        signer = staying(staff[names[0]])
        phone = signer.page.viewport_size
        if len(agreed) % 2:
            signer.page.set_viewport_size(DESK)
        opened(signer, matter)
        signer.page.fill("main textarea[name=opinion]", "同意，按意见办")
        signer.press("main button[value=sign]")
        assert "已同意" in signer.text() or "已批准" in signer.text()
        assert signer.fits()
        signer.page.set_viewport_size(phone)
        assert signer.complained() == []
        agreed.append(names[0])
        opened(one, matter)
    return agreed


@pytest.mark.parametrize("form", sorted(set(forms()) - OF_OTHERS))
def test_a_form_is_filled_and_signed_on_phones_and_desks_and_printed(staying, every, form) -> None:
    asked, staff = every
    pk, who, chain = asked[form]
    # people who sign one form one after the other sign the next as well: of forms with the same signers one is signed, the others are looked at
    whole = form == min(other for other, (*_, theirs) in asked.items() if theirs == chain)
    one = staying(who)
    opened(one, f"/duties/{pk}/form/")
    phone = one.page.viewport_size
    one.page.set_viewport_size(DESK)
    assert one.fits()
    one.page.set_viewport_size(phone)
    handed_in(one)
    opened(one, f"/duties/{pk}/")
    agreed: list[str] = []
    if chain:
        matter = one.page.get_attribute("main a:has-text('看签批的内容和意见')", "href")
        opened(one, matter)
        if whole:
            agreed = signed(one, matter, staff, staying)
            assert len(agreed) >= len(chain) - 1  # who did the work is not asked for his own signature
            assert "已批准" in one.text()
        opened(one, f"/duties/{pk}/")
    with one.page.expect_navigation(wait_until="load"):
        one.page.click("main a[href^='/papers/'] >> nth=0")
    assert one.fits()
    assert [name for name in agreed if name not in one.text()] == []
    if whole or form == CORRECTED:
        with one.page.expect_download() as taken:
            one.page.click("main a:has-text('PDF')")
        assert taken.value.path().read_bytes().startswith(b"%PDF")
    if form == CORRECTED:
        correction_is_kept_on_the_device(one)
    assert one.complained() == []


def correction_is_kept_on_the_device(one) -> None:
    """What is typed into a correction outlives its page, until it is given up."""
    page, said = one.page, "补写一句，还没有保存"
    one.press("main a:has-text('更正')")
    field = f"[name='{page.locator('form.sheet textarea:visible').first.get_attribute('name')}']"
    was = page.input_value(field)
    page.fill(field, said)
    page.wait_for_function("() => Object.keys(localStorage).some(name => name.startsWith('typed:'))")
    page.reload()
    page.wait_for_selector("#saved:has-text('存在这台设备上')")
    assert page.input_value(field) == said
    one.press("main a[data-leaves]")
    one.press("main a:has-text('更正')")
    assert page.input_value(field) == was
    assert page.evaluate("Object.keys(localStorage).length") == 0


def opened(one, path: str) -> None:
    """Go to a page, which is there and as narrow as the screen."""
    answer = one.page.goto(one.address + path)
    assert answer.status == 200, path
    assert one.fits(), path
