"""The day's results as they are kept: duties with their persons, how they were closed, and the runs that found them."""
