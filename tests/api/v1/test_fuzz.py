"""Everything that the description allows, and much that it does not, is sent to a real server.

A few requests for each operation in the suite; many with ``GAIJI_FUZZ_EXAMPLES=100`` in the environment. What
an administrator of a municipality with data may do is asked with a token; the rest, which no token may, with
the login of an operator.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.access import sessions
from api.domain.rights import Role
from api.pages import progress
from api.review import bulk
from api.review.bulk_set import BulkFilter
from api.store.models import BulkConfirmation
from tests.api.access import world
from tests.api.clients import token_of
from tests.api.conftest import HERE
from tests.api.review.material import place_of

EXAMPLES = int(os.environ.get("GAIJI_FUZZ_EXAMPLES", "2"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
_WORDS = {"code": HERE, "mj": "GJ000001", "token_id": 1}


@pytest.fixture
def server(app, monkeypatch) -> Iterator[str]:
    """Serve the application on a port of its own; streams of events end soon."""
    monkeypatch.setattr(progress, "LONGEST_S", 0.5)
    served = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=served.run, daemon=True)
    thread.start()
    while not served.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{served.servers[0].sockets[0].getsockname()[1]}"
    served.should_exit = True
    thread.join(10)


@pytest.fixture
def credentials(services, people, server):
    """Headers of a program that acts as an administrator, and of an operator's browser."""
    token = token_of(services, "admin", people["here"], Role.ADMIN)
    with services.database.writing() as session:
        login = sessions.begin(session, user_id=people["operator"], settings=services.settings)
    cookie = f"{sessions.cookie_name(services.settings)}={login}"
    return {"Authorization": f"Bearer {token}"}, {"Cookie": cookie, "Origin": server}


def test_no_request_breaks_it_and_every_answer_is_as_described(
    app, services, people, server, credentials, material
):
    known = world.build(services, people, "here", "first")
    known["bulk_id"] = _bulk(services, people, material, known["bulk_id"])
    described = schemathesis.openapi.from_dict(app.openapi())
    wrong: list[str] = []
    count = 0
    for each in described.get_all_operations():
        operation = each.ok()
        by_login = "/operate/" in operation.path or "/tokens" in operation.path
        headers = credentials[by_login]
        names = [name for name in (known | _WORDS) if f"{{{name}}}" in operation.path]
        there = {name: (known | _WORDS)[name] for name in names}
        for strategy in (
            operation.as_strategy(path_parameters=there),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ):
            count += 1
            try:
                _ask(strategy, server, headers)
            except BaseExceptionGroup as error:
                wrong += [f"{operation.label}: {told}" for told in error.exceptions]
            except Exception as error:  # all operations are asked before any of them is told
                wrong.append(f"{operation.label}: {type(error).__name__} {error}")
    assert count >= 2 * 64
    assert wrong == []


def _ask(strategy, server: str, headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES < 10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case) -> None:
        case.headers = {
            name: value
            for name, value in (case.headers or {}).items()
            if name.lower() not in {"authorization", "cookie", "origin"}
        }
        case.cookies = {}
        case.call_and_validate(base_url=server, headers=headers, checks=CHECKS, timeout=30)

    ask()


def _bulk(services, people, material, unfinished: int) -> int:
    """Start a bulk confirmation as people do; the world's own one is a bare row and gets its filter here."""
    material.shapes(2, review="auto")
    with services.database.writing() as session:
        started = bulk.start(session, place=place_of(people, "admin"), chosen=BulkFilter()).id
        row = session.get_one(BulkConfirmation, unfinished)
        row.filter = session.get_one(BulkConfirmation, started).filter
    return started
