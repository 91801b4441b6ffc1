"""The judge: the contract of the engine in plain Python, row by row, sharing nothing with the compiler but the rules."""
