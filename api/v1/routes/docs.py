"""The documentation as a page: Swagger UI, from this server alone; it holds no data, so all may read it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages.templates import page

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/docs")
def show_docs(request: Request) -> HTMLResponse:
    """Show the documentation."""
    return page(request, "v1/docs.html")
