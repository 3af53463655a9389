"""Puts the guards around the application."""

from __future__ import annotations

from fastapi import FastAPI

from api.services import Services


def install(app: FastAPI, services: Services) -> None:
    """Add middleware and error handlers.

    Parameters
    ----------
    app : FastAPI
    services : Services
        Limits and secrets come from its settings.
    """
