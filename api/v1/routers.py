"""The routers of version 1, in the order of the documentation."""

from __future__ import annotations

from fastapi import APIRouter


def routers() -> tuple[APIRouter, ...]:
    """Return them; each has its paths below ``/api/v1``."""
    return ()
