"""The page kit: deadlines, money, badges, tables, forms; knows no room."""

__all__ = [
    "amounts",
    "answers",
    "lists",
    "narrowing",
    "tags",
    "work",
    "workdays",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
