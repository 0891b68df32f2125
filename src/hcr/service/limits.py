"""How much one request, and one caller, may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold for every caller; `hcr DIR serve` has options for those that sites differ in.

    Attributes
    ----------
    body_bytes : size of a request; a year of default loads takes under one million.
    tokens : words and signs of a query, as graphql-java has it; values of any length travel as variables.
    fields : of a query: the check for conflicting fields takes time with the square of their number.
    aliases : fields under another name: the same work, asked for many times in one request.
    depth : levels of nesting, fragments unfolded; the introspection of common tools has 13.
    cost : fields that an answer may hold, lists counted by their size; see `query_cost`.
    page : entries of one page, where a request says how many; without, there are `paging.PAGE_SIZE`.
    requests_per_minute : of one token, or of one address without; 0 is without limit. As many may come at
        once.
    patience_s : how long nothing more of a begun request may come, and how long its head may take [s]; the
        caller may be gone, or mean harm.
    connections : of a socket; while so many are open, requests are refused.
    """

    body_bytes: int = 8 * 1024 * 1024
    tokens: int = 15_000
    fields: int = 1_000
    aliases: int = 50
    depth: int = 30
    cost: int = 200_000
    page: int = 1_000
    requests_per_minute: int = 0
    patience_s: float = 30.0
    connections: int = 1_000


SERVED = Limits(requests_per_minute=1_200)
"""What holds on a socket unless options say otherwise; a command in this process is not counted."""
