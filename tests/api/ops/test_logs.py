"""The log: one line for a request, and never a name, whatever is sent and whatever breaks."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from sqlalchemy import text

from api.ops.logs import told
from api.ops.requests import NO_ROUTE
from tests.api.clients import ORIGIN, stranger

MARKER = "山田花子"
ASCII_MARKER = "yamada-hanako-4711"


def _raw(lines) -> str:
    """The lines as they would be read, escapes undone."""
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


def test_a_request_is_one_line_with_who_where_and_how_long(client_of, log_lines, people):
    client_of("first").get("/account?tab=1")
    (line,) = [each for each in log_lines() if each["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/account", 200)
    assert line["user"] == people["first"] and line["municipality"] is None
    assert line["ms"] >= 0 and len(line["request_id"]) == 32 and line["at"].endswith("+00:00")
    assert set(line) == {
        "at", "level", "logger", "event",
        "method", "route", "status", "ms", "request_id", "user", "municipality",
    }  # fmt: skip


def test_the_line_has_the_request_id_of_the_answer(app, log_lines):
    answer = stranger(app).get("/login")
    assert log_lines()[-1]["request_id"] == answer.headers["x-request-id"]


def test_the_municipality_is_told_by_its_code(client_of, log_lines):
    client_of("admin").get("/m/131016/people")
    assert log_lines()[-1]["municipality"] == "131016"
    assert log_lines()[-1]["route"] == "/m/{code}/people"


def test_what_no_route_serves_and_what_a_guard_refuses_is_logged_without_its_path(app, log_lines):
    client = stranger(app)
    client.get(f"/{ASCII_MARKER}")
    client.post("/login", headers={"Origin": "http://evil.example"})
    assert [(line["route"], line["status"]) for line in log_lines()] == [(NO_ROUTE, 404), (NO_ROUTE, 403)]


@pytest.mark.parametrize("marker", [MARKER, ASCII_MARKER])
def test_a_name_sent_in_any_place_is_in_no_line(app, client_of, log_lines, marker):
    @app.get("/broken/{what}")
    def broken(what: str) -> None:
        local_name = what
        raise ValueError(f"cannot read {local_name} of {marker}")

    @app.post("/broken-sql")
    def broken_sql() -> None:
        with app.state.services.database.reading() as session:
            session.execute(text("SELECT :name FROM no_such_table"), {"name": marker})

    @app.get("/library")
    def library() -> None:
        logging.getLogger("somebody.else").warning("cannot parse %s", marker)
        logging.getLogger("somebody.else").error(f"formatted already: {marker}")

    client = client_of("first")
    raw = marker.encode()
    client.post("/login", data={"login": marker, "password": marker})
    client.post("/login", json={"login": marker})
    client.get("/", params={"q": marker, marker: "1"})
    client.get(f"/{marker}")
    client.get(f"/m/{marker}/shapes")
    client.get("/m/131016/shapes", params={"reading": marker, "page": marker})
    for name in ("User-Agent", "Referer", "X-Forwarded-For", "X-Request-Id", "X-Gaiji-Proxy-User"):
        client.get("/login", headers={name: raw})
    client.get("/", headers={"Authorization": b"Bearer " + raw})
    stranger(app).get("/", headers={"Cookie": b"gaiji_session=" + raw})
    client.get("/login", headers={"Host": f"{ASCII_MARKER}.example"})
    client.request(ASCII_MARKER.upper(), "/login")
    client.post("/m/131016/projects/1/uploads", files={"file": (f"{marker}.ttf", raw, "font/ttf")})
    client.post("/account/password", data={"present": marker, "fresh": marker, "again": marker})
    calm = stranger(app, raise_server_exceptions=False)
    assert calm.get(f"/broken/{marker}?name={marker}").status_code == 500
    assert calm.post("/broken-sql", data={"name": marker}).status_code == 500
    assert client.get("/library").status_code == 200

    lines = log_lines()
    assert len(lines) >= 17
    assert marker.lower() not in _raw(lines).lower()


def test_an_unexpected_error_is_told_by_kind_and_place(app, log_lines):
    @app.get("/broken")
    def broken() -> None:
        try:
            raise KeyError(MARKER)
        except KeyError as error:
            raise ValueError(MARKER) from error

    answer = stranger(app, raise_server_exceptions=False).get("/broken")
    (line,) = log_lines()
    assert (line["event"], line["level"], line["status"]) == ("request failed", "error", 500)
    assert line["request_id"] == answer.headers["x-request-id"]
    first, cause = line["error"]
    assert (first["kind"], cause["kind"]) == ("builtins.ValueError", "builtins.KeyError")
    assert first["trace"][-1].split("/")[-1].startswith("test_logs.py:")
    assert first["trace"][-1].endswith(" broken")


def test_the_server_does_not_tell_an_error_again_with_its_message(log_lines):
    try:
        raise ValueError(MARKER)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s", "http://127.0.0.1:8000")
    assert [line["event"] for line in log_lines()] == ["Uvicorn running on http://127.0.0.1:8000"]


def test_a_thread_that_dies_is_logged(log_lines):
    def die() -> None:
        raise ValueError(MARKER)

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    (line,) = log_lines()
    assert line["error"][0]["kind"] == "builtins.ValueError" and MARKER not in _raw([line])


def test_an_error_that_is_its_own_cause_ends():
    error = ValueError("a")
    error.__cause__ = KeyError("b")
    error.__cause__.__cause__ = error
    assert [each["kind"] for each in told(error)] == ["builtins.ValueError", "builtins.KeyError"]


def test_the_lines_are_ascii_for_any_console(log_lines, capfd):
    logging.getLogger("gaiji.test").info("外字")
    assert log_lines()[-1]["event"] == "外字"


def test_origin_is_what_the_tests_say(app):
    """The marker test relies on writes reaching their routes."""
    assert stranger(app).post("/login", data={}).status_code != 403
    assert ORIGIN == "http://testserver"
