"""How a declared table of the book is kept: one stored table each, corrections as new rows, personal numbers sealed."""
