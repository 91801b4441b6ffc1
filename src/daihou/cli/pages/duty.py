"""A duty in the words of those who do it: how often, by when, by whom, signed by whom, told to whom."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from daihou.book import declared
from daihou.cli.pages.markdown import said
from daihou.cli.words import joined, label
from daihou.rulebook import Dated, Duty, Escalation, Person, Recurrence, Responsible, nodes
from daihou.rulebook.written import chain_words, literal_words, steps_words

T = TypeVar("T")


def duty_lines(duty: Duty) -> Iterator[str]:
    """What a duty asks for besides its formulas, a point each; dated parts with the day each version counts from."""
    yield said("recurrence", how=_how_often(duty))
    yield from _window(duty)
    yield said("who", who=_dated(duty.responsible, partial(_who, duty.table)))
    if duty.form is not None:
        yield said("form", form=label(duty.form, "zh"))
    if duty.chain:
        yield said("chain", posts=chain_words(duty.chain, lambda post: label(post, "zh")))
    if duty.reminder is not None:
        yield said("reminder", days=literal_words(duty.reminder, "zh"))
    if any(steps for _, steps in duty.escalations.steps):
        yield said("escalation", steps=_dated(duty.escalations, _told))
    if duty.done is None and duty.recurrence is not Recurrence.ROLLING:
        yield said("done-by-hand")
    if duty.postponable:
        yield said("postponable")
    if duty.exempt is not None:
        yield said("exemptible")


def _how_often(duty: Duty) -> str:
    periods = duty.periods
    if periods is not None and periods.yearly:
        days = [said("month-day", month=month, day=day) for month, day in periods.yearly]
        return said("recurs-yearly", days=joined(days, "zh"))
    if periods is not None and periods.anchor is None and isinstance(periods.kind, nodes.Literal):
        return said("recurs-every", period=literal_words(periods.kind, "zh"))
    return said(f"recurs-{duty.recurrence}")


def _window(duty: Duty) -> Iterator[str]:
    if duty.endless:
        yield said("endless")
    elif duty.recurrence is Recurrence.PERIODIC and duty.due.latest is None:
        yield said("due-at-end")
    if duty.expires.latest is not None:
        yield said("expires")
    elif duty.periods is not None:
        yield said("backlog" if duty.periods.backlog else "lapses")


def _dated(part: Dated[T], words: Callable[[T], str]) -> str:
    return steps_words([(day, words(value)) for day, value in part.steps], "zh")


def _who(table: str, responsible: Responsible) -> str:
    persons = joined([_person(table, one) for one in responsible.persons], "zh")
    who = said(f"together-{responsible.together}", persons=persons)
    if responsible.starter is None:
        return who
    return said("starter", starter=_person(table, responsible.starter), rest=who)


def _person(table: str, person: Person) -> str:
    if person.column is not None:
        return _path(person.column)
    post = label(person.post, "zh")
    if person.branch is None:
        return post
    return said("who-branch", post=post, path=_branch(table, person.branch))


def _branch(table: str, node: nodes.Node) -> str:
    """Whose branch: of a branch it is the row itself."""
    own = isinstance(node, nodes.Column) and not node.path and declared()[table].key == (node.name,)
    return said("own-row", table=label(table, "zh")) if own else _path(node)


def _path(node: nodes.Node) -> str:
    """A way over columns as people say it: 合同的客户经理."""
    assert isinstance(node, nodes.Column)  # persons and branches are columns (S34)
    return "的".join(label(one, "zh") for one in (*node.path, node.name))


def _told(steps: tuple[Escalation, ...]) -> str:
    return "；".join(
        said("step-missed", count=step.missed, post=label(step.post, "zh"))
        if step.missed is not None
        else said("step-late", days=literal_words(step.after, "zh"), post=label(step.post, "zh"))
        for step in steps
    )
