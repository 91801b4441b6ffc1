"""The class that a report proposes for a contract: written once its change is signed.

A contract stands in two scales: the risk class of a guarantee (P01-03) and the five tiers of a loan (P17-17, P09-26); a form may propose in each.
A change is signed with the report where the rule of its duty has a chain, else as a matter of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from daihou.book import domains
from daihou.duties.filing import Filed, refuse
from daihou.duties.models import Duty
from daihou.duties.signing import CLASSES, concerned
from daihou.ledger.acts import RowRefusedError, correct
from daihou.ledger.classing import class_follows
from daihou.papers.filling import Fault
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.models import HANDED_IN, Paper
from daihou.papers.reading import Form, Tells, Words
from daihou.papers.signed import told_of
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.signoff.acts import SigningRefusedError, open_matter
from daihou.signoff.models import APPROVED, STANDING, WITHDRAWN, Matter
from daihou.trail.acts import Actor
from daihou.units import day_of

Grade = int | str
"""A class as the contract holds it: the number of a risk class, the identifier of a tier."""


@dataclass(frozen=True, eq=False)
class Scale:
    """By what a contract is classed: the field that proposes, the column, the kind of matter that changes it alone, what each answer means from best to worst.

    ``judged``: the columns of a class that people gave and the day on which that was approved, where the rules ask for them beside the class.
    ``first``: whether a contract without a class can be given its first.
    """

    tells: Tells
    column: str
    kind: str
    grades: Mapping[str, Grade]
    title: Words
    judged: tuple[str, str] | None = None
    first: bool = False

    def of(self, contract: Any) -> Grade | None:
        """The class of a contract, where there is one and it has one."""
        found: Grade | None = None if contract is None else getattr(contract, self.column)
        return found

    def asked(self, form: Form, values: Mapping[str, str], now: Grade | None) -> Grade | None:
        """The class that a report proposes, where it is another than the contract's (``now``); None where it proposes none."""
        field = form.telling(self.tells)
        asked = None if field is None else self.grades.get(values.get(field.name, ""))
        return None if asked == now or (now is None and not self.first) else asked

    def proposed(self, form: Form, values: Mapping[str, str], contract: Any) -> Grade | None:
        """The class that a report proposes for a contract; None where it is about none."""
        return None if contract is None else self.asked(form, values, self.of(contract))

    def word(self, form: Form, grade: Grade | None) -> Words | None:
        """How a report calls a class; None where it has no word for it."""
        field = form.telling(self.tells)
        called = next((value for value, one in self.grades.items() if one == grade), None)
        return None if field is None else dict(field.choices).get(called or "")

    def worse(self, grade: Grade, than: Grade | None) -> bool:
        """Whether a class is worse than another; than none at all, where it is not the best."""
        order = list(self.grades.values())
        return order.index(grade) > (0 if than is None else order.index(than))

    def written(self, grade: Grade, day: date) -> dict[str, Any]:
        """What a contract says that was put into a class on a day, by column."""
        judged = {} if self.judged is None else dict(zip(self.judged, (grade, day), strict=True))
        return {self.column: grade, **judged}

    def being_signed(self, contract: Any) -> Matter | None:
        """The change of a contract's class that is being signed."""
        return Matter.objects.filter(kind=self.kind, subject=contract.key, state__in=STANDING).first()


RISK = Scale(
    Tells.CLASS, CLASSES[Tells.CLASS], "reclassing", {"safe": 1, "fair": 2, "risky": 3, "watch": 4}, Words("改类", "Change of class")
)  # fmt: skip
"""The four classes of a guarantee by what a report calls them."""
TIER = Scale(
    Tells.TIER, CLASSES[Tells.TIER], "retiering", {one: one for one in domains()["five_tier"]}, Words("改级", "Change of tier"),
    judged=("manual_tier", "manual_tier_approved_day"), first=True,
)  # fmt: skip
"""The five tiers of a loan."""
SCALES = (RISK, TIER)
BY_KIND: Mapping[str, Scale] = {one.kind: one for one in SCALES}
"""The scale that a matter of its own is about."""


# -- what cannot be proposed ------------------------------------------------------------------------------------------


def wrong_grades(duty: Duty, form: Form, values: Mapping[str, str]) -> list[Fault]:
    """What of a report's proposals cannot be: without a reason, or while another change is signed."""
    contract, alone = concerned(duty), not _signed_with_report(duty)
    return [
        fault
        for scale in SCALES
        for fault in (
            *_unreasoned(scale, form, values, contract),
            *(_another_signed(scale, form, values, contract) if alone else ()),
        )
    ]


def wrong_correction(duty: Duty, form: Form, values: Mapping[str, str], before: Paper) -> list[Fault]:
    """The same of a correction: a class that it proposes anew wants its reason."""
    return [
        fault
        for scale in SCALES
        if _moved(scale, form, values, before.values)
        for fault in _unreasoned(scale, form, values, concerned(duty))
    ]


def _signed_with_report(duty: Duty) -> bool:
    """Whether the report of a duty is signed, its changes of class with it."""
    rule = rules().get(duty.rule)
    return isinstance(rule, DutyRule) and bool(rule.chain)


def _moved(scale: Scale, form: Form, values: Mapping[str, str], before: Mapping[str, str]) -> bool:
    field = form.telling(scale.tells)
    return field is not None and values.get(field.name, "") != before.get(field.name, "")


def _why(form: Form, values: Mapping[str, str]) -> str:
    field = form.telling(Tells.CLASS_WHY)
    return "" if field is None else values.get(field.name, "")


def _unreasoned(scale: Scale, form: Form, values: Mapping[str, str], contract: Any) -> Iterator[Fault]:
    """A change of class without its reason."""
    field, now = form.telling(Tells.CLASS_WHY), scale.of(contract)
    proposed = scale.proposed(form, values, contract)
    if field is not None and proposed is not None and not values.get(field.name):
        if isinstance(now, int):
            yield Fault(field.name, "class-without-reason", {"now": str(now)})
        else:
            yield Fault(field.name, "tier-without-reason")


def _another_signed(scale: Scale, form: Form, values: Mapping[str, str], contract: Any) -> Iterator[Fault]:
    """A change of class while another one of the contract is being signed."""
    field, asked = form.telling(scale.tells), scale.proposed(form, values, contract)
    stands = None if field is None or asked is None else scale.being_signed(contract)
    if field is not None and stands is not None and stands.content["asked"] != asked:
        yield Fault(field.name, "class-being-signed")


# -- a change that is signed by itself --------------------------------------------------------------------------------


def propose(filed: Filed, *, by: Actor, at: datetime) -> None:
    """Put the classes that a report proposes to signature, where nobody signs the report."""
    if _signed_with_report(filed.duty):
        return
    contract = concerned(filed.duty)
    for scale in SCALES:
        refuse(list(_another_signed(scale, filed.form, filed.filled.values, contract)))
        _propose(scale, filed, contract, by=by, at=at)


def _propose(scale: Scale, filed: Filed, contract: Any, *, by: Actor, at: datetime) -> None:
    form, values, now = filed.form, filed.filled.values, scale.of(contract)
    asked = scale.proposed(form, values, contract)
    if asked is None or scale.being_signed(contract) is not None:
        return  # where it is being signed, the worksheet of a check said so, now its report does
    content = {
        "contract": contract.key, "now": now, "asked": asked, "why": _why(form, values), "paper": told_of(filed.paper),
    }  # fmt: skip
    client = (
        standing(homes()["party"]).filter(key=contract.client).values_list("title", flat=True).first() or ""
    )
    open_matter(
        kind=scale.kind, subject=contract.key, content=content, branch=contract.branch or "", contract=contract.key, party=contract.client,
        title={"zh": f"{scale.title.zh} {contract.key} {client}", "en": f"{scale.title.en}: {contract.key} {client}"}, by=by, at=at,
    )  # fmt: skip


def class_corrected(filed: Filed, before: Paper, by: Actor, at: datetime) -> None:
    """Put a class to signature that a correction proposes anew, or whose matter its maker had taken back.

    What is being signed about the same report follows it by itself. Raises FilingRefusedError, beside the field.
    """
    contract, values = concerned(filed.duty), filed.filled.values
    if contract is None:
        return
    refuse(wrong_correction(filed.duty, filed.form, values, before))
    if _signed_with_report(filed.duty):
        return
    for scale in SCALES:
        of_paper = Matter.objects.filter(kind=scale.kind, content__paper__number=filed.paper.number)
        last = of_paper.order_by("-pk").first()
        if last is not None and last.state in STANDING:
            continue
        moved = _moved(scale, filed.form, values, before.values)
        if moved or (last is not None and last.state == WITHDRAWN):
            refuse(list(_another_signed(scale, filed.form, values, contract)))
            _propose(scale, filed, contract, by=by, at=at)


def class_now(matter: Matter) -> dict[str, Any] | None:
    """A change of class as its report proposes it now: the edition that counts, against the class of now; None where the report is gone."""
    told, scale = matter.content, BY_KIND[matter.kind]
    paper = _paper(told["paper"]["number"])
    form = None if paper is None else form_of_paper(paper)
    row = standing(homes()["contract"]).filter(key=told["contract"]).first()
    field = None if form is None else form.telling(scale.tells)
    if paper is None or form is None or row is None or field is None:
        return None
    return {
        "contract": row.key, "now": told["now"] if matter.state == APPROVED else scale.of(row),
        "asked": scale.grades.get(paper.values.get(field.name, "")), "why": _why(form, paper.values), "paper": told_of(paper),
    }  # fmt: skip


def class_agreed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write the class that was signed, in the approval's transaction; refused where the report says something else by now."""
    told, scale, current = matter.content, BY_KIND[matter.kind], class_now(matter)
    row = standing(homes()["contract"]).filter(key=told["contract"]).first()
    if row is None or current is None:
        raise SigningRefusedError("too-late")
    if current["asked"] != told["asked"]:
        raise SigningRefusedError("content-changed")
    _write(scale, row, told["asked"], f"{matter.title['zh']} {told['paper']['number']}：{told['why']}", by=by, at=at)  # fmt: skip


# -- a change that is signed with its report --------------------------------------------------------------------------


def class_signed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write the classes that a report proposed, once its last signer has signed; the contract may have another class by then."""
    paper = _paper((matter.content.get("paper") or {}).get("number", ""))
    duty = None if paper is None else Duty.objects.filter(pk=paper.duty_no).first()
    form = None if paper is None else form_of_paper(paper)
    if paper is None or duty is None or form is None:
        return
    for scale in SCALES:
        contract = concerned(duty)  # as the scale before left it
        asked = scale.proposed(form, paper.values, contract)
        if asked is None:
            continue
        reason = f"{form.title.zh} {paper.number}：{_why(form, paper.values)}"
        try:
            _write(scale, contract, asked, reason, by=by, at=at)
        except RowRefusedError as error:
            raise SigningRefusedError("too-late") from error


def _paper(number: str) -> Paper | None:
    return Paper.objects.select_related("wording").filter(number=number, state=HANDED_IN).first()


def _write(scale: Scale, contract: Any, grade: Grade, reason: str, *, by: Actor, at: datetime) -> None:
    """The contract in its new class, and what always says the same."""
    if scale.of(contract) == grade:
        return
    day = day_of(at)
    said = scale.written(grade, day)
    row = correct("contract", contract.key, said, by=by, at=at, day=day, reason=reason, decision=said)
    class_follows(row, contract, by=by, at=at, day=day, reason=reason)
