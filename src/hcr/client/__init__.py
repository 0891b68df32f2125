"""Talks to a service; import from the modules, this package is empty to start fast."""
