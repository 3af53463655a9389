"""The answer to a request that failed: JSON for programs, a page for people, the login for who is not in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.security.problem import Problem

ErrorPage = Callable[[Request, Problem], Response]
"""Shows a problem to a person; the application sets ``app.state.error_page``."""

LOGIN, FIRST_PASSWORD = "/login", "/account/password"
_LONGEST_NEXT = 2000


def answer(request: Request, problem: Problem) -> Response:
    """Make the answer.

    Parameters
    ----------
    request : Request
        Below ``/api/`` the answer is JSON, else a page.
    problem : Problem

    Returns
    -------
    Response
        A page that asks for a login leads to it, and back again afterwards.
    """
    if request.url.path.startswith("/api/"):
        return JSONResponse(problem.as_json(), problem.status, headers=dict(problem.headers))
    instead = _instead(request, problem)
    if instead:
        if request.headers.get("hx-request") == "true":
            return Response(status_code=problem.status, headers={"HX-Redirect": instead})
        if request.headers.get("sec-fetch-dest", "document") == "document":
            return RedirectResponse(instead, 303)
    page: ErrorPage = request.app.state.error_page
    response = page(request, problem)
    response.headers.update(problem.headers)
    return response


def local_path(text: str) -> str:
    r"""Return an address if it lies within this application, else an empty string.

    Parameters
    ----------
    text : str
        From outside: a ``next`` parameter. Browsers read ``//host`` and ``/\\host`` as other sites.
    """
    is_local = (
        text.startswith("/")
        and not text.startswith("//")
        and "\\" not in text
        and len(text) <= _LONGEST_NEXT
        and all(" " < character < "\x7f" for character in text)
    )
    return text if is_local else ""


def _instead(request: Request, problem: Problem) -> str:
    if problem.code == "password-change-required":
        return FIRST_PASSWORD
    if problem.status != 401:
        return ""
    back = local_path(_wanted(request))
    return LOGIN if back in {"", "/", LOGIN} else f"{LOGIN}?next={quote(back, safe='/')}"


def _wanted(request: Request) -> str:
    """Return the page that the person was at or going to: after a write, there is none."""
    if request.headers.get("hx-request") == "true":
        try:
            url = urlsplit(request.headers.get("hx-current-url", ""))
        except ValueError:
            return ""
        path, query = url.path, url.query
    elif request.method == "GET":
        path, query = request.scope.get("raw_path", b"").decode("latin-1"), request.url.query
    else:
        return ""
    return f"{path}?{query}" if query else path
