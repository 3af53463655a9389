"""Puts health, metrics and logs around the application."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.errors import ForbiddenError
from api.ops import health
from api.ops.metrics import Meters
from api.ops.observers import check_observer
from api.ops.requests import Requests
from api.security.problem import problem_of
from api.services import Services

router = APIRouter(include_in_schema=False)


def install(app: FastAPI, services: Services) -> None:
    """Add ``/healthz``, ``/metrics``, and the log line of each request; call it after the guards.

    Parameters
    ----------
    app : FastAPI
    services : Services
    """
    meters = Meters(services)
    app.state.meters = meters
    app.include_router(router)
    app.add_middleware(Requests, meters=meters)


@router.get("/healthz")
def show_health(
    request: Request,
    deep: Annotated[bool, Query(description="参照セット・ディスク・worker も見る。")] = False,
) -> Response:
    """Say whether the application serves; with ``deep``, also whether it has all it needs."""
    services: Services = request.app.state.services
    if deep:
        try:
            check_observer(request, services.settings)
        except ForbiddenError as error:
            return _refused(error)
    reasons = health.failing_deep(services) if deep else health.failing(services)
    body: dict[str, Any] = {"status": "failing", "reasons": reasons} if reasons else {"status": "ok"}
    return JSONResponse(body, 503 if reasons else 200)


@router.get("/metrics")
def show_metrics(request: Request) -> Response:
    """Give the measurements in Prometheus's text format."""
    services: Services = request.app.state.services
    try:
        check_observer(request, services.settings)
    except ForbiddenError as error:
        return _refused(error)
    meters: Meters = request.app.state.meters
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)


def _refused(error: ForbiddenError) -> Response:
    """Answer a program: who asks here is no person, whatever the address."""
    problem = problem_of(error)
    return JSONResponse(problem.as_json(), problem.status)
