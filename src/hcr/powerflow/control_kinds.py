"""What controls go by, numbered as the compiled loops know it."""

from enum import IntEnum

SINGLE, MEAN, HIGHEST, LOWEST = 1, -1, -2, -3
"""Which of several phases a control goes by; the numbers are OpenDSS's."""


class CapacitorKind(IntEnum):
    """What a capacitor control goes by."""

    CURRENT = 0
    VOLTAGE = 1
    KVAR = 2
    TIME = 3
    POWER_FACTOR = 4
