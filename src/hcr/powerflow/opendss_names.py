"""Names of a model in the commands of OpenDSS: between marks, as they may hold blanks, commas and signs."""

MARKS = (('"', '"'), ("'", "'"), ("[", "]"), ("(", ")"), ("{", "}"))
"""What may stand about a name; the engine reads on to the second one."""


def quoted(name: str) -> str:
    """Return a name between marks that it does not hold itself.

    Raises
    ------
    ValueError
        It holds all of them, which no command of the engine can name.
    """
    for first, last in MARKS:
        if last not in name:
            return f"{first}{name}{last}"
    raise ValueError(f"the name {name} holds all quotation marks of OpenDSS")
