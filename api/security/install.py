"""Puts the guards around the application."""

from __future__ import annotations

from fastapi import FastAPI

from api.security.answer import ErrorPage
from api.security.bodies import Bodies
from api.security.failures import Failures
from api.security.handlers import handle_errors
from api.security.headers import Headers
from api.security.hosts import Hosts
from api.security.origins import Origins
from api.security.rates import Rates
from api.security.request_ids import RequestIds
from api.security.turns import Turns
from api.services import Services


def install(app: FastAPI, services: Services, error_page: ErrorPage) -> None:
    """Add middleware and error handlers.

    Parameters
    ----------
    app : FastAPI
    services : Services
        Limits and secrets come from its settings.
    error_page : callable
        Shows a problem to a person.

    Raises
    ------
    UsageError
        A rate limit in the settings is not written as rate limits are.
    """
    settings = services.settings
    app.state.error_page = error_page
    app.state.rates = Rates({"login": settings.login_rate, "identify": settings.identify_rate})
    handle_errors(app)
    # The last one added is the outermost.
    app.add_middleware(Turns)
    app.add_middleware(Bodies, request_bytes=settings.request_bytes, upload_bytes=settings.upload_bytes)
    app.add_middleware(Origins, public_url=settings.public_url)
    app.add_middleware(Hosts, public_url=settings.public_url)
    app.add_middleware(Failures)
    app.add_middleware(Headers, https_only=settings.secure_cookies)
    app.add_middleware(RequestIds)
