"""From a GraphQL request to its answer: within limits, by whoever may ask, and written down."""

import json
import logging
from collections.abc import Mapping
from typing import Any, cast

from ariadne import format_error, graphql_sync
from ariadne.types import QueryValidator
from graphql import DocumentNode, GraphQLError, GraphQLSchema, validate
from starlette.responses import Response

from hcr.service.asked import Asked, RootField, asked_of, noted_ids
from hcr.service.documents import Documents
from hcr.service.door.doorkeeper import Doorway, unexpected
from hcr.service.door.request_record import current
from hcr.service.plain_values import check_values
from hcr.service.query_cost import check_cost
from hcr.service.user import user_of

# Ariadne logs every refusal with its trace; what deserves a trace is logged below.
_silent = logging.Logger("hcr.service.silent", logging.CRITICAL + 1)


class GraphQLAnswers:
    """Answers GraphQL requests; `answer` is for threads, one request each."""

    def __init__(self, schema: GraphQLSchema, doorway: Doorway) -> None:
        self._schema = schema
        self._doorway = doorway
        self._documents = Documents(doorway.limits)

    def answer(self, body: dict[str, Any]) -> Response:
        """Return the answer; its errors travel with status 200, as clients of this API expect.

        Only what a caller may not do is 403.
        """
        asked: list[Asked] = []

        def parse(_: object, body: dict[str, Any]) -> DocumentNode:
            document = self._parsed(body)
            asked.append(asked_of(self._schema, document, body))
            _begin(asked[0])
            return document

        def validated(schema: GraphQLSchema, document: DocumentNode, **how: Any) -> list[GraphQLError]:
            return self._documents.faults(body["query"], lambda: validate(schema, document, **how))

        _, answer = graphql_sync(
            self._schema,
            body,
            context_value={"user": user_of(current().caller)},
            query_parser=parse,
            query_validator=cast(QueryValidator, validated),
            error_formatter=_public_error,
            logger=_silent,
            debug=False,
        )
        errors = answer.get("errors") or []
        for one in asked:
            self._note(one, answer)
        current().outcome = _code(errors[0]) if errors else "ok"
        if errors:
            answer["errors"] = [one for error in errors for one in _one_per_fault(error)]
        # Plain ASCII: an answer may quote half a surrogate pair, which is no UTF-8.
        status = 403 if current().outcome == "forbidden" else 200
        return Response(json.dumps(answer), status, media_type="application/json")

    def _parsed(self, body: dict[str, Any]) -> DocumentNode:
        document = self._documents.parsed(body["query"])
        check_values(body["query"], document, body.get("variables"))
        check_cost(self._schema, document, body, self._doorway.limits)
        return document

    def _note(self, asked: Asked, answer: Mapping[str, Any]) -> None:
        """Write down what was changed, or refused."""
        record = current()
        outcomes = [(field, *_outcome(field, answer)) for field in asked.fields]
        found = (*asked.packages, *(name for _, _, made in outcomes for name in made))
        record.packages = tuple(dict.fromkeys(found))
        if asked.writes and self._doorway.audit is not None:
            for field, outcome, made in outcomes:
                packages = tuple(dict.fromkeys((*field.packages, *made)))
                self._doorway.audit.mutation(record.caller, field.name, packages, record.seen(outcome))


def _begin(asked: Asked) -> None:
    """Note what a request asks for before it is done, and refuse what its caller may not do."""
    record = current()
    record.operation, record.packages = asked.label, asked.packages
    if asked.writes and record.caller is not None and not record.caller.may_write:
        raise GraphQLError(
            "the token may only read; this operation needs one with the scope write",
            extensions={"code": "forbidden"},
        )


def _outcome(field: RootField, answer: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return how one operation ended, and the packages that it made."""
    for error in answer.get("errors") or ():
        if not error.get("path") or error["path"][0] == field.key:
            return _code(error), ()
    data = answer.get("data") or {}
    if field.key not in data:
        return "skipped", ()  # by a directive
    return "ok", noted_ids([data[field.key]]) if field.name.startswith("run") else ()


def _code(error: Mapping[str, Any]) -> str:
    """Return the code of an error; without one the query itself was at fault."""
    return str((error.get("extensions") or {}).get("code", "invalid"))


def _one_per_fault(error: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a refusal as one error for each fault, with the fault's place in the request."""
    extensions = error.get("extensions") or {}
    faults = extensions.pop("faults", None) or []
    return [
        {**error, "message": fault["message"], "extensions": {**extensions, "path": fault["path"]}}
        for fault in faults
    ] or [error]


def _public_error(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    """Return an error without inner workings: what was not raised on purpose is only named."""
    formatted = dict(format_error(error, debug=False))
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        formatted["message"] = unexpected(error.original_error, error.path)
        formatted["extensions"] = {"code": "internal"}
    return formatted
