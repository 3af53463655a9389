"""The routers of version 1, in the order of the documentation."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1.routes import (
    bulk,
    characters,
    decisions,
    docs,
    gaiji,
    me,
    members,
    municipality,
    operate,
    projects,
    reports,
    shapes,
    uploads,
)

_MODULES = (
    me, municipality, projects, uploads, shapes, decisions, bulk, gaiji, reports, members, characters,
    operate, docs,
)  # fmt: skip


def routers() -> tuple[APIRouter, ...]:
    """Return them; each has its paths below ``/api/v1``."""
    return tuple(module.router for module in _MODULES)
