"""What the tests of input models share: the faults of an input by their place."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from hcr.contract.input_model import InputModel

Refusals = Callable[[type[InputModel], object], dict[str, str]]


@pytest.fixture
def refusals() -> Refusals:
    """Messages by dotted wire path that a model gives for an input; empty if it accepts the input."""

    def refuse(model: type[InputModel], data: object) -> dict[str, str]:
        try:
            model.model_validate(data)
        except ValidationError as error:
            return {".".join(map(str, fault["loc"])): fault["msg"] for fault in error.errors()}
        return {}

    return refuse
