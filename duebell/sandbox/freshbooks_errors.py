"""FreshBooks' refusals, in the shapes of its several families.

https://www.freshbooks.com/api/errors
"""

from __future__ import annotations

from typing import Any, Literal

from duebell.sandbox.exchange import Answer, Refusal, json_answer

Family = Literal["accounting", "events", "auth"]

#: HTTP status -> status of gRPC, for the shape that dated versions of the interface use.
_GRPC = {401: 16, 403: 7, 404: 5, 422: 3, 429: 8}
_DOMAIN = "accounting.api.freshbooks.com"
_NOT_AUTHORIZED = "The server could not verify that you are authorized to access the URL requested."


class BooksError(Exception):
    """The accounting family refuses a call; the shape is chosen when the answer is written."""

    def __init__(self, status: int, errno: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.content: dict[str, Any] = {"errno": errno, "message": message, **more}

    def answer(self, *, status: int | None = None) -> Answer:
        """The usual shape."""
        return json_answer(status or self.status, {"response": {"errors": [self.content]}})

    def dated_answer(self) -> Answer:
        """The shape for callers that ask for a dated version."""
        metadata = {name: str(value) for name, value in self.content.items() if name != "errno"}
        detail = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": str(self.content["errno"]),
            "domain": _DOMAIN,
            "metadata": metadata,
        }
        message = f"Request failed with status_code: {self.status}"
        body = {"code": _GRPC.get(self.status, 2), "message": message, "details": [detail]}
        return json_answer(self.status, body)


def unknown_record(kind: str, field: str, value: str, errno: int) -> BooksError:
    """There is no such record: 1012 if there never was, 1011 if it was deleted."""
    message = f"{kind.replace('_', ' ').capitalize()} not found."
    return BooksError(404, errno, message, field=field, object=kind, value=value)


def unauthenticated(family: Family) -> Exception:
    """What a missing, unknown or expired access token gets."""
    if family == "events":
        message = "invalid_token: The request token failed to authenticate or validate."
        return Refusal(json_answer(401, {"errno": 401, "message": message}))
    message = "This action requires authentication to continue."
    return Refusal(json_answer(401, {"error": "unauthenticated", "error_description": message}))


def dated_unauthenticated() -> Answer:
    """The same for callers that ask for a dated version."""
    return BooksError(401, 1003, _NOT_AUTHORIZED).dated_answer()


def forbidden(family: Family, message: str = _NOT_AUTHORIZED, errno: int = 1003) -> Exception:
    """The token is good, but not for this."""
    if family == "accounting":
        return BooksError(403, errno, message)
    number = 403 if errno == 1003 else errno
    return Refusal(json_answer(403, {"errno": number, "message": message}))


def unprocessable(details: list[str]) -> Refusal:
    """The events family's answer to what it understands and cannot do."""
    message = "The request was well-formed but was unable to be followed due to semantic errors."
    return Refusal(json_answer(422, {"errno": 422, "message": message, "details": details}))
