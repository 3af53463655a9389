"""Rendering: one Jinja2 environment, escaping everything, with what every page needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).resolve().parent.parent / "templates"


@cache
def environment() -> Environment:
    """Return the environment, made once."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template as the answer to a request.

    Parameters
    ----------
    request : Request
        Templates see it as ``request``.
    name : str
        Path below ``api/templates``.
    status : int
        HTTP status.
    **values
        What the template shows.
    """
    text = environment().get_template(name).render(request=request, **values)
    return HTMLResponse(text, status_code=status)
