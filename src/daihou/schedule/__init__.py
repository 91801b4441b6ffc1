"""Payments laid on the instalments of a plan, oldest first."""

from daihou.schedule.allocation import Allocation, allocate

__all__ = ["Allocation", "allocate"]
