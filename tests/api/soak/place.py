"""Where a soak works: a data folder, a database in it or on a PostgreSQL server, made once and copied."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from api.services import Services
from api.settings import ServerSettings
from api.store.migrate import upgrade
from engine.settings import Settings
from tests.api.soak import town
from tests.api.soak.server import free_port

REAL = 4800


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the soaks on a large municipality have in common."""
    parser.add_argument("--shapes", type=int, default=100_000)
    parser.add_argument("--real", type=int, default=REAL, help="shapes with the pages of real gaiji")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; SQLite without it")
    parser.add_argument(
        "--prepared", type=Path, help="SQLite database to begin with; made where there is none, never changed"
    )
    parser.add_argument("-o", "--output", type=Path, help="report as JSON")


@contextlib.contextmanager
def large_town(asked: argparse.Namespace, *, people: int = 20) -> Iterator[Services]:
    """Give an installation with a municipality of 100,000 shapes, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="gaiji-soak-", ignore_cleanup_errors=True) as folder:
        settings = ServerSettings(
            data_dir=Path(folder), database_url=asked.database_url, port=free_port(), _env_file=None
        )
        prepared: Path | None = None if asked.database_url else asked.prepared
        if prepared is not None and prepared.is_file():
            shutil.copyfile(prepared, settings.data_dir / "gaiji.db")
        services = Services(settings, Settings.from_environment())
        try:
            upgrade(services.database)
            if prepared is None or not prepared.is_file():
                town.make(services, shapes=asked.shapes, real=asked.real, people=people)
            if prepared is not None and not prepared.is_file():
                services.database.close()
                shutil.copyfile(settings.data_dir / "gaiji.db", prepared)
            yield services
        finally:
            services.close()
