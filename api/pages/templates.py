"""Rendering: one Jinja2 environment, escaping everything, with what every page needs."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

import engine
from api.domain.japan import JAPAN, day_of
from api.domain.rights import Action, Actor, Role
from api.domain.standing import SecondReview, Stage, State
from engine.result import Review, Subclass, Verdict

if TYPE_CHECKING:
    from api.access.place import Place

FOLDER = Path(__file__).resolve().parent.parent / "templates"

_NOTHING = "—"


@cache
def environment() -> Environment:
    """Return the environment, made once.

    Filters: ``count`` (``1,234``), ``percent`` (``97.2 %``), ``when`` (date and time in Japan), ``day``,
    ``bytes`` (``1.2 MB``), ``code_points`` (``U+9089_E010F``).
    Globals: ``asset(path)`` and the enumerations that templates compare with.
    """
    from engine.reference.codes import to_code

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": in_thousands,
        "percent": percent,
        "when": when,
        "day": day,
        "bytes": size,
        "code_points": to_code,
    }
    environment.globals |= {
        "asset": asset,
        "Action": Action,
        "Review": Review,
        "Role": Role,
        "SecondReview": SecondReview,
        "Stage": Stage,
        "State": State,
        "Subclass": Subclass,
        "Verdict": Verdict,
    }
    return environment


def page(
    request: Request,
    name: str,
    /,
    *,
    status: int = 200,
    actor: Actor | None = None,
    place: Place | None = None,
    **values: Any,
) -> HTMLResponse:
    """Render a template as the answer to a request.

    Parameters
    ----------
    request : Request
        Templates see it as ``request``.
    name : str
        Path below ``api/templates``.
    status : int
        HTTP status.
    actor : Actor, optional
        Who is logged in, for the head of the page; the one in ``place`` if left out.
    place : Place, optional
        The municipality that was entered.
    **values
        What else the template shows.
    """
    actor = actor or (place.actor if place else None)
    text = environment().get_template(name).render(request=request, actor=actor, place=place, **values)
    return HTMLResponse(text, status_code=status)


def asset(path: str) -> str:
    """Return the address of a file below ``api/static``; it changes with the version of the application."""
    return f"/static/{path}?v={engine.__version__}"


def in_thousands(value: int | None) -> str:
    """Return ``1,234``; a dash for None."""
    return _NOTHING if value is None else f"{value:,}"


def percent(share: float | None, digits: int = 1) -> str:
    """Return ``97.2 %`` for 0.972; never 100 for less than all. A dash for None."""
    if share is None:
        return _NOTHING
    unit = 10.0**-digits
    value = round(100 * share, digits)
    if share < 1:
        value = min(value, 100 - unit)
    return f"{value:.{digits}f} %"


def when(at: datetime | None) -> str:
    """Return ``2026-04-01 13:05`` on a clock in Japan; a dash for None."""
    return _NOTHING if at is None else f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M}"


def day(at: datetime | None) -> str:
    """Return ``2026-04-01`` on a calendar in Japan; a dash for None."""
    return _NOTHING if at is None else day_of(at).isoformat()


def size(value: int | None) -> str:
    """Return a number of bytes as ``1.2 MB``; a dash for None."""
    if value is None:
        return _NOTHING
    amount = float(value)
    for unit in ("バイト", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "バイト" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"
