"""The rules in force, as pages ask for them; looked up by the room of the day."""

from daihou.dayend.rules import books, forget, home_of, rules, rules_of_kind

__all__ = ["books", "forget", "home_of", "rules", "rules_of_kind"]
