"""Functions that look at other rows: down a relation, along the declared order, among all rows, on another day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from daihou.rulebook.functions import RELATIVES
from daihou.rulebook.mistakes import FollowsError, WrongError
from daihou.rulebook.names import Context, column_at, resolve, table_named
from daihou.rulebook.nodes import (
    BOOL,
    DATE,
    INT,
    RATIO,
    Aggregate,
    And,
    AtRow,
    Before,
    Column,
    Compare,
    Dated,
    Fold,
    Growth,
    Kind,
    Literal,
    Lookup,
    Node,
    Ordinal,
    Rank,
    Relative,
    Scope,
    Share,
    Since,
    Today,
    Type,
    conjuncts,
)

if TYPE_CHECKING:
    from daihou.rulebook.expressions import Walker

_WHOLE_ROW = frozenset({Fold.COUNT, Fold.EXISTS})
_NUMBERS = frozenset({Kind.FEN, Kind.INT, Kind.NUM})
_KINDS = {
    Fold.FIRST: frozenset({Kind.DATE}),
    Fold.LAST: frozenset({Kind.DATE}),
    Fold.ALL_DONE: frozenset({Kind.DATE}),
    Fold.SUM: _NUMBERS,
    Fold.MAX: _NUMBERS,
    Fold.MIN: _NUMBERS,
}
_IDENTITIES = frozenset({Kind.REF, Kind.TEXT})
_TWO = 2
Tree = exp.Expr


def relation(walker: Walker, fold: Fold, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    """A relation function: child table, item, condition and the link between child and own row."""
    _not_nested(walker, word, tree)
    if not 1 <= len(args) <= _TWO:
        raise walker.wrong("relation-shape", tree, name=word)
    name = walker.name(args[0])
    if name is None:
        raise walker.wrong("relation-shape", tree, name=word)
    parts = tuple(name.split("."))
    at = walker.at(args[0])
    if (len(parts) == 1) is not (fold in _WHOLE_ROW):
        code = "relation-wants-table" if fold in _WHOLE_ROW else "relation-wants-column"
        raise walker.wrong(code, args[0], name=word)
    child = table_named(parts[0], at, walker.context)
    item = None
    if fold not in _WHOLE_ROW:
        item = column_at(parts[1:], at, walker.context, Scope.CHILD, child)
        if item.type.kind not in _KINDS.get(fold, frozenset(Kind) - {Kind.RATIO}):
            raise walker.wrong("wrong-argument", args[0], name=word, have=item.type)
    where = walker.inside(child).condition(args[1]) if len(args) == _TWO else None
    links, where = linked(walker.context, child, where, walker.at(tree))
    return Aggregate(_result(fold, item), fold, child, item, where, links)


def _result(fold: Fold, item: Node | None) -> Type:
    if fold is Fold.EXISTS:
        return BOOL
    return INT if item is None or fold is Fold.COUNT_DISTINCT else item.type


def _not_nested(walker: Walker, word: str, tree: Tree) -> None:
    """A function over rows cannot stand inside a relation function: a fact says the same with a name."""
    if walker.context.child is not None:
        raise walker.wrong("nested", tree, name=word)
    if walker.context.table is None:
        raise walker.wrong("no-row", tree, name=word)


def linked(
    context: Context, child: str, where: Node | None, at: int
) -> tuple[tuple[tuple[Node, Node], ...], Node | None]:
    """The links of a relation and what is left of its condition.

    Equalities of identities (references, keys) between the child and ``本.`` replace the link of the declared reference;
    equalities of dates, classes and numbers stay in the condition.
    """
    own = str(context.table)
    atoms = conjuncts(where)
    links = tuple(pair for atom in atoms if (pair := _link(atom)) is not None)
    if links:
        rest = tuple(atom for atom in atoms if _link(atom) is None)
        return links, _all_of(rest)
    vocabulary = context.vocabulary
    references = vocabulary.references(child, own)
    if len(references) != 1:
        code = "link-missing" if not references else "link-ambiguous"
        words = {"child": vocabulary.word(child), "own": vocabulary.word(own)}
        raise WrongError(code, context.source, at, **words)
    here = Column(Type(Kind.REF, own), Scope.CHILD, child, (), (), references[0])
    return ((here, vocabulary.key_node(own)),), where


def _all_of(items: tuple[Node, ...]) -> Node | None:
    if len(items) > 1:
        return And(BOOL, items)
    return items[0] if items else None


def _link(atom: Node) -> tuple[Node, Node] | None:
    """(child side, own side) of an equality of identities; None for any other condition."""
    if not isinstance(atom, Compare) or atom.op != "=":
        return None
    for child, own in ((atom.left, atom.right), (atom.right, atom.left)):
        if _side(child) is Scope.CHILD and _side(own) is Scope.OWN:
            return (child, own) if {child.type.kind, own.type.kind} <= _IDENTITIES else None
    return None


def _side(node: Node) -> Scope | None:
    """The scope of a plain column; None for anything else."""
    return node.scope if isinstance(node, Column) else None


def special(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    """Functions with a shape of their own."""
    if word in RELATIVES:
        return _at_row(walker, word, tree, args)
    shapes = {
        "查": (_lookup, 2, 2),
        "数据日": (_data_day, 1, 1),
        "当时": (_value_on, 2, 2),
        "生效日": (_since, 1, 1),
        "前值": (_before, 1, 1),
        "序号": (_ordinal, 3, 3),
        "名次": (_rank, 1, 2),
        "增幅": (_growth, 2, 2),
        "占比": (_share, 2, 2),
    }
    make, least, most = shapes[word]
    if not least <= len(args) <= most:
        raise walker.wrong("wrong-count", tree, name=word, count=least)
    return make(walker, word, tree, args)


def _lookup(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    del word, tree
    vocabulary = walker.context.vocabulary
    name = walker.name(args[0]) or ""
    identifier = vocabulary.id(name)
    table = vocabulary.lookups.get(identifier)
    if table is None and identifier in vocabulary.broken:
        raise FollowsError("unknown-lookup", walker.context.source, walker.at(args[0]), name=name)
    if table is None:
        closest = vocabulary.closest(name, vocabulary.lookups)
        raise walker.wrong("unknown-lookup", args[0], name=name, closest=closest)
    key = walker.node(args[1])
    if table.key.kind is Kind.ENUM:
        domain = _domain_asked(walker, key, table.key, args[1], name)
        _covered(walker, identifier, domain, args[1])
    else:
        key = walker.wanted(key, table.key, args[1])
    return Lookup(table.type, identifier, key)


def _domain_asked(walker: Walker, key: Node, want: Type, tree: Tree, name: str) -> str:
    if key.type.kind is not Kind.ENUM or (want.of is not None and want.of != key.type.of):
        word = walker.context.vocabulary.word
        asked = key.type if key.type.of is None else word(key.type.of)
        raise walker.wrong(
            "lookup-key", tree, name=name, want=want if want.of is None else word(want.of), asked=asked
        )
    return str(key.type.of)


def _covered(walker: Walker, lookup: str, domain: str, tree: Tree) -> None:
    """Every value of the domain has an answer, and every key named is a value of it."""
    vocabulary = walker.context.vocabulary
    table = vocabulary.lookups[lookup]
    vocabulary.lookup_uses.setdefault(lookup, domain)
    values = vocabulary.domains[domain]
    for _, step in table.value.steps:
        for named in step:
            if named not in values:
                word = vocabulary.word(str(named))
                closest = vocabulary.closest(word, values)
                known = "、".join(vocabulary.word(value) for value in values)
                raise walker.wrong(
                    "unknown-value",
                    tree,
                    value=word,
                    domain=vocabulary.word(domain),
                    values=known,
                    closest=closest,
                )
        missing = [vocabulary.word(value) for value in values if value not in step]
        if missing and table.default is None:
            raise walker.wrong("lookup-uncovered", tree, name=table.name, missing="、".join(missing))


def _data_day(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    del word, tree
    return Today(DATE, table_named(walker.name(args[0]) or "", walker.at(args[0]), walker.context))


def _dated_column(walker: Walker, word: str, tree: Tree) -> Column:
    name = walker.name(tree)
    node = None if name is None else resolve(name, walker.at(tree), walker.context)
    if isinstance(node, Column) and not node.fact:
        if walker.context.vocabulary.tables[node.table].columns[node.name].dated:
            return node
        raise walker.wrong("not-dated", tree, name=str(name))
    raise walker.wrong("wants-dated-column", tree, name=word)


def _value_on(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    del tree
    column = _dated_column(walker, word, args[0])
    return Dated(column.type, column, walker.wanted(walker.node(args[1]), DATE, args[1]))


def _since(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    del tree
    return Since(DATE, _dated_column(walker, word, args[0]))


def _before(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    del tree
    column = _dated_column(walker, word, args[0])
    return Before(column.type, column)


def _own_column(walker: Walker, word: str, tree: Tree) -> Column:
    """A column or fact of the own table itself, without a path."""
    name = walker.name(tree)
    node = None if name is None else resolve(name, walker.at(tree), walker.context)
    if not isinstance(node, Column) or node.path or node.scope is not Scope.OWN:
        raise walker.wrong("wants-own-column", tree, name=word)
    return node


def _ordinal(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    _not_nested(walker, word, tree)
    order, group = _own_column(walker, word, args[0]), _own_column(walker, word, args[1])
    return Ordinal(INT, order, group, walker.condition(args[2]))


def _rank(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    _not_nested(walker, word, tree)
    item = walker.node(args[0])
    if item.type.kind not in _NUMBERS:
        raise walker.wrong("wrong-argument", args[0], name=word, have=item.type)
    return Rank(INT, item, walker.condition(args[1]) if len(args) == _TWO else None)


def _ordered_rows(walker: Walker, word: str, tree: Tree) -> None:
    """前期, 同期, 年初 need rows that have a declared order."""
    _not_nested(walker, word, tree)
    table = walker.context.vocabulary.tables[str(walker.context.table)]
    if table.order is None:
        raise walker.wrong("no-row-order", tree, name=word, table=table.word)


def _at_row(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    _ordered_rows(walker, word, tree)
    if len(args) != 1:
        raise walker.wrong("wrong-count", tree, name=word, count=1)
    item = walker.node(args[0])
    if any(isinstance(one, Aggregate | Ordinal | Rank) for one in item.walk()):
        raise walker.wrong("nested", tree, name=word)
    return AtRow(item.type, RELATIVES[word], item)


def _growth(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    _ordered_rows(walker, word, tree)
    item = walker.node(args[0])
    if item.type.kind not in _NUMBERS:
        raise walker.wrong("wrong-argument", args[0], name=word, have=item.type)
    return Growth(RATIO, item, _base(walker, args[1]))


def _base(walker: Walker, tree: Tree) -> Relative:
    name = walker.context.vocabulary.word(walker.name(tree) or "")
    if name not in RELATIVES:
        raise walker.wrong("growth-base", tree)
    return RELATIVES[name]


def _share(walker: Walker, word: str, tree: Tree, args: tuple[Tree, ...]) -> Node:
    part, whole = walker.alike((walker.node(args[0]), walker.node(args[1])), tree)
    for side, piece in ((part, args[0]), (whole, args[1])):
        if side.type.kind not in _NUMBERS:
            raise walker.wrong("wrong-argument", piece, name=word, have=side.type)
    if isinstance(whole, Literal):
        raise walker.wrong("wrong-argument", args[1], name=word, have=whole.type)
    return Share(RATIO, part, whole)
