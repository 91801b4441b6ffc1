"""What follows from a report: what the client has to put right, warnings, and the contract's class once its change is signed.

A change of class is signed with the report where the rule of its duty has a chain, else as a matter of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from daihou.duties.filing import Filed, FilingRefusedError
from daihou.duties.models import Duty
from daihou.duties.signing import concerned
from daihou.ledger.acts import RowRefusedError, correct, enter
from daihou.papers.filling import Fault, lines_telling
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.models import HANDED_IN, Paper
from daihou.papers.reading import Form, Tells, Words, messages
from daihou.papers.signed import told_of
from daihou.policy.rules import rules
from daihou.registers.kept import homes, standing
from daihou.rulebook import Duty as DutyRule
from daihou.signoff.acts import SigningRefusedError, open_matter
from daihou.signoff.models import APPROVED, STANDING, WITHDRAWN, Matter
from daihou.terms import Lang
from daihou.trail.acts import Actor
from daihou.units import day_of
from daihou.warnings.acts import WarningRefusedError, raise_by_hand
from daihou.warnings.refusals import refusals

CLASSES: Mapping[str, int] = {"safe": 1, "fair": 2, "risky": 3, "watch": 4}
"""The four classes of a guarantee by what a report calls them (P01-03)."""
WATCH = "watch"
RECLASSING = "reclassing"
"""The kind of matter by which a change of class is signed where the report itself is not."""
_TOLD_ALREADY = frozenset({"open-already", "raised-today"})
"""A warning that is open is not raised a second time; the report stands."""


def enter_findings(filed: Filed, by: Actor, at: datetime) -> None:
    """Write what a report demands of the client and the warnings that it raises, and put its class to signature.

    Raises FilingRefusedError, beside the fields, with all that is wrong before anything is written.
    """
    form, contract, day = filed.form, concerned(filed.duty), day_of(at)
    _refuse(wrong_findings(filed.duty, form, filed.filled.values, day))
    for name, line in lines_telling(form, filed.filled.values, Tells.DEMANDS):
        _demand(filed, contract, name, line, by=by, at=at, day=day)
    for name, line in lines_telling(form, filed.filled.values, Tells.WARNINGS):
        _warn(filed, contract, name, line, by=by, at=at)
    rule = rules().get(filed.duty.rule)
    if not isinstance(rule, DutyRule) or not rule.chain:
        _propose_class(filed, contract, by=by, at=at)


def wrong_findings(duty: Duty, form: Form, values: Mapping[str, str], day: date) -> list[Fault]:
    """What of a report cannot be written, as far as it is known before: a class without its reason or while another is signed, a deadline that is past."""
    contract = concerned(duty)
    late = [
        Fault(name, "too-early", {"bound": day.isoformat()})
        for _place, (_demand, (name, until)) in lines_telling(form, values, Tells.DEMANDS)
        if until and date.fromisoformat(until) < day
    ]
    rule = rules().get(duty.rule)
    alone = not isinstance(rule, DutyRule) or not rule.chain
    return [
        *late,
        *_unreasoned(form, values, contract),
        *(_another_signed(form, values, contract) if alone else ()),
    ]


def wrong_correction(duty: Duty, form: Form, values: Mapping[str, str], before: Paper) -> list[Fault]:
    """The same of a correction: a class that it proposes anew wants its reason."""
    field = form.telling(Tells.CLASS)
    if field is None or values.get(field.name, "") == before.values.get(field.name, ""):
        return []
    return list(_unreasoned(form, values, concerned(duty)))


def _refuse(wrong: Sequence[Fault]) -> None:
    if wrong:
        raise FilingRefusedError([(one.name, one.text) for one in wrong])


def _demand(filed: Filed, contract: Any, name: str, line: list[tuple[str, str]], *, by: Actor, at: datetime, day: date) -> None:  # fmt: skip
    (_, told), (_, until) = line
    party = filed.duty.party or (None if contract is None else contract.client)
    if party is None:
        raise FilingRefusedError([(name, _said("no-client"))])
    number = f"{filed.paper.number}-{int(name.partition('/')[2]) + 1}"
    values = {
        "key": number, "rectification_no": number, "party": party, "contract": None if contract is None else contract.key,
        "kind": "inspection_finding", "demanded_day": day, "deadline": date.fromisoformat(until), "reminders": 0, "remark": told,
    }  # fmt: skip
    try:
        enter("rectification", values, by=by, at=at, day=day)
    except RowRefusedError as error:
        raise FilingRefusedError([(name, _said("no-client"))]) from error


def _warn(
    filed: Filed, contract: Any, name: str, line: list[tuple[str, str]], *, by: Actor, at: datetime
) -> None:
    (signal_name, signal), (_, level), (_, seen) = line
    party = filed.duty.party or (None if contract is None else contract.client)
    if party is None:
        raise FilingRefusedError([(name, _said("no-client"))])
    told = f"{seen}（{filed.form.title.zh} {filed.paper.number}）"
    try:
        raise_by_hand(
            signal,
            party,
            told,
            level=level,
            contract=None if contract is None else contract.key,
            by=by,
            at=at,
        )
    except WarningRefusedError as error:
        if error.code not in _TOLD_ALREADY:
            why = str(refusals()[error.code])
            raise FilingRefusedError([(signal_name, lambda _lang: why)]) from error


def _said(code: str, **params: str) -> Any:
    def said(lang: Lang) -> str:
        return messages().text(code, lang, **params)

    return said


# -- the class of a contract ------------------------------------------------------------------------------------------


def class_asked(form: Form, values: Mapping[str, str], now: int | None) -> int | None:
    """The class that a report proposes, where it is another than the contract's (``now``); None where it proposes none."""
    field = form.telling(Tells.CLASS)
    asked = None if field is None else CLASSES.get(values.get(field.name, ""))
    return None if asked is None or now is None or asked == now else asked


def class_of(contract: Any) -> int | None:
    """The class of a contract, where there is one and it has one."""
    return None if contract is None else contract.risk_class


def class_word(form: Form, number: int | None) -> Words | None:
    """How a report calls a class by its number; None where it has no word for it."""
    field = form.telling(Tells.CLASS)
    called = next((value for value, one in CLASSES.items() if one == number), None)
    return None if field is None else dict(field.choices).get(called or "")


def _unreasoned(form: Form, values: Mapping[str, str], contract: Any) -> Iterator[Fault]:
    """A change of class without its reason."""
    field = form.telling(Tells.CLASS_WHY)
    asked = class_asked(form, values, class_of(contract))
    if field is not None and asked is not None and not values.get(field.name):
        yield Fault(field.name, "class-without-reason", {"now": str(contract.risk_class)})


def _another_signed(form: Form, values: Mapping[str, str], contract: Any) -> Iterator[Fault]:
    """A change of class while another one of the contract is being signed."""
    field, asked = form.telling(Tells.CLASS), class_asked(form, values, class_of(contract))
    stands = None if field is None or asked is None else _reclassing(contract)
    if field is not None and stands is not None and stands.content["asked"] != asked:
        yield Fault(field.name, "class-being-signed")


def _reclassing(contract: Any) -> Matter | None:
    """The change of class of a contract that is being signed."""
    return Matter.objects.filter(kind=RECLASSING, subject=contract.key, state__in=STANDING).first()


def _propose_class(filed: Filed, contract: Any, *, by: Actor, at: datetime) -> None:
    """Put the class that a report proposes to signature, where nobody signs the report."""
    form, values = filed.form, filed.filled.values
    asked, field, why = class_asked(form, values, class_of(contract)), form.telling(Tells.CLASS), form.telling(Tells.CLASS_WHY)  # fmt: skip
    if asked is None or field is None:
        return
    _refuse(list(_another_signed(form, values, contract)))
    if _reclassing(contract) is not None:  # the worksheet of a check said so, now its report does
        return
    paper = filed.paper
    content = {
        "contract": contract.key, "now": contract.risk_class, "asked": asked, "why": "" if why is None else values.get(why.name, ""),
        "paper": told_of(paper),
    }  # fmt: skip
    client = (
        standing(homes()["party"]).filter(key=contract.client).values_list("title", flat=True).first() or ""
    )
    open_matter(
        kind=RECLASSING, subject=contract.key, content=content, branch=contract.branch or "", contract=contract.key, party=contract.client,
        title={"zh": f"改类 {contract.key} {client}", "en": f"Change of class: {contract.key} {client}"}, by=by, at=at,
    )  # fmt: skip


def class_corrected(filed: Filed, before: Paper, by: Actor, at: datetime) -> None:
    """Put a class to signature that a correction proposes anew, or whose matter its maker had taken back.

    What is being signed about the same report follows it by itself. Raises FilingRefusedError, beside the field.
    """
    field, contract = filed.form.telling(Tells.CLASS), concerned(filed.duty)
    if field is None or contract is None:
        return
    changed = filed.filled.values.get(field.name, "") != before.values.get(field.name, "")
    _refuse(wrong_correction(filed.duty, filed.form, filed.filled.values, before))
    rule = rules().get(filed.duty.rule)
    if isinstance(rule, DutyRule) and rule.chain:
        return
    last = Matter.objects.filter(kind=RECLASSING, content__paper__number=filed.paper.number).order_by("-pk").first()  # fmt: skip
    if last is not None and last.state in STANDING:
        return
    if changed or (last is not None and last.state == WITHDRAWN):
        _propose_class(filed, contract, by=by, at=at)


def class_now(matter: Matter) -> dict[str, Any] | None:
    """A change of class as its report proposes it now: the edition that counts, against the class of now; None where the report is gone."""
    told = matter.content
    paper = (
        Paper.objects.select_related("wording")
        .filter(number=told["paper"]["number"], state=HANDED_IN)
        .first()
    )
    form = None if paper is None else form_of_paper(paper)
    row = standing(homes()["contract"]).filter(key=told["contract"]).first()
    field = None if form is None else form.telling(Tells.CLASS)
    if paper is None or form is None or row is None or field is None:
        return None
    why = form.telling(Tells.CLASS_WHY)
    return {
        "contract": row.key, "now": told["now"] if matter.state == APPROVED else row.risk_class, "asked": CLASSES.get(paper.values.get(field.name, "")),
        "why": "" if why is None else paper.values.get(why.name, ""), "paper": told_of(paper),
    }  # fmt: skip


def class_agreed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write the class that was signed, in the approval's transaction; refused where the report says something else by now."""
    told, paper, current = matter.content, matter.content["paper"], class_now(matter)
    row = standing(homes()["contract"]).filter(key=told["contract"]).first()
    if row is None or current is None:
        raise SigningRefusedError("too-late")
    if current["asked"] != told["asked"]:
        raise SigningRefusedError("content-changed")
    if row.risk_class != told["asked"]:
        reason = f"{matter.title['zh']} {paper['number']}：{told['why']}"
        correct(
            "contract",
            row.key,
            {"risk_class": told["asked"]},
            by=by,
            at=at,
            day=day_of(at),
            reason=reason,
            decision=("risk_class",),
        )


def class_signed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write the class that a report proposed, once its last signer has signed; the contract may have another class by then."""
    told = matter.content.get("paper") or {}
    paper = (
        Paper.objects.select_related("wording").filter(number=told.get("number", ""), state=HANDED_IN).first()
    )
    duty = None if paper is None else Duty.objects.filter(pk=paper.duty_no).first()
    form = None if paper is None else form_of_paper(paper)
    if paper is None or duty is None or form is None:
        return
    contract, why = concerned(duty), form.telling(Tells.CLASS_WHY)
    asked = class_asked(form, paper.values, class_of(contract))
    if asked is None:
        return
    reason = f"{form.title.zh} {paper.number}：{'' if why is None else paper.values.get(why.name, '')}"
    try:
        correct(
            "contract",
            contract.key,
            {"risk_class": asked},
            by=by,
            at=at,
            day=day_of(at),
            reason=reason,
            decision=("risk_class",),
        )
    except RowRefusedError as error:
        raise SigningRefusedError("too-late") from error
