"""What was done, by whom, when: append-only, chained, keyed. The one seam between the stored rooms."""
