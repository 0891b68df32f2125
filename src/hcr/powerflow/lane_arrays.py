"""Arrays with fewer lanes than a vector usually has: how wide their rows are is part of their type.

`load` and `store` take rows of any array of two dimensions to be `lanes_of(dtype)` wide, whatever its shape,
but of these:

    in_lanes(tree, lanes)       tuples of arrays whose rows are of some width; `lanes` is a constant
    as_wide_as(array, other)    an array made in a loop, its rows as wide as another's; `zeros_like`,
                                `full_like` and `copy` keep the width by themselves

Loops that are given them are compiled for that width.
"""

from typing import Any

from numba.core import types
from numba.extending import intrinsic, models, overload_classmethod, register_model
from numba.np.arrayobj import intrin_alloc


class LaneArray(types.Array):
    """An array whose rows are of another width than `lanes_of` says; so are its parts of two dimensions."""

    def __init__(self, lanes: int, like: Any) -> None:
        self.lanes = lanes
        name = f"LaneArray({lanes}, {like})"
        super().__init__(like.dtype, like.ndim, like.layout, not like.mutable, name, like.aligned)

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what tells the type from others."""
        return (self.lanes, *super().key)

    @property
    def mangling_args(self) -> Any:
        """Return what the names of functions of the type are made of."""
        name, parts = super().mangling_args
        return name, [self.lanes, *parts]

    def copy(self, *given: Any, **changed: Any) -> Any:
        """Return the type of a part of the array."""
        part = super().copy(*given, **changed)
        return LaneArray(self.lanes, part) if part.ndim > 1 else part


register_model(LaneArray)(models.ArrayModel)


@overload_classmethod(LaneArray, "_allocate")
def _allocate(cls, size, align):
    """Allocate as arrays of any other type are: numba does not hand this down."""
    return lambda cls, size, align: intrin_alloc(size, align)


def _narrowed(kind: Any, lanes: int) -> Any:
    """Return the type of a tuple of arrays, those with lanes being of some width."""
    if isinstance(kind, types.BaseTuple):
        parts: Any = kind
        return types.Tuple([_narrowed(part, lanes) for part in parts])
    return LaneArray(lanes, kind) if isinstance(kind, types.Array) and kind.ndim > 1 else kind


def _given_back(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    """Give the first argument back: only its type is another."""
    context.nrt.incref(builder, signature.return_type, given[0])
    return given[0]


@intrinsic(prefer_literal=True)
def in_lanes(typing: Any, tree: Any, lanes: Any) -> Any:
    """Return the same arrays, but of a type that says how wide their rows are."""

    return _narrowed(tree, lanes.literal_value)(tree, lanes), _given_back


@intrinsic
def as_wide_as(typing: Any, array: Any, like: Any) -> Any:
    """Return an array made inside a loop, of a type that says that its rows are as wide as another's."""

    kind = LaneArray(like.lanes, array) if isinstance(like, LaneArray) else array
    return kind(array, like), _given_back
