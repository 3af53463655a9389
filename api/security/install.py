"""Puts the guards around the application."""

from __future__ import annotations

from fastapi import FastAPI

from api.security.answer import ErrorPage
from api.security.handlers import handle_errors
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
    """
    app.state.error_page = error_page
    handle_errors(app)
