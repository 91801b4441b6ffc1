"""The command line: `daihou …`. The only room that reads the clock, and the one that writes files for people."""

from daihou.cli.app import main

__all__ = ["main"]
