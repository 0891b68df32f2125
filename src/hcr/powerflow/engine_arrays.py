"""Arrays as the engine hands them out."""

from typing import Any

import numpy as np

from hcr.powerflow.circuit import ComplexArray


def complex_array(values: Any) -> ComplexArray:
    """Return an engine array as complex numbers, whichever way the engine gave it."""
    array = np.asarray(values)
    if np.iscomplexobj(array):
        return array
    if len(array) % 2:  # the engine gives one zero where it has nothing to give
        return np.empty(0, np.complex128)
    return np.asarray(array.view(np.complex128))
