"""derive(): the rulebooks and the book on a day, to everybody's work; explain(): why an answer is as it is."""

from daihou.engine import around, reach
from daihou.engine.cases import Mismatch, case_book, compiled, judged, run_case, run_cases
from daihou.engine.comparing import Change, Comparison, Moved, compare
from daihou.engine.derive import Opened, Results, TwoRegimesError, derive
from daihou.engine.explain import Explanation, OccurrenceAnswer, explain
from daihou.engine.forecast import Forecast, forecast
from daihou.engine.mutation import Noticing
from daihou.engine.telling import refused_because, render
from daihou.engine.unmet import unmet
from daihou.engine.wording import Wording, canonical_words, evidence_of

__all__ = [
    "Change",
    "Comparison",
    "Explanation",
    "Forecast",
    "Mismatch",
    "Moved",
    "Noticing",
    "OccurrenceAnswer",
    "Opened",
    "Results",
    "TwoRegimesError",
    "Wording",
    "around",
    "canonical_words",
    "case_book",
    "compare",
    "compiled",
    "derive",
    "evidence_of",
    "explain",
    "forecast",
    "judged",
    "reach",
    "refused_because",
    "render",
    "run_case",
    "run_cases",
    "unmet",
]
