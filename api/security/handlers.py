"""Every error that a route raises leaves in the one shape."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.security.answer import answer
from api.security.problem import problem_of
from engine.errors import GaijiError


def handle_errors(app: FastAPI) -> None:
    """Register the handlers; what they do not know is :mod:`api.security.failures`'s."""
    for kind in (GaijiError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    return answer(request, problem_of(error))
