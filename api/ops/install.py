"""Puts health, metrics and logs around the application."""

from __future__ import annotations

from fastapi import FastAPI

from api.services import Services


def install(app: FastAPI, services: Services) -> None:
    """Add ``/healthz``, ``/metrics``, and the log line of each request."""
