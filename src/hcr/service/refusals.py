"""What the service answers instead of what was asked for: errors with a code that clients know."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from hcr.errors import FeederError, HcrError, ModelError, UsageError
from hcr.service.submission import Refused


def refused(message: str, *path: str) -> GraphQLError:
    """Return the error about something that the caller can mend; `path` leads to it in the arguments."""
    place = {"path": list(path)} if path else {}
    return GraphQLError(message, extensions={"code": "refused", **place})


def not_found(what: str) -> GraphQLError:
    """Return the error about something that is not there, such as `work package 7`."""
    return GraphQLError(f"there is no {what}", extensions={"code": "not_found"})


def unsupported(operation: str, why: str) -> GraphQLError:
    """Return the error about an operation that this service does not have; `why` tells what to do instead."""
    text = f"{operation} is not supported by this service: {why}"
    return GraphQLError(text, extensions={"code": "unsupported"})


def faults_of(examined: Refused) -> GraphQLError:
    """Return one error that carries all faults; the application makes one error of each."""
    faults = [{"path": list(fault.path), "message": fault.message} for fault in examined.faults]
    text = "; ".join(fault.message for fault in examined.faults)
    return GraphQLError(text, extensions={"code": "refused", "faults": faults})


def answered(call: Callable[[], Any]) -> Any:
    """Return what a call gives; an error of ours becomes one that the caller is shown.

    Raises
    ------
    GraphQLError
        The call raised an `HcrError`; what the caller can mend has the code `refused`.
    """
    try:
        return call()
    except HcrError as error:
        text = f"{error} — {error.remedy}" if error.remedy else str(error)
        mendable = isinstance(error, FeederError | ModelError | UsageError)
        code = "refused" if mendable else error.code
        raise GraphQLError(text, extensions={"code": code}) from error
