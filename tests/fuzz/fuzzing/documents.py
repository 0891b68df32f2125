"""GraphQL documents that are broken, endless, or more than anybody needs."""

from collections.abc import Callable
from random import Random

from fuzzing.corpus import Valid

ODD_WORDS = (
    *(
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        "on",
        "fragment",
        "query",
        "mutation",
        "subscription",
        "$",
        "@",
        "!",
    ),
    *(
        "#",
        '"',
        '"""',
        "\\u0000",
        "\\uD800",
        "\\u{110000}",
        "\\u{0}",
        "null",
        "true",
        "&",
        "|",
        "=",
        ":",
        ",",
    ),
    *(
        "__typename",
        "__schema",
        "__type",
        "@skip(if: true)",
        "@include(if: $x)",
        "@nothing",
        "$x: [Int!]! = 1",
    ),
    *(
        "\x00",
        "\ufeff",
        "\u2028",
        "-",
        "-0",
        "00",
        "1e",
        "1e400",
        ".5",
        "9" * 5000,
        "-" * 50,
        "\N{PILE OF POO}",
    ),
)


def broken(random: Random, valid: Valid) -> str:
    """Return a valid document with words put in, taken out, doubled or exchanged."""
    words = valid.query.replace("(", " ( ").replace(")", " ) ").split(" ")
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(words))
        choice = random.randrange(4)
        if choice == 0:
            words.insert(at, random.choice(ODD_WORDS))
        elif choice == 1 and len(words) > 1:
            del words[at]
        elif choice == 2:
            words.insert(at, words[at])
        else:
            words[at] = random.choice(ODD_WORDS)
    return " ".join(words)


def literal(random: Random, valid: Valid) -> str:
    """Return a document whose arguments are odd literals instead of variables."""
    values = ('""', "null", "-1", "1e400", "9" * 5000, "{}", "[]", "[[[1]]]", "$x", "NAN", "true", "1.5")
    values += ('"\\u0000"', '"\\uD800"', '"../../x"', '"""\n\\"""\n"""', "{a: {a: {a: 1}}}", "-0", '"x\\ny"')
    values += ('"' + "x" * 50_000 + '"', "[" * 300 + "1" + "]" * 300, "{input: $input}", '"\\u{0}"', "0.0")
    query = valid.query.partition("{")[2]
    for name in valid.variables:
        query = query.replace(f"${name}", random.choice(values))
    return f"{valid.query.split(' ')[0]} {{{query}"


def _deep(random: Random) -> str:
    levels = random.choice((29, 31, 100, 1000, 3000, 100_000))
    return "{ getWorkPackages " + "{ workPackages " * levels + "{ id }" + " }" * levels + "}"


def _deep_value(random: Random) -> str:
    levels = random.choice((50, 200, 400, 1000, 7000))
    opening, closing = random.choice((("[", "]"), ("{a: ", "}")))
    return f"{{ getWorkPackages(filter: {opening * levels}1{closing * levels}) {{ totalCount }} }}"


def _deep_type(random: Random) -> str:
    levels = random.choice((50, 200, 400, 1000, 7000))
    return f"query ($x: {'[' * levels}Int{']' * levels}) {{ getActiveWorkPackages }}"


def _aliases(random: Random) -> str:
    number = random.choice((49, 51, 990, 1001, 5000))
    return "{" + " ".join(f"a{at}: getActiveWorkPackages" for at in range(number)) + "}"


def _same_fields(random: Random) -> str:
    number = random.choice((900, 1001, 7000))
    return "{" + "getWorkPackages { workPackages { id } } " * (number // 3) + "}"


def _conflicts(random: Random) -> str:
    """Return fields below fields below inline fragments, all of one name: the worst for finding conflicts."""
    width = random.choice((5, 20, 150))
    inner = " ".join("... on HcWorkPackage { id name }" for _ in range(width))
    return (
        "{ getWorkPackages { " + " ".join(f"workPackages {{ {inner} }}" for _ in range(width // 5)) + " } }"
    )


def _chain(random: Random) -> str:
    number = random.choice((3, 50, 200, 330, 400, 1000, 1700))
    links = [f"fragment f{at} on Query {{ ...f{at + 1} }}" for at in range(number)]
    last = random.choice(("...f0", "...f1", "getActiveWorkPackages", "...nowhere"))
    return f"{{ ...f0 }} {' '.join(links)} fragment f{number} on Query {{ {last} }}"


def _mesh(random: Random) -> str:
    """Return fragments that each spread all later ones, or all: paths through them double each time."""
    number = random.choice((5, 20, 60))
    everyone = random.random() < 0.5
    parts = []
    for at in range(number):
        others = range(number) if everyone else range(at + 1, number)
        spreads = " ".join(f"...f{other}" for other in others)
        parts.append(f"fragment f{at} on Query {{ getActiveWorkPackages {spreads} }}")
    return "{ ...f0 } " + " ".join(parts)


def _mesh_below(random: Random) -> str:
    """Return fragments that double at each level of nesting."""
    number = random.choice((5, 12, 26))
    parts = [
        f"fragment f{at} on WorkPackageTree {{ ancestors {{ id }} ...f{at + 1} ... {{ ...f{at + 1} }} }}"
        for at in range(number)
    ]
    end = f"fragment f{number} on WorkPackageTree {{ children {{ id }} }}"
    return f'{{ getWorkPackageTree(id: "x") {{ ...f0 ...f0 }} }} {" ".join(parts)} {end}'


def _many_fragments(random: Random) -> str:
    number = random.choice((100, 1500, 2500))
    return "{ a } " + " ".join(f"fragment f{at} on T{at} {{ a }}" for at in range(number))


def _many_variables(random: Random) -> str:
    number = random.choice((100, 2000, 4900))
    declared = " ".join(f"$v{at}:{random.choice(('Int', 'Nope', '[ID!]!'))}" for at in range(number))
    return f"query ({declared}) {{ getActiveWorkPackages }}"


def _many_operations(random: Random) -> str:
    number = random.choice((2, 300, 4000))
    return " ".join(f"query q{at % 7} {{ getActiveWorkPackages }}" for at in range(number))


def _directives(random: Random) -> str:
    number = random.choice((10, 1000, 7000))
    return "{ getActiveWorkPackages " + "@skip(if: false) " * number + "}"


def _arguments(random: Random) -> str:
    number = random.choice((10, 1000, 4900))
    given = " ".join(f"{random.choice(('limit', 'x'))}: 1" for _ in range(number))
    return f"{{ getWorkPackages({given}) {{ totalCount }} }}"


def _introspection(random: Random) -> str:
    levels = random.choice((3, 9, 13, 40))
    return (
        "{ __schema { types { fields { type { " + "ofType { " * levels + "name" + " }" * levels + " } } } } }"
    )


def _introspection_wide(random: Random) -> str:
    levels = random.choice((2, 5, 8))
    inner = "name"
    for _ in range(levels):
        inner = f"name fields {{ name type {{ {inner} }} }} inputFields {{ name type {{ name }} }}"
    return f"{{ __schema {{ types {{ {inner} }} }} }}"


def _noise(random: Random) -> str:
    return "".join(
        chr(random.choice((*range(128), 0xD800, 0xFFFF, 0x1F4A9))) for _ in range(random.randint(0, 80))
    )


def _comment(random: Random) -> str:
    return random.choice(
        ("#" * 100_000, "# \ud800 \x00 \n{ getActiveWorkPackages }", ",,, \ufeff" * 1000, " ")
    )


def _long_name(random: Random) -> str:
    name = "a" * random.choice((1000, 1_000_000))
    return random.choice(
        (f"{{ {name} }}", f"query {name} {{ getActiveWorkPackages }}", f"{{ {name}: __typename }}")
    )


_SHAPES: tuple[Callable[[Random], str], ...] = (
    *(_deep, _deep_value, _deep_type, _aliases, _same_fields, _conflicts, _chain, _mesh, _mesh_below),
    *(_many_fragments, _many_variables, _many_operations, _directives, _arguments),
    *(_introspection, _introspection_wide, _noise, _comment, _long_name),
)


def excessive(random: Random) -> tuple[str, str]:
    """Return the name of a shape, and a document of it."""
    shape = random.choice(_SHAPES)
    return shape.__name__.strip("_"), shape(random)
