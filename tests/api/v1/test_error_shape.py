"""Every error of every route has the one shape: JSON below ``/api/``, a page for people elsewhere."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.access.routes import walk
from tests.api.clients import log_in, stranger
from tests.api.conftest import HERE

_NOWHERE = 10**9 + 7
_WORDS = {"code": HERE, "mj": "ZZ999999", "format": "csv", "suffix": "csv", "topic": "none", "name": "none"}


def check(answer) -> None:
    """An error of the API is JSON with code, Japanese sentence, details and request id, nothing else."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details", "request_id"}
    assert body["error"]["request_id"] == answer.headers["X-Request-Id"]
    assert isinstance(body["error"]["details"], dict)
    assert any("\u3040" <= each <= "\u9fff" for each in body["error"]["message"])


@pytest.fixture
def api(app):
    return [route for route in walk(app) if route.path.startswith("/api/") and "docs" not in route.path]


def address(route) -> str:
    return route.at({name: _WORDS.get(name, _NOWHERE) for name in route.names})


def test_a_stranger(app, api):
    client = stranger(app)
    for route in api:
        if route.path.endswith("openapi.json"):
            continue
        answer = client.request(route.method, address(route))
        assert answer.status_code == 401, str(route)
        check(answer)


def test_what_is_not_there_or_makes_no_sense(client_of, api):
    admin, seen = client_of("admin"), set()
    for route in api:
        answer = admin.request(
            route.method, address(route), json={"nonsense": 1} if route.method != "GET" else None
        )
        if answer.status_code >= 400:
            check(answer)
            seen.add(answer.status_code)
    assert {403, 404, 422, 415} <= seen


def test_another_method(client_of, api):
    admin = client_of("admin")
    for path in {route.path for route in api}:
        known = {route.method for route in api if route.path == path}
        route = next(route for route in api if route.path == path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
            answer = admin.request(method, address(route))
            assert answer.status_code == 405, f"{method} {path}"
            assert answer.headers["Allow"]
            check(answer)


def test_no_route_at_all(client_of):
    for path in ("/api/v1/nothing", "/api/v2/me", "/api/v1/municipalities/12", "/api/v1/mj/x"):
        answer = client_of("admin").get(path)
        assert answer.status_code == 404
        check(answer)


def test_a_body_that_is_no_json(client_of):
    answer = client_of("admin").post(
        f"/api/v1/municipalities/{HERE}/projects", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    check(answer)


def test_what_nobody_expected(app, services, people, api, monkeypatch):
    """Each route fails inside, and says nothing of it."""
    client = log_in(TestClient(app, raise_server_exceptions=False), services, people["viewer"])

    def broken(*_args, **_kwargs):
        raise RuntimeError("the inside")

    monkeypatch.setattr("api.v1.routes.projects.projects.of_municipality", broken)
    answer = client.get(f"/api/v1/municipalities/{HERE}/projects")
    assert answer.status_code == 500
    check(answer)
    assert "inside" not in answer.text


def test_people_get_a_page(client_of):
    answer = client_of("admin").get(f"/m/{HERE}/projects/{_NOWHERE}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["X-Request-Id"] in answer.text
