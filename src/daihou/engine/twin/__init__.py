"""The judge: the contract of the engine in plain Python, row by row, sharing nothing with the compiler but the rules."""

from daihou.engine.twin.judge import Twin, TwinResults, derive_rows
from daihou.engine.twin.layers import Layers

__all__ = ["Layers", "Twin", "TwinResults", "derive_rows"]
