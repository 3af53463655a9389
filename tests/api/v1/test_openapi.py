"""The description of the API: valid, with examples, and with an operation for everything a page does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from api.v1.description import TAGS
from api.v1.factory import PREFIX
from api.v1.schema import Page, Schema
from tests.api.access.routes import walk

PAGES = {
    "POST /m/{code}/projects": "create_project",
    "POST /m/{code}/projects/{project_id}": "change_project",
    "POST /m/{code}/projects/{project_id}/archive": "archive_project",
    "POST /m/{code}/projects/{project_id}/reopen": "reopen_project",
    "POST /m/{code}/projects/{project_id}/uploads": "create_upload",
    "POST /m/{code}/projects/{project_id}/uploads/{upload_id}/cancel": "cancel_upload",
    "POST /m/{code}/projects/{project_id}/uploads/{upload_id}/retry": "retry_upload",
    "POST /m/{code}/projects/{project_id}/reidentify": "reidentify_project",
    "POST /m/{code}/shapes/{shape_id:int}/decisions": "create_decision",
    "POST /m/{code}/decisions/{decision_id:int}/withdrawal": "withdraw_decision",
    "POST /m/{code}/projects/{project_id}/bulk": "start_bulk_confirmation",
    "POST /m/{code}/bulk/{bulk_id}/judge": "judge_bulk_sample",
    "POST /m/{code}/bulk/{bulk_id}/confirm": "confirm_bulk_confirmation",
    "POST /m/{code}/bulk/{bulk_id}/abandon": "abandon_bulk_confirmation",
    "POST /m/{code}/people": "add_member",
    "POST /m/{code}/people/{user_id}/role": "change_member_role",
    "POST /m/{code}/people/{user_id}/remove": "remove_member",
    "POST /m/{code}/people/{user_id}/reset": "reset_member_password",
    "POST /m/{code}/people/{user_id}/unlock": "unlock_member",
    "POST /account/tokens": "create_token",
    "POST /account/tokens/{token_id}/revoke": "revoke_token",
    "POST /operate/municipalities": "create_municipality",
    "POST /operate/municipalities/{code}/name": "rename_municipality",
    "POST /operate/accounts": "create_account",
    "POST /operate/accounts/{user_id}/reset": "reset_account_password",
    "POST /operate/accounts/{user_id}/disable": "disable_account",
    "POST /operate/accounts/{user_id}/enable": "enable_account",
    "POST /operate/accounts/{user_id}/unlock": "unlock_account",
    "POST /operate/accounts/{user_id}/role": "grant_role",
    "POST /operate/status/jobs/{job_id}/retry": "retry_job",
    "POST /operate/status/jobs/{job_id}/cancel": "cancel_job",
}
"""What the pages write, and the operation that does the same."""

BROWSER_ONLY = {
    "POST /login", "POST /logout", "POST /account/password", "POST /account/logins/{session_id}/revoke",
    "POST /account/logins/revoke-others",
}  # fmt: skip
"""Logins and passwords: a program has a token."""


@pytest.fixture
def document(app) -> dict:
    return app.openapi()


def operations(document) -> Iterator[tuple[str, dict]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_write_of_a_page_has_an_operation(app, document):
    known = {operation["operationId"] for _, operation in operations(document)}
    assert set(PAGES.values()) <= known
    written = {
        str(route) for route in walk(app) if route.method != "GET" and not route.path.startswith("/api/")
    }
    policy = {each for each in written if "/policy" in each}  # with the pages on policies
    assert written - policy - BROWSER_ONLY - set(PAGES) == set()


def test_paths_names_and_tags(document):
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(ids) == len(set(ids)) >= 64
    tags = {each["name"] for each in TAGS}
    for name, operation in operations(document):
        assert name.partition(" ")[2].startswith(PREFIX)
        assert set(operation["tags"]) <= tags, name
        assert operation["summary"] and operation["description"], name
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"])


def test_every_operation_says_how_to_log_in_and_what_may_go_wrong(document):
    shape = {"$ref": "#/components/schemas/ProblemAnswer"}
    for name, operation in operations(document):
        assert operation["security"] == [{"token": []}, {"session": []}], name
        problems = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
        assert {"401", "403", "404", "422"} <= set(problems), name
        for each in problems.values():
            assert each["content"]["application/json"]["schema"] == shape, name
        if "requestBody" in operation:
            assert "413" in problems, name


def test_every_schema_is_one_and_its_examples_fit_it(document):
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        whole = schema | {"components": document["components"]}
        for example in schema.get("examples", []):
            Draft202012Validator(whole).validate(example)
        if schema["type"] == "object" and name != "Body_identify_one":
            assert schema["examples"], name


def test_every_body_has_an_example(document):
    for name, operation in operations(document):
        bodies = [operation.get("requestBody", {}).get("content", {})]
        bodies += [each.get("content", {}) for each in operation["responses"].values()]
        for content in bodies:
            for media, body in content.items():
                if media == "application/json":
                    assert "$ref" in body["schema"], name
                elif media == "multipart/form-data" and "$ref" not in body["schema"]:
                    assert body["schema"]["examples"], name


def test_examples_are_read_by_the_models_themselves():
    models = list(_models(Schema))
    assert len(models) > 60
    for model in models:
        model.model_validate(model.example())


def _models(base) -> Iterator[type[Schema]]:
    for model in base.__subclasses__():
        if model is not Page and not model.__name__.endswith(("Query", "Filter", "SortedShapes")):
            yield model
        yield from _models(model)


def test_the_page_loads_nothing_from_elsewhere(client_of):
    answer = client_of("").get(f"{PREFIX}/docs")
    assert answer.status_code == 200
    assert "unsafe" not in answer.headers["content-security-policy"]
    addresses = re.findall(r'(?:src|href|data-url)="([^"]+)"', answer.text)
    assert all(each.startswith(("/static/", "/api/v1/", "/")) and "//" not in each for each in addresses)
    for each in addresses:
        if each.startswith(("/static/", "/api/")):
            assert client_of("").get(each).status_code == 200, each
    assert not re.search(r"<script(?![^>]*src=)|style=|onload=", answer.text)
