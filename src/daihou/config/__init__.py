"""Settings, addresses, the server; the only place that reads the environment."""
