"""The ground under every input model: wire names, strictness, rules between fields, and the way out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule between fields that is broken: the wire path of the culprit below the model, and the message."""

    message: str
    path: tuple[str | int, ...] = ()

    def below(self, *path: str | int) -> "Fault":
        """The same fault as a model further up sees it."""
        return Fault(self.message, (*path, *self.path))


class InputModel(BaseModel):
    """An input type of the contract: snake case in Python, the names of `schema.graphql` on the wire.

    Units and defaults stand in `schema.graphql` and nowhere else. A field left out stays unset, so that
    only what the user wrote is sent and the service applies its own defaults.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        # The contract has fields named `model`, `model_name`, `model_options`.
        protected_namespaces=(),
    )

    def faults(self) -> Iterator[Fault]:
        """Broken rules between the fields of this model; none by default."""
        yield from ()

    @model_validator(mode="after")
    def _refuse_faults(self) -> Self:
        # One ValidationError with a place for each fault, where a plain error would name only the first
        # one and no place: pydantic adds the path from the outer models in front.
        if details := [_details(fault) for fault in self.faults()]:
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self


def _details(fault: Fault) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("rule", "{message}", {"message": fault.message}),
        loc=fault.path,
        input=None,
    )


def to_wire(model: InputModel) -> dict[str, object]:
    """JSON-ready mapping by wire names, with only the keys that were set to something."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
