"""Files in: read, checked whole, taken or not, taken back."""
