"""The command line, `daihou …`: the only room that reads the clock, and the one that writes files for people."""

from daihou.cli.app import main, run

__all__ = ["main", "run"]
