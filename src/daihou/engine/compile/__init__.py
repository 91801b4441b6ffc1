"""The contract of the engine as set-based SQL."""
