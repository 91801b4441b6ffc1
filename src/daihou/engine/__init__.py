"""derive(): the rulebooks and the book on a day, to everybody's work; explain(): why an answer is as it is."""

from daihou.engine.cases import Mismatch, case_book, run_case, run_cases
from daihou.engine.derive import Results, TwoRegimesError, derive
from daihou.engine.explain import Explanation, OccurrenceAnswer, explain
from daihou.engine.forecast import Forecast, forecast
from daihou.engine.telling import render

__all__ = [
    "Explanation",
    "Forecast",
    "Mismatch",
    "OccurrenceAnswer",
    "Results",
    "TwoRegimesError",
    "case_book",
    "derive",
    "explain",
    "forecast",
    "render",
    "run_case",
    "run_cases",
]
