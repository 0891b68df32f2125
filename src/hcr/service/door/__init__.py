"""The door of the service: who may come in, how often, and what is written down about it."""
