"""The language in which the rules are written: reading a folder, checking it, fingerprints, differences."""

from daihou.rulebook import functions, model, nodes, worked, written
from daihou.rulebook.checking import check_together
from daihou.rulebook.closing import Closing, Sought, closing_of, sought
from daihou.rulebook.dependence import Portfolio, portfolio, portfolio_rules
from daihou.rulebook.differing import Difference, differences
from daihou.rulebook.expressions import parse_expression
from daihou.rulebook.figures import CODE_FACTS
from daihou.rulebook.layering.figures import FigureStep, with_figures
from daihou.rulebook.layering.stacking import Written
from daihou.rulebook.layering.starting import renewed, starting_files
from daihou.rulebook.literals import PERIODS, constant
from daihou.rulebook.mistakes import Mistake, RulebookRefused, WrongError, refusals
from daihou.rulebook.model import (
    CaseBook,
    Dated,
    Duty,
    Escalation,
    Expectation,
    Fact,
    Figure,
    Gate,
    Grade,
    Layer,
    LayerEntry,
    LookupTable,
    Measure,
    Moved,
    Periods,
    Person,
    Recurrence,
    Refusal,
    Responsible,
    Rolling,
    Rule,
    Rulebook,
    Together,
    Touch,
    Upgrade,
    Warning,
)
from daihou.rulebook.mutants import Mutant, mutants
from daihou.rulebook.opening import read_rulebook, read_written, written_shipped
from daihou.rulebook.rewriting import rewritten
from daihou.rulebook.shipped import read_shipped, shipped, shipped_ids
from daihou.rulebook.vocabulary import Vocabulary
from daihou.rulebook.walking import figures_of, nodes_of, only_what, tables_read, with_facts
from daihou.terms import Source

__all__ = [
    "CODE_FACTS",
    "PERIODS",
    "CaseBook",
    "Closing",
    "Dated",
    "Difference",
    "Duty",
    "Escalation",
    "Expectation",
    "Fact",
    "Figure",
    "FigureStep",
    "Gate",
    "Grade",
    "Layer",
    "LayerEntry",
    "LookupTable",
    "Measure",
    "Mistake",
    "Moved",
    "Mutant",
    "Periods",
    "Person",
    "Portfolio",
    "Recurrence",
    "Refusal",
    "Responsible",
    "Rolling",
    "Rule",
    "Rulebook",
    "RulebookRefused",
    "Sought",
    "Source",
    "Together",
    "Touch",
    "Upgrade",
    "Vocabulary",
    "Warning",
    "Written",
    "WrongError",
    "check_together",
    "closing_of",
    "constant",
    "differences",
    "figures_of",
    "functions",
    "model",
    "mutants",
    "nodes",
    "nodes_of",
    "only_what",
    "parse_expression",
    "portfolio",
    "portfolio_rules",
    "read_rulebook",
    "read_shipped",
    "read_written",
    "refusals",
    "renewed",
    "rewritten",
    "shipped",
    "shipped_ids",
    "sought",
    "starting_files",
    "tables_read",
    "with_facts",
    "with_figures",
    "worked",
    "written",
    "written_shipped",
]
