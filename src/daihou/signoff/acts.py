"""Every write to matters: put forward, decided step by step, completed, handed on, shown, urged; and delegation while absent.

Each act locks its matter, looks at what stands, and only then writes: of two who sign at once one wins and the other is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from daihou.book import posts
from daihou.ledger.acts import enter
from daihou.messaging.acts import tell_copied, tell_delegated, tell_outcome, tell_signer
from daihou.registers.kept import homes, standing
from daihou.registers.sealing import seals
from daihou.signoff.chains import ChainsError, Rung, chains, climb, rungs
from daihou.signoff.limits import amount_of, raised
from daihou.signoff.models import (
    ADDED,
    AGREED,
    APPROVED,
    BY_AMOUNT,
    BY_CHAIN,
    DISAGREED,
    REFERRED,
    REFERRED_UP,
    REFUSED,
    RETURNED,
    SENT_BACK,
    STANDING,
    UNDER_WAY,
    WITHDRAWN,
    Copy,
    Delegation,
    Maker,
    Matter,
    Step,
    Urge,
    Version,
)
from daihou.signoff.reads import Right, Staff, rights_of, signers_of, staff_on
from daihou.trail.acts import Actor, record
from daihou.units import day_of

KIND = "signing_matter"
HIGHEST = "general_manager"
"""What the trail calls a matter."""

REGISTER = "signing_step"
MOST_STEPS = 99  # what the register's column holds
BEFORE, TOGETHER, AFTER = "before", "together", "after"


class SigningRefusedError(ValueError):
    """An act that does not follow from where the matter stands, or that is not this person's; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def digest_of(content: Any) -> str:
    """The SHA-256 of the canonical JSON of a content. Raises TypeError or ValueError for what JSON cannot say."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()


def as_kept(content: Any) -> Any:
    """A content as JSON gives it back."""
    return json.loads(json.dumps(content, ensure_ascii=False, allow_nan=False))


def open_matter(
    *, kind: str, subject: str, title: Mapping[str, str], content: Any, chain: Iterable[str | Rung] | None = None,
    branch: str = "", amount: int | None = None, contract: str | None = None, party: str | None = None,
    makers: Iterable[str] = (), by: Actor, at: datetime,
) -> Matter:  # fmt: skip
    """Put something before those who sign it. ``chain``: posts or rungs; without one, that of the kind.

    ``amount`` (fen): of a matter about a contract that of the contract, where it is not told; above the company's limits more
    posts sign (``limits``). ``makers``: whose work it is besides him who opens it. SigningRefusedError: under way already, no chain, an amount is missing, or nobody can sign a
    step all the way up.
    """
    asked = _chain(kind, chain)
    if amount is None and contract:
        amount = amount_of(contract)
    asked = raised(asked, kind=kind, amount=amount, contract=contract or "", day=day_of(at))
    content = as_kept(content)
    try:
        with transaction.atomic():
            matter = Matter.objects.create(
                kind=kind, subject=subject, title=as_kept(dict(title)), content=content, digest=digest_of(content),
                amount=amount, branch=branch or "", contract=contract or "", party=party or "",
                chain=[one.plain() for one in asked], opened_by=by.by, opened_at=at,
            )  # fmt: skip
            Maker.objects.bulk_create(
                Maker(matter=matter, employee=one) for one in dict.fromkeys((by.by, *makers))
            )
            Version.objects.create(
                matter=matter, number=1, content=content, digest=matter.digest, by=by.by, at=at
            )
            _begin(matter, asked, at)
            _note(matter, "open-matter", by=by, at=at, after={"kind": kind, "subject": _said(subject)})
            _tell(matter, by=by, at=at)
    except IntegrityError:
        if Matter.objects.filter(kind=kind, subject=subject, state__in=STANDING).exists():
            raise SigningRefusedError("under-way-already") from None
        raise
    return matter


def _chain(kind: str, chain: Iterable[str | Rung] | None) -> tuple[Rung, ...]:
    if chain is None:
        found = chains().get(kind)
        if found is None:
            raise SigningRefusedError("no-chain")
        return found
    try:
        return rungs(chain)
    except ChainsError:
        raise SigningRefusedError("no-chain") from None


def _begin(matter: Matter, asked: Sequence[Rung], at: datetime) -> None:
    """The steps of the current version, the first of them open."""
    try:
        climbed = climb(asked, matter.amount)
    except ChainsError:
        raise SigningRefusedError("amount-missing") from None
    if not climbed:
        raise SigningRefusedError("no-chain")
    Step.objects.bulk_create(
        Step(
            matter=matter, version=matter.version, ordinal=ordinal, seat=seat, post=post, employee=rung.person,
            opinion_required=rung.opinion, why=BY_CHAIN if rung.above is None else BY_AMOUNT,
        )
        for ordinal, rung in enumerate(climbed, 1)
        for seat, post in enumerate(rung.posts)
    )  # fmt: skip
    _refuse_endless(matter)
    staff = staff_on(day_of(at))
    makers = _makers(matter)
    if any(_nobody(one, staff, matter, makers) for one in _steps(matter)):
        raise SigningRefusedError("nobody-to-sign")
    _arrive(matter, 1, at, staff)


def _nobody(step: Step, staff: Staff, matter: Matter, makers: Collection[str]) -> bool:
    """Whether nobody can sign a step on the day."""
    if step.employee:
        return step.employee in makers or step.employee not in staff.places
    return staff.seat(step.post, matter.branch, makers) is None


def _makers(matter: Matter) -> frozenset[str]:
    return frozenset(Maker.objects.filter(matter=matter).values_list("employee", flat=True))


def _steps(matter: Matter) -> list[Step]:
    """The steps of the current version in their order."""
    return list(Step.objects.filter(matter=matter, version=matter.version).order_by("ordinal", "seat"))


def _refuse_endless(matter: Matter) -> None:
    decided = Step.objects.filter(matter=matter).exclude(version=matter.version).exclude(decision="").count()
    if decided + Step.objects.filter(matter=matter, version=matter.version).count() > MOST_STEPS:
        raise SigningRefusedError("too-many-steps")


def _arrive(matter: Matter, ordinal: int, at: datetime, staff: Staff) -> None:
    """Open the steps of an ordinal: say of each who may sign it. A joint signature is given by different people."""
    makers = _makers(matter)
    group = [one for one in _steps(matter) if one.ordinal == ordinal]
    taken = set(makers) | {one.employee or one.signed_by for one in group if one.employee or one.signed_by}
    for step in group:
        if step.decision:
            continue
        _place(step, matter, staff, makers, taken)
        if step.arrived_at is None:
            step.arrived_at = at
        step.save(update_fields=["held_post", "employee", "branch", "fallback", "arrived_at"])
        holders = (
            {step.employee} if step.employee else set(staff.holders(step.held_post, step.branch)) - makers
        )
        if len(holders) == 1:
            taken |= holders
    matter.stage = ordinal
    matter.save(update_fields=["stage"])


def _place(step: Step, matter: Matter, staff: Staff, makers: Collection[str], taken: Collection[str]) -> None:
    """Seat a step: the person named if he is still here, else who holds the post, else the post above."""
    if step.employee and step.employee in staff.places and step.employee not in makers:
        step.held_post = step.post
        return
    step.employee = ""
    seat = staff.seat(step.post, matter.branch, taken)
    if seat is None:
        raise SigningRefusedError("nobody-to-sign")
    step.held_post, step.branch, step.fallback = seat.post, seat.branch, seat.fallback


def _locked(matter: Matter) -> Matter:
    """The matter as it stands, held until the transaction ends."""
    return Matter.objects.select_for_update().get(pk=matter.pk)


def _to_decide(
    held: Matter, by: Actor, at: datetime, step: int | None, digest: str | None
) -> tuple[Step, Right]:
    """The open step that a person may decide, and by which right. ``step``, ``digest``: what he had before his eyes."""
    if step is not None and Step.objects.filter(pk=step, matter=held).exclude(decision="").exists():
        raise SigningRefusedError("decided-already")
    if held.state != UNDER_WAY:
        raise SigningRefusedError("not-under-way")
    if digest is not None and digest != held.digest:
        raise SigningRefusedError("content-changed")
    makers = _makers(held)
    if by.by in makers:
        raise SigningRefusedError("own-work")
    group = [one for one in _steps(held) if one.ordinal == held.stage]
    if any(one.signed_by == by.by for one in group):
        raise SigningRefusedError("signed-beside")
    rights = rights_of(by.by, day_of(at))
    for right in rights:
        for one in group:
            wanted = not one.decision and (step is None or one.pk == step)
            if wanted and right.covers(one, held, makers):
                return one, right
    raise SigningRefusedError("not-yours")


def _decide(
    held: Matter, decision: str, opinion: str, *, by: Actor, at: datetime, step: int | None, digest: str | None
) -> Step:  # fmt: skip
    """Write a decision, and the row of the register of signing steps with it."""
    opinion = opinion.strip()
    one, right = _to_decide(held, by, at, step, digest)
    if not opinion and (one.opinion_required or decision != AGREED):
        raise SigningRefusedError("opinion-missing")
    one.decision, one.opinion, one.decided_at, one.digest = decision, opinion, at, held.digest
    one.signed_by, one.for_whom = by.by, right.for_whom
    one.save()
    number = Step.objects.filter(matter=held).exclude(decision="").count()
    assert one.arrived_at is not None
    values = {
        "key": f"{held.number}/{number}", "document": held.number, "step": number, "post": one.post, "signed_by": by.by,
        "duty": held.subject if held.kind == "duty" else None, "arrived_day": day_of(one.arrived_at),
        "decided_day": day_of(at), "decision": decision, "opinion": _said(opinion) or None,
    }  # fmt: skip
    enter(REGISTER, values, by=by, at=at, day=day_of(at))
    return one


def sign(
    matter: Matter, *, by: Actor, at: datetime, opinion: str = "", step: int | None = None, digest: str | None = None
) -> Matter:  # fmt: skip
    """Agree. The next step opens; after the last the matter is approved.

    SigningRefusedError where it is not this person's to sign, his own work, somebody was quicker, what he saw (``digest``) is not what
    stands, or an opinion is missing.
    """
    with transaction.atomic():
        held = _locked(matter)
        one = _decide(held, AGREED, opinion, by=by, at=at, step=step, digest=digest)
        _advance(held, at)
        _note(held, "sign", by=by, at=at, step=one)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def _advance(held: Matter, at: datetime) -> None:
    """Open what comes next once the group has signed; approve where nothing comes."""
    left = [one for one in _steps(held) if not one.decision]
    if any(one.ordinal == held.stage for one in left):
        return
    if left:
        _arrive(held, left[0].ordinal, at, staff_on(day_of(at)))
    else:
        _end(held, APPROVED, at)


def _end(held: Matter, state: str, at: datetime) -> None:
    held.state, held.stage = state, None
    held.decided_at = None if state == RETURNED else at
    held.save(update_fields=["state", "stage", "decided_at"])


def _fresh(matter: Matter) -> Matter:
    matter.refresh_from_db()
    return matter


def refuse(
    matter: Matter, *, by: Actor, at: datetime, opinion: str, step: int | None = None, digest: str | None = None
) -> Matter:  # fmt: skip
    """Disagree, with the reason: the matter ends."""
    with transaction.atomic():
        held = _locked(matter)
        one = _decide(held, DISAGREED, opinion, by=by, at=at, step=step, digest=digest)
        _end(held, REFUSED, at)
        _note(held, "refuse", by=by, at=at, step=one)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def send_back(
    matter: Matter, *, by: Actor, at: datetime, opinion: str, step: int | None = None, digest: str | None = None
) -> Matter:  # fmt: skip
    """Return for completion, saying what is wanted; he who opened it puts it forward again."""
    with transaction.atomic():
        held = _locked(matter)
        one = _decide(held, SENT_BACK, opinion, by=by, at=at, step=step, digest=digest)
        _end(held, RETURNED, at)
        _note(held, "send-back", by=by, at=at, step=one)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def refer_up(
    matter: Matter, *, by: Actor, at: datetime, opinion: str, step: int | None = None, digest: str | None = None
) -> Matter:  # fmt: skip
    """Give an opinion and let the post above decide, because it exceeds one's authority (P01-12)."""
    with transaction.atomic():
        held = _locked(matter)
        one = _decide(held, REFERRED_UP, opinion, by=by, at=at, step=step, digest=digest)
        above = posts().get(one.held_post)
        if above is None:
            raise SigningRefusedError("nobody-above")
        _insert(held, one.ordinal + 1, Step(post=above, opinion_required=True, why=REFERRED, placed_by=by.by))
        _advance(held, at)
        _note(held, "refer-up", by=by, at=at, step=one)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def _insert(held: Matter, ordinal: int, step: Step) -> Step:
    """Put a step at an ordinal of its own; what stood there and after moves on by one."""
    for one in Step.objects.filter(matter=held, version=held.version, ordinal__gte=ordinal).order_by(
        "-ordinal", "-seat"
    ):
        Step.objects.filter(pk=one.pk).update(ordinal=F("ordinal") + 1)
    step.matter, step.version, step.ordinal, step.seat = held, held.version, ordinal, 0
    step.save()
    _refuse_endless(held)
    return step


def resubmit(
    matter: Matter, content: Any, *, by: Actor, at: datetime, remark: str = "", amount: int | None = None,
    title: Mapping[str, str] | None = None,
) -> Matter:  # fmt: skip
    """Put a returned matter forward again as a new version; what was decided of the older one stays as it was.

    ``amount`` and ``title`` where they moved. SigningRefusedError: not his, not returned, or neither content nor remark is new.
    """
    content, remark = as_kept(content), remark.strip()
    with transaction.atomic():
        held = _locked(matter)
        _refuse_not_openers(held, by)
        if held.state != RETURNED:
            raise SigningRefusedError("not-returned")
        digest = digest_of(content)
        if digest == held.digest and not remark:
            raise SigningRefusedError("nothing-new")
        before = {"version": held.version, "digest": held.digest}
        held.content, held.digest, held.version = content, digest, held.version + 1
        held.state, held.stage, held.amount = UNDER_WAY, 1, held.amount if amount is None else amount
        held.title = held.title if title is None else dict(title)
        held.save()
        Version.objects.create(
            matter=held, number=held.version, content=content, digest=digest, by=by.by, at=at, remark=remark
        )
        _begin(held, [Rung.of(one) for one in held.chain], at)
        _note(held, "resubmit", by=by, at=at, before=before, reason=remark)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def _refuse_not_openers(held: Matter, by: Actor) -> None:
    if held.opened_by != by.by:
        raise SigningRefusedError("not-yours")


def take_over(matter: Matter, *, by: Actor, at: datetime) -> Matter:
    """Take a returned matter over from him who opened it: whose work it is by now completes it. Whether it is his the room above knows."""
    with transaction.atomic():
        held = _locked(matter)
        if held.state != RETURNED:
            raise SigningRefusedError("not-returned")
        before = {"opened_by": held.opened_by}
        held.opened_by = by.by
        held.save(update_fields=["opened_by"])
        Maker.objects.get_or_create(matter=held, employee=by.by)
        _note(held, "take-over-matter", by=by, at=at, before=before, after={"opened_by": by.by})
    return _fresh(matter)


def withdraw(matter: Matter, *, by: Actor, at: datetime, reason: str = "") -> Matter:
    """Take a matter back: he who opened it, as long as nobody has signed this version, or while it lies with him."""
    with transaction.atomic():
        held = _locked(matter)
        _refuse_not_openers(held, by)
        if held.state not in STANDING:
            raise SigningRefusedError("not-under-way")
        if held.state == UNDER_WAY and any(one.decision for one in _steps(held)):
            raise SigningRefusedError("signed-already")
        _end(held, WITHDRAWN, at)
        _note(held, "withdraw-matter", by=by, at=at, reason=reason)
    return _fresh(matter)


def hand_on(
    matter: Matter, to: str, *, by: Actor, at: datetime, reason: str, step: int | None = None
) -> Matter:
    """Give one's place at a step to another by name, with the reason. SigningRefusedError: it is his own work, or he is here no more."""
    if not reason.strip():
        raise SigningRefusedError("reason-missing")
    with transaction.atomic():
        held = _locked(matter)
        one, _ = _to_decide(held, by, at, step, None)
        _refuse_unfit(held, to, by, at)
        one.employee, one.held_post, one.branch, one.fallback = to, one.post, "", False
        one.placed_by, one.note = by.by, reason.strip()
        one.save()
        _note(held, "hand-on", by=by, at=at, step=one, reason=reason)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def _refuse_unfit(held: Matter, who: str, by: Actor, at: datetime) -> frozenset[tuple[str, str]]:
    """The posts of somebody who is asked to sign by name; refused where he cannot."""
    if who in _makers(held):
        raise SigningRefusedError("own-work")
    if who == by.by:
        raise SigningRefusedError("yourself")
    places = staff_on(day_of(at), {who}).places.get(who)
    if not places:
        raise SigningRefusedError("nobody-such")
    group = [one for one in _steps(held) if one.ordinal == held.stage]
    if any(who in {one.employee, one.signed_by} for one in group):
        raise SigningRefusedError("signs-already")
    return places


def add_signer(
    matter: Matter, who: str, *, by: Actor, at: datetime, reason: str, place: str = AFTER, step: int | None = None
) -> Matter:  # fmt: skip
    """Have somebody sign besides: before oneself, together with, or after (加签), with the reason."""
    if not reason.strip():
        raise SigningRefusedError("reason-missing")
    if place not in {BEFORE, TOGETHER, AFTER}:
        raise SigningRefusedError("no-such-place")
    with transaction.atomic():
        held = _locked(matter)
        one, _ = _to_decide(held, by, at, step, None)
        post = min(_refuse_unfit(held, who, by, at))[0]
        new = Step(post=post, employee=who, why=ADDED, placed_by=by.by, note=reason.strip())
        if place == TOGETHER:
            last = max(step.seat for step in _steps(held) if step.ordinal == one.ordinal)
            new.matter, new.version, new.ordinal, new.seat = held, held.version, one.ordinal, last + 1
            new.save()
            _refuse_endless(held)
        else:
            if place == BEFORE and any(
                other.decision for other in _steps(held) if other.ordinal == one.ordinal
            ):
                raise SigningRefusedError("decided-already")
            _insert(held, one.ordinal + (place == AFTER), new)
        if place != AFTER:
            _arrive(held, new.ordinal, at, staff_on(day_of(at)))
        _note(held, "add-signer", by=by, at=at, step=new, reason=reason)
        _tell(held, by=by, at=at)
    return _fresh(matter)


def copy_to(matter: Matter, people: Iterable[str], *, by: Actor, at: datetime) -> int:
    """Show a matter to people who do not sign it; how many had not been shown it. For whom it concerns: makers and who signed or may."""
    with transaction.atomic():
        held = _locked(matter)
        if by.by not in _concerned(held, at):
            raise SigningRefusedError("not-yours")
        wanted = set(people) - {by.by}
        known = staff_on(day_of(at), wanted).places.keys()
        if wanted - known or not wanted:
            raise SigningRefusedError("nobody-such")
        have = set(Copy.objects.filter(matter=held).values_list("employee", flat=True))
        new = sorted(wanted - have)
        Copy.objects.bulk_create(Copy(matter=held, employee=one, by=by.by, at=at) for one in new)
        if new:
            _note(held, "copy-matter", by=by, at=at, after={"to": new})
            tell_copied(
                new, title=held.title, who=_name(by.by), path=f"/matters/{held.pk}/", subject=f"{KIND}/{held.pk}",
                once=f"{held.number}/copy", by=by, at=at,
            )  # fmt: skip
    return len(new)


def _concerned(held: Matter, at: datetime) -> set[str]:
    signed = Step.objects.filter(matter=held).exclude(signed_by="").values_list("signed_by", flat=True)
    return {*_makers(held), *signed, *signers_of(held, day_of(at))}


def read_copy(matter: Matter, *, by: Actor, at: datetime) -> None:
    """Note that somebody has read what was shown to him."""
    with transaction.atomic():
        moved = Copy.objects.filter(matter=matter, employee=by.by, read_at__isnull=True).update(read_at=at)
        if not moved:
            raise SigningRefusedError("nothing-to-read")
        _note(matter, "read-copy", by=by, at=at)


def urge(matter: Matter, *, by: Actor, at: datetime, text: str = "") -> Urge:
    """Ask for the next signature once more, once a day. Where the post has become empty since, the step goes to the head above."""
    day = day_of(at)
    with transaction.atomic():
        held = _locked(matter)
        if by.by not in _makers(held):
            raise SigningRefusedError("not-yours")
        if held.state != UNDER_WAY:
            raise SigningRefusedError("not-under-way")
        last = Urge.objects.filter(matter=held).first()
        if last is not None and day_of(last.at) == day:
            raise SigningRefusedError("urged-today")
        assert held.stage is not None
        _arrive(held, held.stage, at, staff_on(day))
        made = Urge.objects.create(
            matter=held, version=held.version, ordinal=held.stage, by=by.by, at=at, text=text.strip()
        )
        _note(held, "urge", by=by, at=at, reason=text)
        _tell(held, by=by, at=at, again=f"/urge-{made.pk}")
    return made


def _tell(held: Matter, *, by: Actor, at: datetime, again: str = "") -> None:
    """Tell everybody who may sign now, once for each step; ``again`` tells those who were told already. How it ended goes back (P01-12)."""
    if held.state != UNDER_WAY:
        _tell_outcome(held, by=by, at=at)
        return
    name = _name(held.opened_by)
    for one in signers_of(held, day_of(at)):
        tell_signer(
            one, title=held.title, who=name, path=f"/matters/{held.pk}/", subject=f"{KIND}/{held.pk}",
            once=f"{held.number}/{held.version}/{held.stage}{again}", by=by, at=at,
        )  # fmt: skip


def _name(who: str) -> str:
    """A member of staff by name, where one is known."""
    found = standing(homes()["employee"]).filter(key=who).values_list("full_name", flat=True).first()
    return found or who


def _tell_outcome(held: Matter, *, by: Actor, at: datetime) -> None:
    """Tell how a matter ended, or that it was returned: who put it forward, whose work it is, who signed it, and the general manager where the chain leads to him."""
    steps = _steps(held)
    people = {held.opened_by, *_makers(held), *(one.signed_by for one in steps if one.signed_by)}
    if any(one.post == HIGHEST for one in steps):
        people |= staff_on(day_of(at)).holders(HIGHEST)
    tell_outcome(
        sorted(people - {by.by}), held.state, title=held.title, who=_name(by.by), path=f"/matters/{held.pk}/",
        subject=f"{KIND}/{held.pk}", once=f"{held.number}/{held.version}/{held.state}", by=by, at=at,
    )  # fmt: skip


def _note(
    held: Matter, act: str, *, by: Actor, at: datetime, step: Step | None = None, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Put an act on record: where the matter stands after it, and what was decided at which step."""
    said: dict[str, Any] = {
        "state": held.state,
        "version": held.version,
        "digest": held.digest,
        **(after or {}),
    }
    if step is not None:
        said |= {
            "step": step.ordinal,
            "post": step.post,
            "decision": step.decision,
            "for_whom": step.for_whom,
        }
        if step.employee:
            said["employee"] = step.employee
        reason = reason or step.opinion
    record(
        act, by=by, at=at, kind=KIND, subject=str(held.pk), branch=held.branch, before=before, after=said,
        reason=_said(reason.strip()),
    )  # fmt: skip


def _said(text: str) -> str:
    """What somebody wrote, personal numbers in it as their marks."""
    return seals().marked(text)


def delegate(
    to: str, *, since: date, until: date, reason: str, kinds: Sequence[str] = (), amount_limit: int | None = None,
    by: Actor, at: datetime,
) -> Delegation:  # fmt: skip
    """Let another sign in one's place from a day to a day: all kinds or some, up to an amount (fen) or any."""
    if not reason.strip():
        raise SigningRefusedError("reason-missing")
    if to == by.by:
        raise SigningRefusedError("yourself")
    today = day_of(at)
    if until < max(since, today):
        raise SigningRefusedError("days-wrong")
    if amount_limit is not None and amount_limit < 0:
        raise SigningRefusedError("amount-wrong")
    staff = staff_on(today, {to, by.by})
    if to not in staff.places or by.by not in staff.places:
        raise SigningRefusedError("nobody-such")
    with transaction.atomic():
        made = Delegation.objects.create(
            giver=by.by, taker=to, since=since, until=until, kinds=list(kinds), amount_limit=amount_limit,
            reason=reason.strip(), at=at,
        )  # fmt: skip
        after = {"to": to, "since": since, "until": until, "kinds": list(kinds), "amount_limit": amount_limit}
        record(
            "delegate", by=by, at=at, kind="delegation", subject=str(made.pk), after=after, reason=_said(made.reason)
        )  # fmt: skip
        tell_delegated(
            to, who=_name(by.by), since=since, until=until, path="/delegations/", once=f"delegation/{made.pk}", by=by, at=at
        )  # fmt: skip
    return made


def end_delegation(delegation: Delegation, *, by: Actor, at: datetime) -> Delegation:
    """End a delegation before its day; he who gave it does."""
    with transaction.atomic():
        held = Delegation.objects.select_for_update().get(pk=delegation.pk)
        if held.giver != by.by:
            raise SigningRefusedError("not-yours")
        if held.ended_at is not None or held.until < day_of(at):
            raise SigningRefusedError("ended-already")
        held.ended_at = at
        held.save(update_fields=["ended_at"])
        record(
            "end-delegation", by=by, at=at, kind="delegation", subject=str(held.pk), after={"to": held.taker}
        )
    delegation.refresh_from_db()
    return delegation


def sign_each(
    asked: Iterable[tuple[int, str]], *, by: Actor, at: datetime, opinion: str = "", how: Callable[..., Matter] = sign
) -> tuple[list[Matter], list[tuple[Matter, str]]]:  # fmt: skip
    """Sign several, each in a transaction of its own; ``asked``: steps with the digest that was shown. Signed, and refused with the code.

    ``how``: the act itself, where a room above writes what an approval means in the same transaction.
    """
    signed: list[Matter] = []
    refused: list[tuple[Matter, str]] = []
    for pk, digest in asked:
        step = Step.objects.select_related("matter").filter(pk=pk).first()
        if step is None:
            continue
        try:
            signed.append(how(step.matter, by=by, at=at, opinion=opinion, step=pk, digest=digest))
        except SigningRefusedError as error:
            refused.append((step.matter, error.code))
    return signed, refused
