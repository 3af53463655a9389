"""The application, made by a factory: nothing is opened or read at import."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import engine
from api.jobs.queue import Doorbell
from api.ops import install as ops
from api.pages import (
    account,
    audit,
    bulk,
    decide,
    error,
    home,
    login,
    operate,
    people,
    policy,
    progress,
    projects,
    shapes,
    status,
)
from api.pages import (
    help as help_pages,
)
from api.pictures import routes as pictures
from api.pictures.ahead import open_ahead
from api.security import install as security
from api.services import Services
from api.settings import ServerSettings
from api.store.migrate import check_schema
from api.v1.description import describe
from api.v1.routers import routers
from engine.settings import Settings

_STATIC = Path(__file__).resolve().parent / "static"
_PAGES = (
    home, login, account, projects, shapes, decide, bulk, progress, people, policy, audit, operate, status,
    help_pages, pictures,
)  # fmt: skip


def create_app(
    settings: ServerSettings | None = None, engine_settings: Settings | None = None, *, warm: bool = False
) -> FastAPI:
    """Make the review application.

    Parameters
    ----------
    settings : ServerSettings, optional
        From the environment where None.
    engine_settings : Settings, optional
        From the environment where None.
    warm : bool
        Open the reference set beside the start, so that the first person does not wait for it.

    Raises
    ------
    SchemaError
        The database is not migrated to this version; ``gaiji serve`` does it.
    """
    services = Services(settings or ServerSettings(), engine_settings or Settings.from_environment())
    check_schema(services.database)
    services.ring = Doorbell(services.settings.queue_path).ring

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if warm:
            threading.Thread(target=open_ahead, args=(services,), name="warm", daemon=True).start()
        yield
        services.close()

    app = FastAPI(
        title="gaiji 同定確認",
        version=engine.__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    app.state.services = services
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    for module in _PAGES:
        app.include_router(module.router)
    for router in routers():
        app.include_router(router)
    describe(app)
    security.install(app, services, error.show)
    ops.install(app, services)  # outermost: what the guards refuse is counted too
    return app
