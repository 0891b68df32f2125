"""A compiled circuit and many injections to voltages and currents."""
