"""Layers: a folder that says what it stands on and only what differs; what comes out is an ordinary rulebook."""
