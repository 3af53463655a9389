"""Projects, files, gaiji and exports by JSON."""

from __future__ import annotations

import io
import json

import pyarrow.parquet as pq
import pytest

from api.jobs.worker import Worker
from tests.api.jobs.conftest import dots, zipped
from tests.api.v1.conftest import BASE

NEW = {"name": "住民記録 2026", "system": "住民記録", "kind": "2"}


@pytest.fixture
def project(program, ok) -> dict:
    return ok(program("admin").post(f"{BASE}/projects", json=NEW), 201)


def hand_in(client, project, content: bytes = dots(range(1, 6)), name="外字.bin", *, key=None, **options):
    return client.post(
        f"{BASE}/projects/{project['id']}/uploads",
        files={"file": (name, content)},
        data={"raw": "16x16", "raw_code": "U+E000"} | options,
        headers={"Idempotency-Key": key} if key else {},
    )


def test_who_am_i(program, client_of, ok):
    told = ok(program("second").get("/api/v1/me"))
    assert told["login"] == "second"
    assert told["by_token"] is True
    assert [each["role"] for each in told["municipalities"]] == ["second"]
    assert "bulk" in told["municipalities"][0]["rights"]
    assert "manage-members" not in told["municipalities"][0]["rights"]
    operator = ok(client_of("operator").get("/api/v1/me"))
    assert (operator["is_operator"], operator["municipalities"]) == (True, [])


def test_settings_are_changed_on_the_version_that_was_seen(program, ok):
    admin = program("admin")
    seen = admin.get(BASE)
    assert seen.json()["second_review_in_force"] == "all"
    body = {"second_review": "similar", "shares_prototypes": True}
    changed = ok(admin.patch(f"{BASE}/settings", json=body, headers={"If-Match": seen.headers["ETag"]}))
    assert (changed["second_review_in_force"], changed["shares_prototypes"]) == ("similar", True)
    stale = ok(admin.patch(f"{BASE}/settings", json=body | {"version": 1}), 409)
    assert stale["error"]["code"] == "stale-version"
    assert stale["error"]["details"]["version"] == changed["version"]
    assert ok(admin.patch(f"{BASE}/settings", json=body), 422)["error"]["details"] == {"field": "version"}
    assert program("second").patch(f"{BASE}/settings", json=body).status_code == 403
    events = ok(admin.get(f"{BASE}/audit-events", params={"action": "municipality.settings-changed"}))
    assert [each["detail"]["second_review"] for each in events["items"]] == ["similar"]


def test_a_project_from_beginning_to_end(program, project, ok):
    admin = program("admin")
    at = f"{BASE}/projects/{project['id']}"
    read = admin.get(at)
    assert read.headers["ETag"] == f'"{project["version"]}"'
    assert read.json() == project
    changed = ok(admin.put(at, json=NEW | {"name": "住記", "version": 1}))
    assert (changed["name"], changed["version"]) == ("住記", 2)
    stale = ok(admin.put(at, json=NEW | {"version": 1}), 409)
    assert stale["error"]["details"] == {"version": 2}
    closed = ok(admin.post(f"{at}/archive", json={"version": 2}))
    assert closed["archived_at"] is not None
    assert hand_in(admin, project).status_code == 409
    assert ok(admin.post(f"{at}/reopen", json={"version": 3}))["archived_at"] is None
    listed = ok(admin.get(f"{BASE}/projects"))
    assert [each["project"]["name"] for each in listed["items"]] == ["住記"]
    assert listed["items"][0]["shapes"] == dict.fromkeys(
        ("open", "awaiting-second", "disputed", "settled"), 0
    )


def test_what_is_wrong_with_a_project_is_said_by_field(program, project, ok):
    admin = program("admin")
    assert ok(admin.post(f"{BASE}/projects", json=NEW), 409)["error"]["details"]["field"] == "name"
    unknown = ok(admin.post(f"{BASE}/projects", json=NEW | {"colour": "red"}), 422)
    assert unknown["error"]["details"]["errors"][0]["where"] == ["body", "colour"]
    assert ok(admin.post(f"{BASE}/projects", json=NEW | {"name": " "}), 422)["error"]["code"] == "invalid"


def test_a_file_is_handed_in_identified_and_read_again(program, project, services, ok):
    first = program("first")
    made = ok(hand_in(first, project), 201)
    assert made["progress"]["state"] == "queued"
    at = f"{BASE}/projects/{project['id']}/uploads/{made['id']}"
    assert Worker(services, poll_s=0.01).run_all() == 1
    done = ok(first.get(at))
    assert done["progress"] | {"rate": 0} == {
        "state": "done", "total": 5, "done": 5, "failed": 0, "rate": 0, "seconds_left": None, "message": "",
    }  # fmt: skip
    assert done["options"] == {"raw": "16x16", "raw_code": "U+E000"}
    gaiji = ok(first.get(f"{BASE}/projects/{project['id']}/gaiji", params={"limit": 2}))
    assert [each["code"] for each in gaiji["items"]] == ["U+E000", "U+E001"]
    codes = [each["code"] for each in gaiji["items"]]
    while gaiji["next"]:
        gaiji = ok(
            first.get(f"{BASE}/projects/{project['id']}/gaiji", params={"limit": 2, "cursor": gaiji["next"]})
        )
        codes += [each["code"] for each in gaiji["items"]]
    assert codes == [f"U+E{number:03X}" for number in range(5)]
    again = ok(program("admin").post(f"{BASE}/projects/{project['id']}/reidentification"), 202)
    assert again["progress"]["state"] == "queued"
    assert ok(first.post(f"{at}/retry"), 409)["error"]["details"] == {"state": "done"}


def test_events_tell_how_far_a_file_is_until_it_ends(program, project, services, ok):
    first = program("first")
    made = ok(hand_in(first, project), 201)
    Worker(services, poll_s=0.01).run_all()
    answer = first.get(f"{BASE}/projects/{project['id']}/uploads/{made['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    said, ended, _ = answer.text.split("\n\n")
    assert json.loads(said.removeprefix("data: "))["done"] == 5
    assert ended.startswith("event: end")


def test_a_job_is_called_off_and_taken_up_again(program, project, ok):
    first = program("first")
    at = f"{BASE}/projects/{project['id']}/uploads/{ok(hand_in(first, project), 201)['id']}"
    assert ok(first.post(f"{at}/cancel"))["progress"]["state"] == "cancelled"
    assert ok(first.post(f"{at}/retry"))["progress"]["state"] == "queued"
    assert program("viewer").post(f"{at}/cancel").status_code == 403


def test_files_are_listed_page_by_page(program, project, ok):
    first = program("first")
    ids = [ok(hand_in(first, project, dots([n])), 201)["id"] for n in range(1, 4)]
    page = ok(first.get(f"{BASE}/projects/{project['id']}/uploads", params={"limit": 2}))
    rest = ok(first.get(f"{BASE}/projects/{project['id']}/uploads", params={"cursor": page["next"]}))
    assert [each["id"] for each in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        ({"files": {"file": ("a.exe", b"MZ" + bytes(100))}}, 415, "unsupported-media"),
        ({"files": {"file": ("a.png", b"")}}, 422, "invalid"),
        ({"data": {"raw": "16x16"}, "files": {"ledger": ("a.csv", b"x")}}, 422, "invalid"),
        ({"files": {"file": ("a.png", b"x")}, "data": {"colour": "red"}}, 422, "invalid"),
        ({"files": {"file": ("a.png", b"x")}, "data": {"raw": "big"}}, 422, "invalid"),
        ({"json": {"file": "a"}}, 415, "unsupported-media"),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "bad-request"),
    ],
)
def test_what_cannot_be_taken_in(program, project, ok, send, status, code):
    answer = program("first").post(f"{BASE}/projects/{project['id']}/uploads", **send)
    assert ok(answer, status)["error"]["code"] == code


def test_unreadable_gaiji_say_why(program, project, services, ok):
    first = program("first")
    content = zipped([("E000.png", b"no picture"), ("E001.png", b"nor this")])
    ok(
        first.post(f"{BASE}/projects/{project['id']}/uploads", files={"file": ("外字.zip", content)}),
        201,
    )
    Worker(services, poll_s=0.01).run_all()
    page = ok(first.get(f"{BASE}/projects/{project['id']}/unreadable", params={"limit": 1}))
    rest = ok(first.get(f"{BASE}/projects/{project['id']}/unreadable", params={"cursor": page["next"]}))
    assert [each["code"] for each in page["items"] + rest["items"]] == ["U+E000", "U+E001"]
    assert page["items"][0]["message"]
    everything = ok(first.get(f"{BASE}/projects/{project['id']}/gaiji"))
    assert [each["shape_id"] for each in everything["items"]] == [None, None]


def test_exports(program, material, ok):
    material.shapes(2)
    project_id, _ = material.project()
    admin, at = program("admin"), f"{BASE}/projects/{project_id}/export"
    text = admin.get(at, params={"people": True}).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("first_decider,second_decider,conference_decider")
    answer = admin.get(at, params={"format": "parquet", "confidence_min": 0.95})
    assert pq.read_table(io.BytesIO(answer.content)).num_rows == 0
    excel = admin.get(at, params={"format": "xlsx"})
    assert excel.content.startswith(b"PK")
    assert "attachment" in excel.headers["content-disposition"]
    assert ok(program("viewer").get(at, params={"people": True}), 403)["error"]["code"] == "forbidden"
