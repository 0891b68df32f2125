"""Malformed requests from a seed, a service to send them to, and the judge of its answers."""
