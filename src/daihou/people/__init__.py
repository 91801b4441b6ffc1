"""Posts, staff, branches, accounts; who sees what and may do what."""
