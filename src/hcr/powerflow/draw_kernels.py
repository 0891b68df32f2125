"""How much a draw takes at a voltage: the load and generator models of OpenDSS, compiled.

A draw takes `(P gp - j Q gq) V`. Inside the band from `min` to `max`, with |V| = v and rated voltage b:

    constant power   gp = gq = 1 / v²
    constant current gp = gq = 1 / (v b)
    constant Z       gp = gq = 1 / b²
    ZIP              gp, gq = z / b² + i / (v b) + p / v², shares for P and Q apart
    CVR              gp = (v/b)^w / v², gq = (v/b)^q / v²
    generator        gp = gq = 1 / v², also the current-limited inverter (generator model 7)

Above the band the draw is the impedance it has at `max`; below it the current falls on a straight line to
that of the nominal impedance at `low`, and below `low` it is the nominal impedance. Generators have no
straight line: below `min` they are the impedance at `min`, or, limited, hold the current they have there.
A CVR load jumps at `min` and `max`, back to constant power. Near them a circuit may have two solutions, one
on either side of the jump; OpenDSS finds one or the other, depending on the solution before (IEEE 37 with
light load: 8e-4 pu and 7 kW of a load apart).
Source: Load.pas and Generator.pas of the DSS
C-API (DoConstantPQLoad, DoConstantILoad, DoZIPVModel, DoCVRModel, DoConstantPQGen, DoCurrentLimitedPQ).
"""

import math

from hcr.powerflow.draw_kinds import LIMITED, ZIP
from hcr.powerflow.loops import bare_loop, loop


@loop(inline="always")
def _falling(v, low, minimum, base, at_minimum):
    """Return g on the straight line between `low` and `min`; `at_minimum` is the current there per watt."""
    at_low = low / (base * base)
    return (at_low + (at_minimum - at_low) * (v - low) / (minimum - low)) / v


@bare_loop
def constant_power(v, base, low, minimum, maximum):
    """Return g of a constant-power load."""
    if v > maximum:
        return 1.0 / (maximum * maximum)
    if v > minimum:
        return 1.0 / (v * v)
    if v > low:
        return _falling(v, low, minimum, base, 1.0 / minimum)
    return 1.0 / (base * base)


@bare_loop
def constant_current(v, base, low, minimum, maximum):
    """Return g of a constant-current load."""
    if v > maximum:
        return 1.0 / (base * maximum)
    if v > minimum:
        return 1.0 / (v * base)
    if v > low:
        return _falling(v, low, minimum, base, 1.0 / base)
    return 1.0 / (base * base)


@bare_loop
def zip_share(v, base, low, minimum, maximum, z, i, p):
    """Return g of a ZIP load for its shares of impedance, current and power."""
    if v <= low:
        return 1.0 / (base * base)
    return (
        z / (base * base)
        + i * constant_current(v, base, low, minimum, maximum)
        + p * constant_power(v, base, low, minimum, maximum)
    )


@bare_loop
def drop_out(v, base, cut):
    """Return the share of a ZIP load that is left at low voltage."""
    if cut <= 0.0:
        return 1.0
    return 0.5 * (1.0 + math.tanh(500.0 * (v / base - cut)))


@bare_loop
def draw_factors(kind, v, base, low, minimum, maximum, coefficients):
    """Return gp and gq of a ZIP or CVR load or a current-limited generator at |V| = v.

    The other kinds are solved side by side: see `draw_currents` in `batch_kernels`.
    """
    if kind == LIMITED:
        g = 1.0 / (v * max(v, minimum))
        return g, g
    if kind == ZIP:
        z, i, p = coefficients[0], coefficients[1], coefficients[2]
        gp = zip_share(v, base, low, minimum, maximum, z, i, p)
        z, i, p = coefficients[3], coefficients[4], coefficients[5]
        gq = zip_share(v, base, low, minimum, maximum, z, i, p)
        left = drop_out(v, base, coefficients[6]) if v > low else 1.0
        return gp * left, gq * left
    if minimum < v <= maximum:
        ratio = v / base
        return ratio ** coefficients[0] / (v * v), ratio ** coefficients[1] / (v * v)
    g = constant_power(v, base, low, minimum, maximum)
    return g, g
