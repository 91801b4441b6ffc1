"""The day: the book out of the database, derive, the results back, recorded and repeatable."""
