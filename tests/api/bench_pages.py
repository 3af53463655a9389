"""Measures how long the pages take with as many shapes as a large municipality has.

    python -m tests.api.bench_pages [SHAPES] [DATABASE_URL]

Fills a fresh SQLite database, or an empty PostgreSQL one, and asks for each page as a browser would, without
the network. Says the median and the slowest of some requests, and the processor time: on a busy machine the
fairer number.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from fastapi.testclient import TestClient

from api.access.current import current_actor
from api.app import create_app
from api.domain.rights import Actor, Role
from api.services import Services
from api.settings import ServerSettings
from api.store.database import Database
from api.store.migrate import upgrade
from api.store.models import Membership, Municipality, User
from tests.api.large import fill

ROUNDS = 9
CODE = "131016"
PAGES = (
    ("first page", "/"),
    ("project", "/m/{code}/projects/{project}"),
    ("list", "/m/{code}/projects/{project}/shapes"),
    ("list, least sure first", "/m/{code}/projects/{project}/shapes?sort=confidence"),
    ("list, by code", "/m/{code}/projects/{project}/shapes?sort=code"),
    ("list, by class", "/m/{code}/projects/{project}/shapes?sort=class"),
    ("list, disputed and auto", "/m/{code}/projects/{project}/shapes?states=disputed&review=auto"),
    ("list, a code", "/m/{code}/projects/{project}/shapes?text=U%2BF80"),
    ("list, a file name", "/m/{code}/projects/{project}/shapes?text=nothing"),
    ("list, a character", "/m/{code}/projects/{project}/shapes?text=%E8%BE%BB"),
    ("list, a kind submitted", "/m/{code}/projects/{project}/shapes?kinds=2"),
    ("list of all projects", "/m/{code}/shapes"),
    ("small project's list", "/m/{code}/projects/{small}/shapes?sort=code"),
    ("unreadable", "/m/{code}/projects/{project}/unreadable"),
    ("next", "/m/{code}/projects/{project}/next"),
)


def main(shapes: int = 100_000, url: str = "") -> None:
    """Fill a database, then time the pages."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = ServerSettings(data_dir=Path(folder), database_url=url, _env_file=None)
        database = Database(settings.url)
        upgrade(database)
        with database.writing() as session:
            here = Municipality(code=CODE, name="千代田区")
            user = User(login="bench", display_name="bench", must_change_password=False)
            session.add_all([here, user])
            session.flush()
            session.add(Membership(user_id=user.id, municipality_id=here.id, role="second"))
            here_id, user_id = here.id, user.id
        made = fill(database, municipality_id=here_id, user_id=user_id, shapes=shapes, gaiji=shapes * 6 // 5)
        database.close()
        app = create_app(settings)
        services: Services = app.state.services
        actor = Actor(user_id, "bench", {here_id: Role.SECOND}, session_id=1)
        app.dependency_overrides[current_actor] = lambda: actor
        client = TestClient(app, follow_redirects=False)
        _say(f"{shapes:,} shapes, {made.gaiji:,} gaiji, {services.database.url.get_backend_name()}")
        _say(f"{'':26} {'median':>9} {'slowest':>9} {'processor':>9}")
        for title, path in PAGES:
            address = path.format(code=CODE, project=made.large_project, small=made.small_project)
            times = " ".join(f"{1000 * each:6.0f} ms" for each in _times(client, address))
            _say(f"{title:26} {times}")
        client.close()
        services.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _times(client: TestClient, address: str) -> tuple[float, float, float]:
    client.get(address)  # templates are compiled, tables read
    walls, busy = [], []
    for _ in range(ROUNDS):
        wall, processor = time.perf_counter(), time.process_time()
        answer = client.get(address)
        walls.append(time.perf_counter() - wall)
        busy.append(time.process_time() - processor)
        if answer.status_code not in (200, 303):
            raise SystemExit(f"{address}: {answer.status_code}")
    return statistics.median(walls), max(walls), statistics.median(busy)


if __name__ == "__main__":
    main(*([int(sys.argv[1])] if len(sys.argv) > 1 else []), *sys.argv[2:3])
