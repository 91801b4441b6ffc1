"""Clients, contracts, instalments, payments, securities, statements; every declared table until its own room stands."""

__all__ = [
    "acts",
    "balances",
    "classing",
    "deciding",
    "differing",
    "entering",
    "laying",
    "lending",
    "owing",
    "reads",
    "recovering",
    "refusals",
    "replanning",
    "step_words",
    "steps",
    "typed",
]  # modules: Django loads models only when it is ready, so nothing is lifted up here
