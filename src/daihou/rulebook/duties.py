"""规则: reading one duty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from daihou.rulebook.blocks import Words, scalar_text
from daihou.rulebook.expressions import read_expression
from daihou.rulebook.literals import PERIODS, cut
from daihou.rulebook.mistakes import WrongError
from daihou.rulebook.model import (
    Dated,
    Duty,
    Escalation,
    Periods,
    Person,
    Recurrence,
    Responsible,
    Rolling,
    Together,
)
from daihou.rulebook.names import column_at, resolve, table_named
from daihou.rulebook.nodes import (
    BOOL,
    DATE,
    DAYS,
    PERIOD,
    WORKDAYS,
    Aggregate,
    Fold,
    Kind,
    Literal,
    Node,
    Scope,
    Type,
)
from daihou.rulebook.relations import linked
from daihou.rulebook.rewriting import rewritten
from daihou.rulebook.rules import WHOLE_RULE, Head, read_head
from daihou.rulebook.yaml_source import Block, Tree, items_of
from daihou.terms import Source

T = TypeVar("T")

DUTY_KEYS = WHOLE_RULE | frozenset(
    "规则 类 起算 次 每 首 末 首期 补 循环 开放 到期 失效 取值 缓冲 完成 责任 表单 签批 提醒 逾期 变通 终止 承接 版本".split()  # noqa: SIM905
)
VERSION_KEYS = frozenset("自 依据 条件 开放 到期 失效 缓冲 责任 逾期".split())  # noqa: SIM905
_PERIOD_MOMENTS = frozenset({"period_start", "period_end", "period_label"})
_MONTH_DAY = 5  # letters of 06-20


@dataclass(frozen=True)
class Parts:
    """The parts of a duty that later wordings may change."""

    condition: Node | None
    opens: Node | None
    due: Node | None
    expires: Node | None
    buffer: Node | None
    responsible: Responsible | None
    escalations: tuple[Escalation, ...]


class DutyReader:
    """Reads one duty; the moments known grow as its keys are read."""

    def __init__(self, words: Words, book: str) -> None:
        self.words = words
        self.reader = words.reader
        self.vocabulary = words.reader.vocabulary
        self.book = book
        self.moments: frozenset[str] = frozenset()

    def read(self) -> Duty:
        """The duty, or WrongError."""
        words = self.words
        words.need("规则", "编号", "依据", "条目", "意旨", "对象", "责任")
        head = read_head(words, "规则", self.book)
        if "每" in words and "循环" in words:
            raise WrongError("two-recurrences", words.place("循环"))
        if "每" in words:
            self.moments = _PERIOD_MOMENTS
        periods = self._periods(head.table)
        rolling = self._rolling(head.table)
        start = words.node("起算", head.table, DATE, self.moments)
        if rolling is not None and start is not None:
            raise WrongError("key-does-not-fit", words.place("起算"), name="起算", with_="循环")
        self.moments |= {"start"}
        self._check_fit()
        occurrence = words.node("次", head.table, None, self.moments)
        base = self._parts(words, head.table)
        return self._duty(head, periods, rolling, start, occurrence, base)

    def _duty(
        self,
        head: Head,
        periods: Periods | None,
        rolling: Rolling | None,
        start: Node | None,
        occurrence: Node | None,
        base: Parts,
    ) -> Duty:
        words, table = self.words, head.table
        kind = Recurrence.PERIODIC if periods else Recurrence.ROLLING if rolling else Recurrence.ONCE
        dated = self._versions(base, table)
        exempt, postponable = self._relief(table)
        form = words.maybe_text("表单")
        return Duty(
            **head.fields(condition=base.condition),
            recurrence=kind,
            periods=periods,
            rolling=rolling,
            start=start,
            occurrence=occurrence,
            opens=dated(lambda part: part.opens, "开放"),
            due=dated(lambda part: part.due, "到期"),
            expires=dated(lambda part: part.expires, "失效"),
            conditions=dated(lambda part: part.condition, "条件"),
            endless=self._is_endless(words),
            piecewise=self._piecewise(kind),
            buffer=dated(lambda part: part.buffer, "缓冲"),
            done=self._done(table),
            responsible=dated(lambda part: part.responsible, "责任"),
            form=None if form is None else self.vocabulary.id(form),
            chain=tuple(self._step(one) for one in self._listed("签批")),
            reminder=self._duration("提醒", words),
            escalations=dated(lambda part: part.escalations, "逾期"),
            exempt=exempt,
            postponable=postponable,
            duty_class=words.maybe_text("类"),
            withdraw_at_end=self._withdrawn(),
            inherits=words.texts("承接"),
        )

    def _step(self, tree: Tree) -> tuple[str, ...]:
        """One step of a chain: a post, or a list of posts that sign jointly."""
        return tuple(self.reader.post(one, "签批", one.source) for one in items_of(tree))

    def _listed(self, word: str) -> tuple[Tree, ...]:
        value = self.words.get(word)
        return () if value is None else items_of(value)

    def _check_fit(self) -> None:
        """Keys that belong to another kind of duty, and keys without which this kind has no deadline."""
        words = self.words
        periodic, rolling = "每" in words, "循环" in words
        for key in ("首", "末", "首期", "补"):
            if key in words and not periodic:
                raise WrongError("key-needs", words.place(key), name=key, other="每")
        if rolling:
            for key in ("完成", "次"):
                if key in words:
                    raise WrongError("key-does-not-fit", words.place(key), name=key, with_="循环")
        if periodic and "次" in words:
            raise WrongError("key-does-not-fit", words.place("次"), name="次", with_="每")
        if not periodic and not rolling:
            words.need("起算")
        if not periodic:
            words.need("到期")

    # -- recurrence ----------------------------------------------------------

    def _periods(self, table: str) -> Periods | None:
        value = self.words.get("每")
        if value is None:
            return None
        words = self.words
        first = words.node("首", table, DATE)
        last = words.node("末", table, DATE)
        rest: dict[str, Any] = {
            "first": first,
            "last": last,
            "join_days": words.whole("首期") or 0,
            "backlog": words.flag("补"),
        }
        if isinstance(value, Block):
            return self._anchored_or_yearly(value, table, rest)
        return Periods(kind=self._kind(value, table), **rest)

    def _anchored_or_yearly(self, value: Block, table: str, rest: dict[str, Any]) -> Periods:
        words = self.reader.block(value, value.source, "每", frozenset({"年内", "期", "自"}))
        if "年内" in words:
            days = tuple(self._month_day(one) for one in items_of(words.block.entries[words.keys["年内"]]))
            return Periods(kind=Literal(PERIOD, "year"), yearly=tuple(sorted(days)), **rest)
        words.need("期", "自")
        kind = words.tree("期")
        return Periods(kind=self._kind(kind, table), anchor=words.node("自", table, DATE), **rest)

    def _kind(self, value: Tree, table: str) -> Node:
        """A kind of period by name, or an expression that gives one."""
        text = scalar_text(value)
        if text is None:
            raise WrongError("not-text", value.source, name="每")
        if text in PERIODS or text in PERIODS.values():
            return Literal(PERIOD, PERIODS.get(text, text))
        return read_expression(text, self.reader.context(table, value.source), PERIOD)

    def _month_day(self, value: Tree) -> tuple[int, int]:
        text = scalar_text(value) or ""
        try:
            day = date.fromisoformat(f"2024-{text}") if len(text) == _MONTH_DAY else None
        except ValueError:
            day = None
        if day is None:
            raise WrongError("bad-month-day", value.source, text=text)
        return day.month, day.day

    def _rolling(self, table: str) -> Rolling | None:
        value = self.words.get("循环")
        if value is None:
            return None
        words = self.reader.block(value, value.source, "循环", frozenset({"行", "条件", "日", "首"}))
        words.need("行", "日", "首")
        child = table_named(words.text("行"), None, self.reader.context(table, words.place("行")))
        inside = self.reader.context(table, words.place("条件")).inside(child)
        where = None
        if "条件" in words:
            where = read_expression(words.text("条件"), inside, BOOL)
        links, where = linked(self.reader.context(table, words.place("行")), child, where, 1)
        day_context = self.reader.context(table, words.place("日")).inside(child)
        day = column_at((words.text("日"),), 1, day_context, Scope.CHILD, child)
        if day.type != DATE:
            raise WrongError("wrong-kind", words.place("日"), 1, have=day.type, want=DATE)
        first = words.there("首", words.node("首", table, DATE))
        return Rolling(child, links, where, day, first)

    # -- parts that versions may change --------------------------------------

    def _parts(self, words: Words, table: str) -> Parts:
        """Condition, window, persons and escalation of one wording; 开放 may name 到期 and the other way round."""
        condition = words.node("条件", table, BOOL, self._condition_moments())
        endless = self._is_endless(words)
        opens_first = "开放" in words and not self._names(words.maybe_text("开放"), "到期")
        opens = None
        if opens_first:
            opens = words.node("开放", table, DATE, self.moments - {"opens"})
        self._known("opens", here=opens_first or "开放" in self.words)
        due = (
            None
            if endless
            else words.node(
                "到期", table, DATE, self.moments - ({"due"} if opens_first else {"due", "opens"})
            )
        )
        self._known(
            "due", here=due is not None or ("到期" in self.words and not endless) or "每" in self.words
        )
        if "开放" in words and not opens_first:
            opens = words.node("开放", table, DATE, self.moments - {"opens"})
        self._known("opens", here="开放" in self.words)
        expires = words.node("失效", table, DATE, self.moments - {"expires"})
        self._known("expires", here="失效" in self.words)
        responsible = None if "责任" not in words else self._responsible(words, table)
        buffer = words.node("缓冲", table, WORKDAYS)
        return Parts(condition, opens, due, expires, buffer, responsible, self._escalations(words))

    def _condition_moments(self) -> frozenset[str]:
        return self.moments & (_PERIOD_MOMENTS | {"start"})

    def _known(self, moment: str, *, here: bool) -> None:
        if here:
            self.moments |= {moment}

    def _names(self, text: str | None, word: str) -> bool:
        """Whether an expression names a moment outside relation functions and paths."""
        tokens = cut(text or "", self.words.source)
        return any(token.kind == "name" and self.vocabulary.word(token.text) == word for token in tokens)

    @staticmethod
    def _is_endless(words: Words) -> bool:
        text = scalar_text(words.get("到期"))
        return text is not None and words.reader.vocabulary.word(text) == "无"

    def _versions(self, base: Parts, table: str) -> Callable[[Callable[[Parts], Any], str], Dated[Any]]:
        """A function that gives one part of the duty by date: the first wording, then every later one that has it."""
        later: list[tuple[date, Words, Parts]] = []
        for item in self.words.items("版本"):
            words = self.reader.block(item, item.source, "版本", VERSION_KEYS)
            words.need("自", "依据")
            since = words.there("自", words.day("自"))
            if later and since <= later[-1][0]:
                code = "same-day-twice" if since == later[-1][0] else "days-out-of-order"
                raise WrongError(code, words.place("自"), day=since.isoformat())
            later.append((since, words, self._parts(words, table)))

        def dated(part: Callable[[Parts], Any], word: str) -> Dated[Any]:
            steps: list[tuple[date | None, Any]] = [(None, part(base))]
            steps += [(since, part(parts)) for since, words, parts in later if word in words]
            return Dated(tuple(steps))

        return dated

    def _escalations(self, words: Words) -> tuple[Escalation, ...]:
        steps = []
        for item in words.items("逾期"):
            step = self.reader.block(item, item.source, "逾期", frozenset({"满", "连漏", "报"}))
            step.need("报")
            if ("满" in step) is ("连漏" in step):
                raise WrongError("escalation-shape", step.source)
            post = self.reader.post(step.get("报"), "报", step.place("报"))
            steps.append(Escalation(post, self._duration("满", step), step.whole("连漏")))
        return tuple(steps)

    def _duration(self, word: str, words: Words) -> Literal | None:
        """Days or working days written as a constant."""
        literal = words.literal(word)
        if literal is not None and literal.type not in (DAYS, WORKDAYS):
            raise WrongError("not-a-duration", words.place(word), name=word)
        return literal

    # -- persons -------------------------------------------------------------

    def _responsible(self, words: Words, table: str) -> Responsible:
        value = words.get("责任")
        if value is None or not isinstance(value, Block):
            text = words.text("责任")
            return Responsible(Together.ALONE, (self._person(text, table, words.place("责任")),))
        inner = self.reader.block(value, value.source, "责任", frozenset({"各", "同办", "发起"}))
        if ("各" in inner) is ("同办" in inner) or ("各" in inner and "发起" in inner):
            raise WrongError("responsible-shape", value.source)
        together = Together.EACH if "各" in inner else Together.JOINTLY
        names = inner.texts("各") or inner.texts("同办")
        persons = tuple(self._person(name, table, value.source) for name in names)
        starter = inner.maybe_text("发起")
        return Responsible(
            together, persons, None if starter is None else self._person(starter, table, value.source)
        )

    def _person(self, text: str, table: str, place: Source) -> Person:
        """A column wins over a post of the same word; a post is looked for at its branch."""
        name, sign, path = text.partition("@")
        name, path = name.strip(), path.strip()
        context = self.reader.context(table, place)
        branch = self._branch(table) if not sign else self._branch_at(path, table, place)
        identifier = self.vocabulary.id(name)
        column = None
        if not sign and ("." in name or identifier in self.vocabulary.names_of(table)):
            column = resolve(name, 1, context)
            if column.type != Type(Kind.REF, self.vocabulary.id("员工")):
                raise WrongError("not-an-employee", place, name=name)
        last = self.vocabulary.id(name.split(".")[-1])
        if column is not None:
            return Person(column, last if last in self.vocabulary.posts else None, branch)
        if identifier not in self.vocabulary.posts:
            known = (*self.vocabulary.posts, *self.vocabulary.names_of(table))
            closest = self.vocabulary.closest(name, known)
            raise WrongError("unknown-person", place, name=name, closest=closest)
        return Person(None, identifier, branch)

    def _branch(self, table: str) -> Node | None:
        """Where the holder of a post is looked for: the row's own branch, else that of its contract."""
        branch, contract = self.vocabulary.id("机构"), self.vocabulary.id("合同")
        way = self.vocabulary.way(table, branch, farther=False)
        if way is not None:
            return self.vocabulary.reach(table, way)
        to_contract = self.vocabulary.way(table, contract, farther=False)
        onward = None if to_contract is None else self.vocabulary.way(contract, branch, farther=False)
        if to_contract is None or onward is None:
            return None
        return self.vocabulary.reach(table, (*to_contract, *onward))

    def _branch_at(self, path: str, table: str, source: Source) -> Node:
        branch = self.vocabulary.id("机构")
        if self.vocabulary.id(path) == table == branch:
            return self.vocabulary.key_node(table)
        node = resolve(path, 1, self.reader.context(table, source))
        if node.type != Type(Kind.REF, branch):
            raise WrongError("not-a-branch", source, name=path)
        return node

    # -- the rest ------------------------------------------------------------

    def _done(self, table: str) -> Node | None:
        done = self.words.node("完成", table, DATE, self.moments)
        return None if done is None else rewritten(done, _windowed)

    def _piecewise(self, kind: Recurrence) -> bool:
        text = self.words.maybe_text("取值")
        if text is None:
            return kind is Recurrence.ROLLING
        word = self.vocabulary.word(text)
        if word not in {"起算", "逐段"}:
            raise WrongError("unknown-choice", self.words.place("取值"), name=text, choices="起算、逐段")
        return word == "逐段"

    def _relief(self, table: str) -> tuple[Node | None, bool]:
        value = self.words.get("变通")
        if value is None:
            return None, False
        words = self.reader.block(value, value.source, "变通", frozenset({"豁免", "延期"}))
        postponed = words.maybe_text("延期")
        if postponed is not None and self.vocabulary.word(postponed) != "需理由":
            raise WrongError("unknown-choice", words.place("延期"), name=postponed, choices="需理由")
        return words.node("豁免", table, BOOL, self.moments), postponed is not None

    def _withdrawn(self) -> bool:
        text = self.words.maybe_text("终止")
        if text is not None and self.vocabulary.word(text) != "撤回":
            raise WrongError("unknown-choice", self.words.place("终止"), name=text, choices="撤回")
        return text is not None


def _windowed(node: Node) -> Node:
    """Mark what counts only within the window (S6)."""
    return replace(node, windowed=True) if isinstance(node, Aggregate) and node.fold is Fold.FIRST else node
