"""The shell, and every page that shows several rooms: desks, registers, duties, days, the trail."""
