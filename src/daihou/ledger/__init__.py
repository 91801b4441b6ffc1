"""Clients, contracts, instalments, payments, securities, statements; every declared table until its own room stands."""
