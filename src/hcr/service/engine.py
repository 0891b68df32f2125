"""Which engine this service solves with."""


def engine_name() -> str:
    """Return the engine's own words about its version."""
    from hcr.powerflow.opendss import engine_version

    return engine_version()
