"""Kinds of matters that the house itself puts forward: a duty's work, and its postponement; what approval of them does. What was not accepted: ``returning``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from daihou.book import declared
from daihou.duties.handover import HANDOVER, content_now, hand_over
from daihou.duties.models import Duty, duty_by_key
from daihou.duties.naming import names_for, period_of
from daihou.ledger.acts import RowRefusedError, enter
from daihou.papers.amending import in_use
from daihou.papers.kept_forms import form_of_paper
from daihou.papers.models import Paper
from daihou.papers.reading import Form, Tells, form_for, forms
from daihou.papers.reads import paper_of, paper_of_row
from daihou.papers.signed import told_of
from daihou.policy.rules import rules
from daihou.registers.kept import field_name, homes, standing, values_of
from daihou.registers.rows import shown
from daihou.rulebook import Closing, closing_of
from daihou.rulebook import Duty as DutyRule
from daihou.screens.tags import lang
from daihou.signoff import acts
from daihou.signoff.acts import HIGHEST, SigningRefusedError
from daihou.signoff.chains import Rung, chains
from daihou.signoff.limits import amount_of, raised
from daihou.signoff.models import APPROVED, UNDER_WAY, Matter
from daihou.signoff.reads import staff_on
from daihou.terms import Lang
from daihou.trail.acts import Actor
from daihou.trail.acts import plain as plainly
from daihou.units import day_of, month_start, period_end

DUTY, POSTPONEMENT = "duty", "postponement"
ERRAND = "errand"
CLASSES = {Tells.CLASS: "risk_class", Tells.TIER: "five_tier"}
"""The column of the contract that a form proposes to change, by what its field tells."""
"""What the content of a matter calls the class of the contract at the time when it was put forward."""
_DOERS = frozenset({"检查人", "经办人", "撰写人", "报送人", "提出人", "甲"})
"""Columns of a row that name whose work it is."""


def duty_of(matter: Matter) -> Duty | None:
    """The duty that a matter is about; None where it is gone."""
    key = str(matter.content.get("duty", matter.subject))
    rule = str(matter.content.get("rule", ""))
    rows = Duty.objects.filter(rule=rule) if rule else Duty.objects.none()
    kept = str(matter.content.get("object", ""))
    return next((one for one in rows.filter(object=kept) if one.key == key), None)


def named(duty: Duty, said: Lang | None = None) -> tuple[str, str]:
    """A duty as people know it, in the language of the page where none is said: its name, of what recurs with its period, and its object's."""
    rule = rules().get(duty.rule)
    names = names_for(parties=[duty.party], contracts=[duty.contract], things=[(duty.table, duty.object)])
    name = duty.rule if rule is None else rule.said(said or lang())
    return f"{name} {period_of(duty, said)}".strip(), names.object(
        duty.table, duty.object, duty.contract, duty.party, said
    )


def concerned(duty: Duty) -> Any:
    """The contract that a duty is about: its own, else the newest running one of its party, or one that the party answers for; None without one."""
    contracts = standing(homes()["contract"])
    if duty.contract:
        return contracts.filter(key=duty.contract).first()
    if not duty.party:
        return None
    running = contracts.filter(settled_day__isnull=True, disbursed_day__isnull=False).order_by(
        "-disbursed_day", "key"
    )
    behind = standing(homes()["counter_guarantee"]).filter(counter_guarantor=duty.party).values("contract")
    return running.filter(client=duty.party).first() or running.filter(key__in=behind).first()


def branch_of(duty: Duty) -> str:
    """The branch whose people sign: the duty's, else that of its contract."""
    if duty.branch or not duty.contract:
        return duty.branch or ""
    found = standing(homes()["contract"]).filter(key=duty.contract).values_list("branch", flat=True).first()
    return found or ""


# ------------------------------------------------------------------ the work of a duty


def work_of(duty: Duty, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is signed of a duty, as JSON: what it is, its completions, and the row of the registers that closed it.

    ``before``: what was put forward of it the last time; of work that was sent back its row is the row still.
    """
    rule = rules().get(duty.rule)
    told = standing(homes()["completion"]).filter(duty=duty.key).order_by("completion_day", "key")
    found, paper = fact_of(duty) or row_before_signers(before), paper_about(duty)
    return _class_before(duty, paper) | {
        "duty": duty.key, "rule": duty.rule, "object": duty.object,
        "name": duty.rule if rule is None else rule.name, "citation": "" if rule is None else rule.citation,
        "completions": [plainly(shown(one.table, vars(one))) for one in told],
        "paper": None if paper is None else told_of(paper),
        "fact": None if found is None else {"table": found.table.id, "key": found.key, "row": plainly(shown(found.table, vars(found)))},
    }  # fmt: skip


def _class_before(duty: Duty, paper: Paper | None) -> dict[str, int | str]:
    """The classes against which a form proposes others: those of the contract when the form was put forward."""
    form = None if paper is None else form_of_paper(paper)
    proposed = [] if form is None else [column for tells, column in CLASSES.items() if form.telling(tells)]
    contract = concerned(duty) if proposed else None
    held = {} if contract is None else {column: getattr(contract, column) for column in proposed}
    return {column: grade for column, grade in held.items() if grade is not None}


def row_about(duty: Duty) -> Any:
    """What a duty is about: a row of the registers or, where it follows from another duty, that duty; None where it is gone."""
    if duty.table in homes():
        return standing(homes()[duty.table]).filter(key=duty.object).first()
    return duty_by_key(duty.object) if duty.table == "duty" else None


def form_of(duty: Duty) -> Form | None:
    """The form that a duty asks for, as the company uses it: that which its rule names, by the kind of its client and by its own row, or that which an errand asks for; None without one."""
    if duty.table == ERRAND:
        asked = forms().get(getattr(row_about(duty), "asked_form", None) or "")
        return None if asked is None else in_use(asked)
    rule = rules().get(duty.rule)
    if not isinstance(rule, DutyRule) or rule.form is None:
        return None
    client = standing(homes()["party"]).filter(key=duty.party or "").values_list("kind", flat=True).first()
    row = row_about(duty) if duty.table in homes() else None
    own = {} if row is None else {one.id: getattr(row, field_name(one.id)) for one in values_of(row.table)}
    form = form_for(rule.form, client, own)
    return None if form is None else in_use(form)


def paper_about(duty: Duty) -> Paper | None:
    """The form about a duty's work: its own, else that which wrote the row that the duty is about, or that closed it.

    An inspection has one report, whichever duty asked for it.
    """
    own, form = paper_of(duty.pk), form_of(duty)
    if own is not None or form is None:
        return own
    rows = [(duty.table, duty.object)]
    found = None if duty.done is None else fact_of(duty)
    if found is not None:
        rows.append((found.table.id, found.key))
    told = (paper_of_row(*row) for row in rows)
    kinds = {
        form.form,
        form.instead,
    }  # an older report may have been written on the form in whose place this one stands
    return next((one for one in told if one is not None and one.form in kinds), None)


def fact_of(duty: Duty) -> Any:
    """The row of the registers that closed a duty, where its form or its rule tells which; else None."""
    rule = rules().get(duty.rule)
    paper = paper_of(duty.pk)
    if paper is not None and paper.row_table in homes():
        return standing(homes()[paper.row_table]).filter(key=paper.row_key).first()
    closing = closing_of(rule) if isinstance(rule, DutyRule) else None
    row = row_about(duty)
    if closing is None or closing.column is None or duty.done is None or row is None:
        return None
    if not closing.new:
        return along(duty.table, row, closing.path)
    return _written(closing, {**tied(duty, row, closing), closing.column: duty.done})


def row_before_signers(content: Mapping[str, Any] | None) -> Any:
    """The row of the registers that a matter about a duty put forward, as it stands now; None where it put none forward, or it is gone."""
    told = None if content is None else content.get("fact")
    if not told or told["table"] not in homes():
        return None
    return standing(homes()[told["table"]]).filter(key=told["key"]).first()


def tied(duty: Duty, row: Any, closing: Closing) -> dict[str, Any]:
    """What the row that closes a duty has to say, by column, as the rule ties it to what the duty is about; empty values too."""
    found: dict[str, Any] = {}
    for child, own in closing.links:
        end = along(duty.table, row, own.path)
        found[child] = None if end is None else getattr(end, field_name(own.name), None)
    return found | of_period(duty, closing)


def of_period(duty: Duty, closing: Closing) -> dict[str, date]:
    """The days of its period that the row has to hold, as far as the duty tells them."""
    end = period_end(duty.occurrence)
    days = {
        "period_start": duty.start,
        "period_end": end,
        "period_month": None if end is None else month_start(end),
    }
    return {column: day for column, which in closing.periods.items() if (day := days[which]) is not None}


def row_before(duty: Duty, row: Any, closing: Closing) -> Any:
    """The row that the work of the duty before wrote and a later day of which closes this one; None where the duty follows from none, or nothing was written.

    The report of a check that was made is a later day of the row of the check itself.
    """
    said = tied(duty, row, closing)
    if duty.table != "duty" or None in said.values():
        return None
    return _written(closing, {**closing.presets, **said})


def _written(closing: Closing, said: Mapping[str, Any]) -> Any:
    wanted = {field_name(name): value for name, value in said.items()}
    return standing(homes()[closing.table]).filter(**wanted).order_by("key").first()


def along(table: str, row: Any, path: Iterable[str]) -> Any:
    """The row at the end of a way of references, None where it leads nowhere."""
    for step in path:
        table = str(declared()[table].columns[step].ref)
        row = standing(homes()[table]).filter(key=getattr(row, field_name(step))).first()
        if row is None:
            return None
    return row


def open_duty_matter(
    duty: Duty,
    *,
    by: Actor,
    at: datetime,
    makers: Iterable[str] = (),
    before: Mapping[str, Any] | None = None,
) -> Matter | None:
    """Put a duty's work before the chain of its rule; None where the rule has none. A rule with a form asks each for an opinion (P01-12).

    ``before``: what was put forward of it the last time.
    """
    rule = rules().get(duty.rule)
    if not isinstance(rule, DutyRule) or not rule.chain:
        return None
    title = {"zh": " ".join(named(duty, "zh")), "en": " ".join(named(duty, "en"))}
    row = fact_of(duty) or row_before_signers(before)
    doers = set(makers)
    if row is not None:
        whose = (
            getattr(row, field_name(one.id))
            for one in row.table.columns.values()
            if one.ref == "employee" and one.word in _DOERS
        )
        doers |= {one for one in whose if one}
    doers |= set(standing(homes()["completion"]).filter(duty=duty.key).values_list("completed_by", flat=True))
    return acts.open_matter(
        kind=DUTY, subject=duty.key, title=title,
        content=work_of(duty, before), chain=_rungs(rule, branch_of(duty), doers | {by.by}, at), branch=branch_of(duty), contract=duty.contract, party=duty.party, makers=sorted(doers), by=by, at=at,
    )  # fmt: skip


def signers_of_duty(duty: Duty, day: date) -> tuple[tuple[str, ...], ...]:
    """The posts that would sign a duty's work if it were put forward on a day, step by step: those of its rule, and what the amount of its contract adds."""
    rule = rules().get(duty.rule)
    if not isinstance(rule, DutyRule) or not rule.chain:
        return ()
    contract = duty.contract or ""
    amount = amount_of(contract) if contract else None
    chain = raised([Rung(step) for step in rule.chain], kind=DUTY, amount=amount, contract=contract, day=day)
    return tuple(rung.posts for rung in chain)


def _rungs(rule: DutyRule, branch: str, makers: Collection[str], at: datetime) -> list[Rung]:
    """Who signs a duty's work. Of a joint step a post that nobody holds is left out where it falls to somebody who signs anyway."""
    asked = {post for step in rule.chain for post in step}
    joint = any(len(step) > 1 for step in rule.chain)
    staff = staff_on(day_of(at)) if joint else None
    found = []
    for step in rule.chain:
        posts = step
        if staff is not None and len(step) > 1:
            seats = {post: staff.seat(post, branch, makers) for post in step}
            posts = tuple(
                post for post, seat in seats.items() if seat is None or seat.post not in asked - {post}
            )
        if posts:
            found.append(Rung(posts, opinion=rule.form is not None))
    return found


def matter_of(duty: Duty) -> Matter | None:
    """The last matter about a duty's work: its own, else that of the duty whose form tells of it."""
    own = Matter.objects.filter(kind=DUTY, subject=duty.key).first()
    if own is not None:
        return own
    paper = paper_about(duty)
    other = None if paper is None else paper.duty
    return None if other in {None, duty.key} else Matter.objects.filter(kind=DUTY, subject=other).first()


def corrected_since(duty: Duty, matter: Matter) -> bool:
    """Whether the form about a duty's work was corrected after a matter had put it forward."""
    paper, said = paper_about(duty), matter.content.get("paper")
    return paper is not None and isinstance(said, Mapping) and said.get("digest") != paper.digest


# ------------------------------------------------------------------ putting a duty off


def can_postpone(duty: Duty, day: date) -> bool:
    """Whether a duty can still be put off: its rule allows it, it waits, and its day has not passed (S36)."""
    rule = rules().get(duty.rule)
    return (
        isinstance(rule, DutyRule) and duty.state in {"open", "not_yet"} and duty.withdrawn_on is None
        and duty.due is not None and day <= duty.due
    )  # fmt: skip


def ask_to_postpone(duty: Duty, until: date, reason: str, *, by: Actor, at: datetime) -> Matter:
    """Ask that a duty be put off until a day, with the reason.

    Signed by the chain of the kind; where the rule itself does not foresee it (变通: 延期) by the general manager too.
    """
    rule = rules().get(duty.rule)
    foreseen = isinstance(rule, DutyRule) and rule.postponable
    name, object_ = named(duty, "zh")
    asked = [*chains()[POSTPONEMENT], *([] if foreseen else [Rung((HIGHEST,), opinion=True)])]
    return acts.open_matter(
        kind=POSTPONEMENT, subject=duty.key, content=_asked(duty, until, reason), chain=asked, branch=branch_of(duty),
        title={"zh": f"延期 {name} {object_}", "en": f"Postponement: {' '.join(named(duty, 'en'))}"},
        contract=duty.contract, party=duty.party, by=by, at=at,
    )  # fmt: skip


def ask_again_to_postpone(
    matter: Matter, duty: Duty, until: date, reason: str, *, by: Actor, at: datetime
) -> Matter:
    """Put a request that was returned forward again, with another day or reason. SigningRefusedError as ``resubmit`` has it."""
    return acts.resubmit(matter, _asked(duty, until, reason), by=by, at=at)


def _asked(duty: Duty, until: date, reason: str) -> dict[str, Any]:
    """What is put before the signers of a request."""
    return {
        "duty": duty.key, "rule": duty.rule, "object": duty.object, "name": named(duty, "zh")[0],
        "due": None if duty.due is None else duty.due.isoformat(), "until": until.isoformat(), "reason": reason.strip(),
    }  # fmt: skip


def _postponed(matter: Matter, by: Actor, at: datetime) -> None:
    """Write the ruling that an approval is. Refused once the day has passed: it would have no effect any more (S36)."""
    day = day_of(at)
    duty = duty_of(matter)
    due = None if duty is None else duty.due
    if duty is not None and duty.done is not None:
        raise SigningRefusedError("done-meanwhile")
    if due is None or day > due:
        raise SigningRefusedError("too-late")
    values = {
        "key": f"{matter.subject}/{POSTPONEMENT}/{day.isoformat()}", "duty": matter.subject, "kind": POSTPONEMENT, "since": day,
        "until": date.fromisoformat(matter.content["until"]), "reason": matter.content["reason"], "approved_by": by.by, "approved_day": day,
    }  # fmt: skip
    try:
        enter("duty_ruling", values, by=by, at=at, day=day)
    except RowRefusedError:
        raise SigningRefusedError("postponed-today") from None


# ------------------------------------------------------------------ what each kind adds


def _work_now(matter: Matter) -> Any:
    duty = duty_of(matter)
    if duty is None:
        return None
    content = work_of(duty, matter.content)
    for column in CLASSES.values():
        # the approval itself moves the class; older matters name none
        if matter.state == APPROVED or column not in matter.content:
            content.pop(column, None)
            content |= {one: value for one, value in matter.content.items() if one == column}
    return _before_approval(matter, content) if matter.state == APPROVED else content


def _before_approval(matter: Matter, content: Mapping[str, Any]) -> dict[str, Any]:
    """Signed work without what its approval wrote on the row before its signers; what others wrote there since stays."""
    signed, now = matter.content.get("fact"), content["fact"]
    if not signed or not now or signed["table"] != now["table"] or now["table"] not in SIGNED_ROW:
        return dict(content)
    said = plainly(SIGNED_ROW[now["table"]](matter))
    row = {one: value for one, value in now["row"].items() if said.get(one) != value}
    before = {one: value for one, value in signed["row"].items() if one in now["row"] and one not in row}
    return {**content, "fact": {**now, "row": row | before}}


NOW: dict[str, Callable[[Matter], Any]] = {DUTY: _work_now, HANDOVER: content_now}
"""The content as it would be put forward now, so that a later change of the thing shows; None where the thing is gone."""

SIGNED_WORK: list[Callable[[Matter, Actor, datetime], None]] = []
"""What rooms above write once the work of a duty was signed; each looks whether the matter is one of its own."""

SIGNED_ROW: dict[str, Callable[[Matter], Mapping[str, Any]]] = {}
"""What these write on the row before the signers, by its table: columns with their values."""


def _work_signed(matter: Matter, by: Actor, at: datetime) -> None:
    for writes in SIGNED_WORK:
        writes(matter, by, at)


APPROVAL: dict[str, Callable[[Matter, Actor, datetime], None]] = {
    DUTY: _work_signed,
    POSTPONEMENT: _postponed,
    HANDOVER: hand_over,
}
"""What an approval writes, in its transaction."""


def sign(
    matter: Matter, *, by: Actor, at: datetime, opinion: str = "", step: int | None = None, digest: str | None = None
) -> Matter:  # fmt: skip
    """Sign, and where that was the last signature write what the approval means: both or neither."""
    with transaction.atomic():
        signed = acts.sign(matter, by=by, at=at, opinion=opinion, step=step, digest=digest)
        if signed.state == APPROVED and signed.kind in APPROVAL:
            APPROVAL[signed.kind](signed, by, at)
    return signed


def changed_since(matter: Matter) -> bool:
    """Whether the thing is no longer what the current version says of it."""
    asked = NOW.get(matter.kind)
    if asked is None or matter.state not in {UNDER_WAY, APPROVED, "returned"}:
        return False
    content = asked(matter)
    return content is None or acts.digest_of(acts.as_kept(content)) != matter.digest
