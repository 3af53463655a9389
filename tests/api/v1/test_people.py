"""Members, tokens, accounts, municipalities, the installation; characters and a picture at once."""

from __future__ import annotations

import pytest

from api.security.rates import Rates
from tests.api.clients import with_token
from tests.api.conftest import HERE
from tests.api.jobs.conftest import picture, zipped
from tests.api.v1.conftest import BASE

OPERATE = "/api/v1/operate"


def test_members(program, people, ok):
    admin = program("admin")
    made = ok(admin.post(f"{BASE}/members", json={"login": "Tanaka", "name": "田中", "role": "first"}), 201)
    assert made["password"]
    at = f"{BASE}/members/{made['user_id']}"
    ok(admin.put(f"{at}/role", json={"role": "second"}), 204)
    listed = {each["login"]: each for each in ok(admin.get(f"{BASE}/members"))["items"]}
    assert (listed["tanaka"]["role"], listed["tanaka"]["must_change_password"]) == ("second", True)
    assert ok(admin.post(f"{at}/password"))["password"] != made["password"]
    ok(admin.post(f"{at}/unlock"), 204)
    ok(admin.delete(at), 204)
    assert ok(admin.delete(at), 404)["error"]["code"] == "not-found"
    last = ok(admin.delete(f"{BASE}/members/{people['admin']}"), 409)
    assert last["error"]["details"] == {"reason": "last-admin"}


def test_tokens_are_made_in_a_browser_and_work_at_once(app, client_of, program, ok):
    person = client_of("first")
    made = ok(person.post(f"{BASE}/tokens", json={"name": "夜間", "role": "viewer", "days": 7}), 201)
    with with_token(app, made["token"]) as machine:
        assert ok(machine.get("/api/v1/me"))["municipalities"][0]["role"] == "viewer"
        assert machine.get(f"{BASE}/tokens").status_code == 403
        assert [each["id"] for each in ok(person.get(f"{BASE}/tokens"))["items"]] == [made["id"]]
        ok(person.delete(f"{BASE}/tokens/{made['id']}"), 204)
        assert machine.get("/api/v1/me").status_code == 401
    above = {"name": "x", "role": "admin", "days": 7}
    assert person.post(f"{BASE}/tokens", json=above).status_code == 403


def test_an_operator_runs_the_installation(client_of, program, ok):
    operator = client_of("operator")
    made = ok(operator.post(f"{OPERATE}/municipalities", json={"code": "01202", "name": "函館市"}), 201)
    assert made["code"] == "012025"
    at = f"{OPERATE}/municipalities/012025"
    assert ok(operator.patch(at, json={"name": "新函館市"}))["name"] == "新函館市"
    assert "新函館市" in [each["name"] for each in ok(operator.get(f"{OPERATE}/municipalities"))["items"]]
    account = ok(operator.post(f"{OPERATE}/accounts", json={"login": "suzuki"}), 201)
    here = f"{OPERATE}/accounts/{account['user_id']}"
    ok(operator.put(f"{here}/roles/012025", json={"role": "admin"}), 204)
    ok(operator.post(f"{here}/unlock"), 204)
    ok(operator.post(f"{here}/disable"), 204)
    assert ok(operator.post(f"{here}/password"), 409)["error"]["code"] == "conflict"
    ok(operator.post(f"{here}/enable"), 204)
    assert ok(operator.post(f"{here}/password"))["password"]
    page = ok(operator.get(f"{OPERATE}/accounts", params={"limit": 2}))
    logins = [each["login"] for each in page["items"]]
    while page["next"]:
        page = ok(operator.get(f"{OPERATE}/accounts", params={"limit": 2, "cursor": page["next"]}))
        logins += [each["login"] for each in page["items"]]
    assert logins == sorted(logins)
    assert "suzuki" in logins
    ok(operator.put(f"{here}/roles/{HERE}", json={"role": "viewer"}), 204)
    ok(operator.delete(f"{here}/roles/{HERE}"), 204)
    status = ok(operator.get(f"{OPERATE}/status"))
    assert status["versions"]["gaiji"]
    assert status["warnings"]
    assert client_of("admin").get(f"{OPERATE}/status").status_code == 403


def test_the_queue_of_all_municipalities(client_of, material, ok):
    _, upload_id = material.project()
    operator = client_of("operator")
    assert [each["id"] for each in ok(operator.get(f"{OPERATE}/queue"))["waiting"]] == [upload_id]
    ok(operator.post(f"{OPERATE}/queue/{upload_id}/cancel"), 204)
    ok(operator.post(f"{OPERATE}/queue/{upload_id}/retry"), 204)
    assert "外字.zip" not in operator.get(f"{OPERATE}/queue").text


def test_looking_a_character_up(program, ok):
    viewer = program("viewer")
    found = ok(viewer.get("/api/v1/lookup", params={"q": "1画", "limit": 2}))
    assert found["count"] > 2
    rest = ok(viewer.get("/api/v1/lookup", params={"q": "1画", "offset": found["next"], "limit": 200}))
    assert len(found["items"] + rest["items"]) == found["count"]
    assert rest["next"] is None
    assert ok(viewer.get("/api/v1/lookup", params={"q": "部首:999"}), 422)["error"]["message"]
    one = ok(viewer.get("/api/v1/mj/GJ000001"))
    assert one["siblings"] == ["GJ000002"]
    assert viewer.get(one["picture"]).status_code == 200
    assert ok(viewer.get("/api/v1/mj/MJ000001"), 404)["error"]["code"] == "not-found"


def test_one_picture_is_identified_at_once_and_not_kept(program, ok):
    viewer = program("viewer")
    found = ok(viewer.post("/api/v1/identify", files={"file": ("字.png", picture(5))}))
    assert found["row"]["status"] == "ok"
    assert found["row"]["source"] == "字.png"
    assert found["row"]["candidates"].split() == [each["mj"] for each in found["candidates"]]
    assert ok(viewer.get(f"{BASE}/shapes"))["items"] == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "invalid"),
        (picture(5)[:60], 422, "unreadable-image"),
        (zipped([("a.png", picture(5))]), 415, "unsupported-media"),
        (b"\x89PNG" + bytes(3 * 2**20), 413, "too-large"),
    ],
)
def test_what_cannot_be_identified(program, ok, content, status, code):
    answer = program("viewer").post("/api/v1/identify", files={"file": ("a.png", content)})
    assert ok(answer, status)["error"]["code"] == code


def test_identifying_has_a_limit(app, program, ok):
    app.state.rates = Rates({"login": "9/minute", "identify": "1/minute"})
    viewer = program("viewer")
    ok(viewer.post("/api/v1/identify", files={"file": ("a.png", picture(5))}))
    late = viewer.post("/api/v1/identify", files={"file": ("a.png", picture(5))})
    assert ok(late, 429)["error"]["code"] == "rate-limited"
    assert int(late.headers["Retry-After"]) >= 1
