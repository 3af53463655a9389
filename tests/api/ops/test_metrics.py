"""/metrics: who may see it, that routes stay templates, that the counts are right and cheap."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from api.app import create_app
from api.audit.record import record
from api.jobs.heartbeat import note
from api.ops.facts import FactFinder
from api.ops.metrics import Meters
from api.settings import ServerSettings
from api.store.database import Database
from api.store.models import AuditEvent, Decision, LoginSession, Upload
from api.store.types import now

TOKEN = "k3J9x-Zq8wPv_T2mNfLrY7bHcDgS5aEu"


def values(text: str) -> dict[tuple[str, ...], float]:
    """Samples by name and the values of the labels, in the order of their names."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def decision(shape_id: int, people, stage: str, **more) -> Decision:
    return Decision(
        shape_id=shape_id, municipality_id=people["here"], user_id=people["first"], stage=stage,
        verdict="字形一致", mj="GJ000001", shape_version=1, **more,
    )  # fmt: skip


def test_strangers_see_no_metrics(app, client_of):
    for client in (client_of(""), client_of("operator")):
        answer = client.get("/metrics")
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "forbidden"
        assert "gaiji_" not in answer.text


def test_who_comes_through_a_proxy_on_this_machine_is_not_local(local):
    assert local.get("/metrics").status_code == 200
    for headers in (
        {"X-Forwarded-For": "10.1.2.3"},
        {"Forwarded": "for=10.1.2.3"},
        {"X-Real-IP": "10.1.2.3"},
        {"Host": "gaiji.example.lg.jp"},
    ):
        assert local.get("/metrics", headers=headers).status_code == 403


def test_the_token_opens_it_from_anywhere_and_only_the_right_one(server_settings, services, tiny_settings):
    settings = server_settings.model_copy(
        update={"metrics_token": ServerSettings(metrics_token=TOKEN, _env_file=None).metrics_token}
    )
    with TestClient(create_app(settings, tiny_settings)) as client:
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        for wrong in (TOKEN[:-1], "", TOKEN.swapcase()):
            assert client.get("/metrics", headers={"Authorization": f"Bearer {wrong}"}).status_code == 403


def test_no_token_is_right_where_none_is_set(client_of):
    assert client_of("").get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403


def test_requests_are_counted_by_template(app, local, client_of):
    inner = APIRouter(prefix="/inner")

    @inner.get("/{thing}")
    def serve(thing: str) -> str:
        return thing

    app.include_router(inner, prefix="/api/v1/outer")
    client = client_of("")
    for thing in "abc":
        assert client.get(f"/api/v1/outer/inner/{thing}").status_code == 200
    client.get("/static/app.css")
    client.get("/static/nowhere.css")
    client.get("/somewhere/else")
    client.request("BREW", "/login")
    found = values(local.get("/metrics").text)
    counted = {key[1:]: value for key, value in found.items() if key[0] == "gaiji_http_requests_total"}
    assert counted[("GET", "/api/v1/outer/inner/{thing}", "200")] == 3
    assert counted[("GET", "/static/…", "200")] == 1
    assert counted[("GET", "/static/…", "404")] == 1
    assert counted[("GET", "(none)", "404")] == 1
    assert {method for method, _route, _status in counted} <= {"GET", "OTHER"}
    assert found[("gaiji_http_request_seconds_count", "GET", "/api/v1/outer/inner/{thing}")] == 3


def test_too_many_logins_are_counted(services, server_settings, tiny_settings, people):
    app = create_app(server_settings.model_copy(update={"login_rate": "1/hour"}), tiny_settings)
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        for _ in range(3):
            client.post(
                "/login", data={"login": "x1", "password": "y"}, headers={"Origin": "http://127.0.0.1"}
            )
        found = values(client.get("/metrics").text)
    assert found[("gaiji_rate_limited_total", "/login")] == 2
    assert found[("gaiji_login_failures_total",)] == 1


def test_each_application_has_its_own_registry(services):
    first, second = Meters(services), Meters(services)
    first.count("/x", "GET", 200, 0.1)
    assert (
        second.registry.get_sample_value(
            "gaiji_http_requests_total", {"route": "/x", "method": "GET", "status": "200"}
        )
        is None
    )


def test_what_the_database_says(services, people, material, local):
    shapes = material.shapes(3)
    project_id, upload_id = material.project()
    at = now()
    with services.database.writing() as session:
        session.add_all([decision(each, people, "first") for each in shapes])
        session.add(decision(shapes[0], people, "second"))
        upload = session.get_one(Upload, upload_id)
        upload.state, upload.total, upload.done, upload.failed = "running", 100, 40, 2
        for state in ("queued", "queued", "failed", "done"):
            session.add(
                Upload(
                    municipality_id=people["here"], project_id=project_id, name="a", size=1,
                    sha256="0" * 64, state=state, total=10, done=10 if state == "done" else 0,
                )
            )  # fmt: skip
        for number, more in enumerate(
            ({}, {"revoked_at": at}, {"expires_at": at - timedelta(1)}, {"seen_at": at - timedelta(hours=3)})
        ):
            values_ = {"expires_at": at + timedelta(hours=1), "seen_at": at} | more
            session.add(LoginSession(token_digest=f"{number:064}", user_id=people["first"], **values_))
        note(session, "worker", {})
    found = values(local.get("/metrics").text)
    assert found[("gaiji_decisions_total", "first")] == 3
    assert found[("gaiji_decisions_total", "second")] == 1
    assert found[("gaiji_decisions_total", "conference")] == 0
    states = {"queued": 2, "running": 1, "done": 1, "failed": 1, "cancelled": 0}
    assert {state: found[("gaiji_uploads", state)] for state in states} == states
    assert found[("gaiji_queue_length",)] == 2
    assert found[("gaiji_queue_glyphs",)] == 60 + 20
    assert found[("gaiji_glyphs_identified_total",)] == 50
    assert found[("gaiji_glyphs_unreadable_total",)] == 2
    assert found[("gaiji_sessions_active",)] == 1
    assert 0 <= found[("gaiji_worker_heartbeat_age_seconds",)] < 30
    assert ("gaiji_backup_age_seconds",) not in found
    assert found[("gaiji_database_bytes",)] > 100_000
    assert found[("gaiji_disk_total_bytes",)] > found[("gaiji_disk_free_bytes",)] > 0
    assert found[("gaiji_database_up",)] == 1


def test_without_the_database_the_rest_is_told(services, tmp_path):
    services.close()
    services.__dict__["database"] = Database(f"sqlite:///{(tmp_path / 'no' / 'such.db').as_posix()}")
    registry = Meters(services).registry
    assert registry.get_sample_value("gaiji_database_up") == 0
    assert registry.get_sample_value("gaiji_disk_free_bytes") > 0


# --- Counting only what is new ---


def test_old_rows_are_counted_once_and_new_ones_each_time(services, people, material):
    shapes = material.shapes(6)
    old, finder = now() - timedelta(hours=1), FactFinder(services, fresh_s=0)
    with services.database.writing() as session:
        session.add_all([decision(each, people, "first", created_at=old) for each in shapes[:3]])
        session.add(AuditEvent(action="login.failed", at=old))
    assert finder.facts().decisions == {"first": 3}
    assert finder.facts().login_failures == 1
    with services.database.writing() as session:
        session.add(decision(shapes[3], people, "first"))
        session.add(decision(shapes[0], people, "second"))
        record(session, "login.failed", actor=None)
        record(session, "login.made", actor=None)
    for _ in range(2):
        assert finder.facts().decisions == {"first": 4, "second": 1}
        assert finder.facts().login_failures == 2


def test_a_young_row_before_an_old_one_is_not_lost(services, people, material):
    (shape,) = material.shapes(1)
    old, finder = now() - timedelta(hours=1), FactFinder(services, fresh_s=0)
    with services.database.writing() as session:
        session.add(decision(shape, people, "first"))
        session.flush()
        session.add(decision(shape, people, "first", created_at=old))
    assert [finder.facts().decisions for _ in range(3)] == [{"first": 2}] * 3


def test_what_was_counted_is_not_read_again(services, people, material):
    (shape,) = material.shapes(1)
    old, finder = now() - timedelta(hours=1), FactFinder(services, fresh_s=0)
    with services.database.writing() as session:
        session.add_all([decision(shape, people, "first", created_at=old) for _ in range(20)])
    finder.facts()
    bounds = []

    @event.listens_for(services.database.engine, "before_cursor_execute")
    def look(_connection, _cursor, statement, parameters, _context, _many):
        if "FROM decision" in statement and "count" in statement:
            bounds.append(tuple(parameters.values()) if isinstance(parameters, dict) else tuple(parameters))

    finder.facts()
    assert bounds == [(20,)]


def test_the_database_is_asked_at_most_every_fifteen_seconds(services):
    finder = FactFinder(services)
    first = finder.facts()
    assert finder.facts() is first
    finder._looked -= 16
    assert finder.facts() is not first
