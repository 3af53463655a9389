"""What can go wrong in a request: one tree, one JSON shape, and a Japanese sentence that says what to do.

Every error leaves the application as ``{"error": {"code", "message", "details", "request_id"}}``, or as the
page ``error.html`` where a person asked for a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import GaijiError


class ApiError(GaijiError):
    """Base of the errors that the review application raises on purpose.

    Attributes
    ----------
    code : str
        Stable identifier in kebab-case.
    status : int
        HTTP status.
    details : mapping
        What a program needs to react; never personal data.
    """

    code = "bad-request"
    status = 400

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details: Mapping[str, Any] = details or {}


class InvalidError(ApiError):
    """A value is missing, malformed or out of range."""

    code = "invalid"
    status = 422


class UnauthenticatedError(ApiError):
    """Nobody is logged in, or the login has ended."""

    code = "unauthenticated"
    status = 401


class PasswordChangeError(ApiError):
    """The first password must be changed before anything else."""

    code = "password-change-required"
    status = 403


class ForbiddenError(ApiError):
    """Logged in, but this role may not do it."""

    code = "forbidden"
    status = 403


class NotFoundError(ApiError):
    """There is no such thing, or it belongs to another municipality: the two look the same from outside."""

    code = "not-found"
    status = 404


class ConflictError(ApiError):
    """Somebody else was faster, or the state does not allow it (any more)."""

    code = "conflict"
    status = 409


class StaleError(ConflictError):
    """The version that was decided on is not the current one."""

    code = "stale-version"


class TooLargeError(ApiError):
    """A body, file or number of things is beyond the limit."""

    code = "too-large"
    status = 413


class UnsupportedError(ApiError):
    """The content is of no kind that can be read here."""

    code = "unsupported-media"
    status = 415


class RateLimitError(ApiError):
    """Too many requests; ``details["retry_after_s"]`` says how long to wait."""

    code = "rate-limited"
    status = 429


class UnavailableError(ApiError):
    """Something that is needed is not there right now: disk space, the reference set, the worker."""

    code = "unavailable"
    status = 503
