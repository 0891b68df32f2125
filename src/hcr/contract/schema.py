"""The text of the contract."""

from importlib.resources import files


def schema_text() -> str:
    """The whole of `schema.graphql`, as it lies in the package."""
    return files("hcr.contract").joinpath("schema.graphql").read_text(encoding="utf-8")
