"""A made-up company whose registers try every rule. No real person or firm stands behind any row."""

from daihou.sample.deals import FEWEST
from daihou.sample.write import SampleFiles, sample_rows, write_sample

__all__ = ["FEWEST", "SampleFiles", "sample_rows", "write_sample"]
