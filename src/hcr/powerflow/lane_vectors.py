"""Lanes as one value: vectors of the machine's own, for compiled loops.

A row of a [place, lane] array is one `LaneVector`: 32 lanes of float64 with AVX-512, else 16; of float32
twice as many; of arrays that `in_lanes` narrows, fewer. Loops are written as for scalars, and each operation
becomes a few instructions, whatever the compiler makes of arrays that might overlap. Every lane goes through
the same operations in the same order, so that its bits depend neither on its neighbours nor on how many they
are.

    load(array, row), store(array, row, vector)    rows of contiguous arrays, `lanes_of(dtype)` wide
    in_lanes(tree, lanes)                          tuples of arrays whose rows are of another width
    spread(number, vector)                         the same number in every lane, of the vector's type
    a + b, a - b, a * b, a / b                     lane by lane; a number is spread
    fma(a, b, c), fnma(a, b, c)                    a b + c, c - a b; a may be a number
    root(a)                                        square roots
    below(a, b), at_most(a, b)                     masks: a < b, a <= b; false for what is no number
    larger(a, b)                                   the larger of two; what is no number is the largest
    both(m, n), either(m, n)                       masks
    choose(mask, a, b)                             a where the mask holds, else b
    any_of(mask), all_of(mask), first_of(mask)     look at all lanes; the first that holds
    least(a), most(a)                              of all lanes
    take(array, index)                             an entry of a one-dimensional array
"""

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.core import types
from numba.extending import intrinsic, models, overload, overload_classmethod, register_model
from numba.np.arrayobj import intrin_alloc

VECTOR_BYTES = 256 if get_host_cpu_features().get("avx512f") else 128
"""Four registers with AVX-512 or AVX: enough side by side to hide delays, few enough to stay in registers."""


def lanes_of(dtype: Any) -> int:
    """Return how many lanes a vector of a floating type has."""
    return VECTOR_BYTES // int(np.dtype(dtype).itemsize)


def in_precision(tree: Any, kind: type) -> Any:
    """Return tuples of arrays, those of doubles in the precision that is wanted."""
    if kind is np.float64:
        return tree
    if isinstance(tree, tuple):
        return tuple(in_precision(part, kind) for part in tree)
    if isinstance(tree, np.ndarray) and tree.dtype == np.float64:
        with np.errstate(over="ignore", invalid="ignore"):  # limits that are meant as none
            return tree.astype(kind, copy=False)
    return tree


class LaneVector(types.Type):
    """A vector of lanes of one floating type."""

    def __init__(self, dtype: Any, lanes: int) -> None:
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"LaneVector({dtype}, {lanes})")


class LaneMask(types.Type):
    """A yes or no for each lane."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f"LaneMask({lanes})")


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
    def mangling_args(self) -> tuple[str, list[Any]]:
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


@register_model(LaneVector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        scalar = ir.DoubleType() if kind.dtype == types.float64 else ir.FloatType()
        super().__init__(manager, kind, ir.VectorType(scalar, kind.lanes))


@register_model(LaneMask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), kind.lanes))


def _vector_of(array: Any) -> LaneVector:
    """Return the type of a row of an array."""
    usual = VECTOR_BYTES * 8 // array.dtype.bitwidth
    return LaneVector(array.dtype, array.lanes if isinstance(array, LaneArray) else usual)


def _row(context: Any, builder: Any, kind: Any, array: Any, row: Any) -> Any:
    """Return the address of a row, and its vector type."""
    vector = context.get_value_type(_vector_of(kind))
    data = context.make_array(kind)(context, builder, array).data
    width = ir.Constant(row.type, vector.count)
    first = builder.gep(data, [builder.mul(row, width)])
    return builder.bitcast(first, vector.as_pointer()), vector


@intrinsic
def load(typing: Any, array: Any, row: Any) -> Any:
    """Return a row of an array."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place, vector = _row(context, builder, signature.args[0], *given)
        return builder.load(place, align=signature.args[0].dtype.bitwidth // 8, typ=vector)

    return _vector_of(array)(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, row: Any, value: Any) -> Any:
    """Set a row of an array."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place, _ = _row(context, builder, signature.args[0], given[0], given[1])
        builder.store(given[2], place, align=signature.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, _vector_of(array)), generate


def _narrowed(kind: Any, lanes: int) -> Any:
    """Return the type of a tuple of arrays, those with lanes being of some width."""
    if isinstance(kind, types.BaseTuple):
        return types.Tuple([_narrowed(part, lanes) for part in kind])
    return LaneArray(lanes, kind) if isinstance(kind, types.Array) and kind.ndim > 1 else kind


@intrinsic(prefer_literal=True)
def in_lanes(typing: Any, tree: Any, lanes: Any) -> Any:
    """Return the same arrays, but of a type that says how wide their rows are."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        context.nrt.incref(builder, signature.return_type, given[0])
        return given[0]

    return _narrowed(tree, lanes.literal_value)(tree, lanes), generate


def _splat(builder: Any, number: Any, vector: Any) -> Any:
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


@intrinsic
def spread(typing: Any, number: Any, like: Any) -> Any:
    """Return a number in every lane."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _splat(builder, given[0], context.get_value_type(signature.args[1]))

    return like(like.dtype, like), generate


def _spread_all(context: Any, builder: Any, vector: Any, signature: Any, given: Any) -> list[Any]:
    """Return the arguments of an operation, numbers among them spread."""
    whole = context.get_value_type(vector)
    return [
        value if isinstance(kind, LaneVector) else _splat(builder, value, whole)
        for kind, value in zip(signature.args, given, strict=True)
    ]


def _binary(name: str) -> Any:
    """Return an operation on two vectors, or on a vector and a number."""

    @intrinsic
    def operation(typing: Any, first: Any, second: Any) -> Any:
        vector = first if isinstance(first, LaneVector) else second
        kinds = [one if isinstance(one, LaneVector) else vector.dtype for one in (first, second)]

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return getattr(builder, name)(*_spread_all(context, builder, vector, signature, given))

        return vector(*kinds), generate

    return operation


def _is_lanes(*kinds: Any) -> bool:
    return any(isinstance(kind, LaneVector) for kind in kinds) and all(
        isinstance(kind, LaneVector | types.Number) for kind in kinds
    )


def _overload(operation: Any, name: str) -> None:
    """Make an operator work on vectors."""
    implementation = _binary(name)

    def chosen(first, second):
        return (lambda first, second: implementation(first, second)) if _is_lanes(first, second) else None

    overload(operation)(chosen)


_overload(operator.add, "fadd")
_overload(operator.sub, "fsub")
_overload(operator.mul, "fmul")
_overload(operator.truediv, "fdiv")


def _call(builder: Any, name: str, vector: Any, arguments: Any) -> Any:
    kind = ir.FunctionType(vector, [vector] * len(arguments))
    return builder.call(_function(builder, f"llvm.{name}.{_suffix(vector)}", kind), arguments)


def _function(builder: Any, name: str, kind: Any) -> Any:
    """Return one of the compiler's own functions."""
    return builder.module.globals.get(name) or ir.Function(builder.module, kind, name)


def _suffix(vector: Any) -> str:
    return f"v{vector.count}" + ("f64" if isinstance(vector.element, ir.DoubleType) else "f32")


def _fused(negated: bool) -> Any:
    """Return a b + c or c - a b; the sign is turned after spreading, where it costs nothing."""

    @intrinsic
    def operation(typing: Any, first: Any, second: Any, third: Any) -> Any:
        kinds = (first if isinstance(first, LaneVector) else third.dtype, second, third)

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            whole = context.get_value_type(signature.return_type)
            spread = isinstance(signature.args[0], LaneVector)
            factor = given[0] if spread else _splat(builder, given[0], whole)
            factor = builder.fneg(factor) if negated else factor
            return _call(builder, "fmuladd", whole, [factor, given[1], given[2]])

        return third(*kinds), generate

    return operation


fma, fnma = _fused(False), _fused(True)


@intrinsic
def take(typing: Any, array: Any, index: Any) -> Any:
    """Return an entry of a one-dimensional array; the index is not negative, and nothing checks it."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        return builder.load(builder.gep(data, [given[1]]))

    return array.dtype(array, types.intp), generate


@intrinsic
def root(typing: Any, value: Any) -> Any:
    """Return the square roots."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _call(builder, "sqrt", context.get_value_type(signature.return_type), given)

    return value(value), generate


def _compared(sign: str) -> Any:
    """Return a comparison of two vectors, or of a vector and a number; false for what is no number."""

    @intrinsic
    def operation(typing: Any, first: Any, second: Any) -> Any:
        vector = first if isinstance(first, LaneVector) else second
        kinds = [one if isinstance(one, LaneVector) else vector.dtype for one in (first, second)]

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.fcmp_ordered(sign, *_spread_all(context, builder, vector, signature, given))

        return LaneMask(vector.lanes)(*kinds), generate

    return operation


below, at_most = _compared("<"), _compared("<=")


@intrinsic
def larger(typing: Any, first: Any, second: Any) -> Any:
    """Return the larger of two vectors; what is no number counts as the largest."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        keeps = builder.fcmp_ordered("<=", *given)  # false where either is no number
        strange = builder.fcmp_unordered("uno", given[1], given[1])
        return builder.select(builder.or_(keeps, strange), given[1], given[0])

    return first(first, second), generate


def _on_masks(name: str) -> Any:
    @intrinsic
    def operation(typing: Any, first: Any, second: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return getattr(builder, name)(*given)

        return first(first, second), generate

    return operation


both, either = _on_masks("and_"), _on_masks("or_")


@intrinsic
def choose(typing: Any, mask: Any, first: Any, second: Any) -> Any:
    """Return a where the mask holds, b elsewhere."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.select(*given)

    return first(mask, first, first), generate


def _over_all(name: str) -> Any:
    @intrinsic
    def operation(typing: Any, mask: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            vector = context.get_value_type(signature.args[0])
            kind = ir.FunctionType(ir.IntType(1), [vector])
            whole = f"llvm.vector.reduce.{name}.v{vector.count}i1"
            return builder.call(_function(builder, whole, kind), given)

        return types.boolean(mask), generate

    return operation


any_of, all_of = _over_all("or"), _over_all("and")


@intrinsic
def first_of(typing: Any, mask: Any) -> Any:
    """Return the number of the first lane in which a mask holds; the number of lanes if there is none."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        bits = ir.IntType(signature.args[0].lanes)
        zero_is_fine = ir.Constant(ir.IntType(1), 0)
        kind = ir.FunctionType(bits, [bits, ir.IntType(1)])
        function = _function(builder, f"llvm.cttz.i{bits.width}", kind)
        found = builder.call(function, [builder.bitcast(given[0], bits), zero_is_fine])
        whole = context.get_value_type(types.intp)
        if bits.width > whole.width:
            return builder.trunc(found, whole)
        return found if bits.width == whole.width else builder.zext(found, whole)

    return types.intp(mask), generate


def _of_all(name: str) -> Any:
    """Return the least or the most of all lanes."""

    @intrinsic
    def operation(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            vector = context.get_value_type(signature.args[0])
            whole = f"llvm.vector.reduce.{name}.{_suffix(vector)}"
            function = _function(builder, whole, ir.FunctionType(vector.element, [vector]))
            return builder.call(function, given, fastmath=("nnan",))

        return value.dtype(value), generate

    return operation


least, most = _of_all("fmin"), _of_all("fmax")
