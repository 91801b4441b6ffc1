"""Files that come in: kept sealed, checked whole, taken row by row or not at all, taken back."""
