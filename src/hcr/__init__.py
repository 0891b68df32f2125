"""Hosting-capacity studies from the command line."""

__version__ = "0.1.0"
