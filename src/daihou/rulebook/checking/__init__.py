"""What is refused of a rulebook although each of its lines can be read: everything that would be wrong at run."""

from daihou.rulebook.checking.cases import check_cases
from daihou.rulebook.checking.conditions import check_conditions
from daihou.rulebook.checking.duties import check_duties
from daihou.rulebook.checking.inventory import check_inventory
from daihou.rulebook.checking.layers import check_layers
from daihou.rulebook.checking.signals import check_signals
from daihou.rulebook.checking.together import check_together
from daihou.rulebook.checking.whole import Whole
from daihou.rulebook.checking.windows import check_windows
from daihou.rulebook.mistakes import Mistakes


def check(whole: Whole, mistakes: Mistakes) -> None:
    """Note everything that would be wrong at run."""
    check_windows(whole, mistakes)
    check_duties(whole, mistakes)
    check_signals(whole, mistakes)
    check_conditions(whole, mistakes)
    check_layers(whole, mistakes)
    check_inventory(whole, mistakes)
    check_cases(whole, mistakes)


__all__ = ["Whole", "check", "check_together"]
