"""Shapes, decisions, bulk confirmation and what is told of them, by JSON."""

from __future__ import annotations

import pytest

from tests.api.review.material import SAME
from tests.api.v1.conftest import BASE

FINDING = {"class": "字形一致", "mj": "GJ000001"}
OTHER = {"class": "字形一致", "mj": "GJ000002"}


def decide(client, shape_id, version=1, finding=FINDING, **more):
    return client.post(f"{BASE}/shapes/{shape_id}/decisions", json=finding | {"version": version} | more)


def test_shapes_page_by_page_in_a_stable_order(program, material, ok):
    ids = material.shapes(5)
    viewer = program("viewer")
    params = {"limit": 2, "states": "open", "classes": "字形一致", "sort": "-confidence"}
    page = ok(viewer.get(f"{BASE}/shapes", params=params))
    found = [each["id"] for each in page["items"]]
    while page["next"]:
        page = ok(viewer.get(f"{BASE}/shapes", params=params | {"cursor": page["next"]}))
        found += [each["id"] for each in page["items"]]
    assert sorted(found) == ids
    assert len(found) == len(set(found))
    line = page["items"][0]
    assert line["machine"] == {"class": "字形一致", "subclass": None, "mj": "GJ000001"}
    assert viewer.get(line["picture"]).headers["content-type"] == "image/png"
    assert ok(viewer.get(f"{BASE}/shapes/counts", params={"review": "required"}))["shapes"] == 5
    assert ok(viewer.get(f"{BASE}/shapes", params={"states": "settled"}))["items"] == []


@pytest.mark.parametrize(
    "params",
    [{"colour": "red"}, {"states": "x"}, {"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"sort": "code"},
     {"confidence_min": 0.9, "confidence_max": 0.1}, {"text": "a\0"}],
)  # fmt: skip
def test_a_question_that_means_nothing_is_an_error(program, material, ok, params):
    assert ok(program("viewer").get(f"{BASE}/shapes", params=params), 422)["error"]["code"] == "invalid"


def test_from_the_first_decision_to_a_withdrawal(program, material, ok):
    (shape_id,) = material.shapes(1)
    first, second, admin = program("first"), program("second"), program("admin")
    assert ok(first.get(f"{BASE}/shapes/next"))["shape_id"] == shape_id
    seen = first.get(f"{BASE}/shapes/{shape_id}")
    assert (seen.json()["next_stage"], seen.json()["decidable"]) == ("first", True)
    assert [each["mj"] for each in seen.json()["candidates"]] == ["GJ000001", "GJ000002", "GJ000005"]
    made = ok(decide(first, shape_id, seconds=2.5, seen={"screen": 1}), 201)
    assert (made["stage"], made["state"], made["version"]) == ("first", "awaiting-second", 2)

    stale = ok(decide(second, shape_id), 409)
    assert stale["error"]["code"] == "stale-version"
    assert stale["error"]["details"] == {"shape_id": shape_id, "version": 2, "state": "awaiting-second"}
    assert ok(first.get(f"{BASE}/shapes/next"))["shape_id"] is None
    hidden = ok(second.get(f"{BASE}/shapes/{shape_id}"))
    assert [each["finding"] for each in hidden["history"] if each["type"] == "decision"] == [None]
    assert second.get(f"{BASE}/decisions/{made['id']}").status_code == 404

    answer = second.post(f"{BASE}/shapes/{shape_id}/decisions", json=FINDING, headers={"If-Match": '"2"'})
    settled = ok(answer, 201)
    assert (settled["state"], settled["final"]["mj"]) == ("settled", "GJ000001")
    assert answer.headers["ETag"] == '"3"'
    replay = ok(first.get(f"{BASE}/decisions/{made['id']}"))
    assert (replay["page"], replay["decision"]["seconds"]) == ({"screen": 1}, 2.5)
    assert replay["candidates"] == ["GJ000001", "GJ000002", "GJ000005"]

    at = f"{BASE}/decisions/{settled['id']}/withdrawal"
    assert ok(first.post(at, json={"reason": "x"}), 403)["error"]["code"] == "forbidden"
    assert ok(admin.post(at, json={"reason": " "}), 422)["error"]["details"]["field"] == "reason"
    back = ok(admin.post(at, json={"reason": "取り違え", "version": 3}), 201)
    assert (back["fallen"], back["state"]) == ([settled["id"]], "awaiting-second")
    assert ok(admin.post(at, json={"reason": "もう一度"}), 409)["error"]["code"] == "conflict"
    history = ok(admin.get(f"{BASE}/shapes/{shape_id}"))["history"]
    assert [each["type"] for each in history] == ["suggestion", "decision", "decision", "withdrawal"]


def test_what_a_decision_must_be_like(program, material, ok):
    (shape_id,) = material.shapes(1)
    first = program("first")
    assert (
        ok(decide(first, shape_id, finding={"class": "字形一致"}), 422)["error"]["details"]["field"] == "mj"
    )
    answer = first.post(f"{BASE}/shapes/{shape_id}/decisions", json=FINDING)
    assert ok(answer, 422)["error"]["details"]["field"] == "version"
    assert decide(program("viewer"), shape_id).status_code == 403
    assert decide(first, 10**9).status_code == 404


def test_why_the_machine_says_so(program, material, ok):
    (shape_id,) = material.shapes(1)
    viewer = program("viewer")
    told = ok(viewer.get(f"{BASE}/shapes/{shape_id}/explanation"))
    assert told["document"]["compared"]
    for url in told["pictures"].values():
        assert viewer.get(url).headers["content-type"] == "image/png"
    assert ok(viewer.get(f"{BASE}/shapes/{shape_id}/explanation")) == told


def test_bulk_confirmation_after_a_look_at_the_sample(program, material, ok):
    material.shapes(3, review="auto", confidence=0.999)
    second, at = program("second"), f"{BASE}/bulk-confirmations"
    assert ok(second.get(f"{at}/preview", params={"confidence_from": 0.99})) == {"size": 3, "sample": 3}
    bulk = ok(second.post(at, json={"classes": [SAME.verdict], "confidence_from": 0.99}), 201)
    here = f"{at}/{bulk['id']}"
    assert ok(second.post(f"{here}/confirm"), 409)["error"]["details"] == {"looked_at": 0, "sample": 3}
    for shape_id in bulk["sample"]:
        bulk = ok(second.post(f"{here}/judgements", json={"shape_id": shape_id, "right": True}))
    assert bulk["next_shape_id"] is None
    done = ok(second.post(f"{here}/confirm"))
    assert (done["state"], done["confirmed"], done["skipped"]) == ("confirmed", 3, 0)
    assert ok(second.get(here)) == done
    assert [each["id"] for each in ok(second.get(at))["items"]] == [done["id"]]
    assert ok(second.post(f"{here}/abandon"), 409)["error"]["code"] == "conflict"
    assert program("first").get(at).status_code == 403


def test_reports_and_the_log(program, material, ok):
    (shape_id,) = material.shapes(1)
    ok(decide(program("first"), shape_id), 201)
    ok(decide(program("second"), shape_id, 2, OTHER), 201)
    admin = program("admin")
    ok(decide(admin, shape_id, 3, OTHER, reason="話し合いの結果"), 201)
    report = ok(admin.get(f"{BASE}/calibration"))
    assert report["contradictions"] == 1
    assert report["contradicted"][0]["settled"]["mj"] == "GJ000002"
    page = ok(admin.get(f"{BASE}/audit-events", params={"limit": 2, "action": "decision"}))
    rest = ok(admin.get(f"{BASE}/audit-events", params={"cursor": page["next"], "action": "decision"}))
    assert [each["detail"]["stage"] for each in page["items"] + rest["items"]] == [
        "conference", "second", "first",
    ]  # fmt: skip
    lines = admin.get(f"{BASE}/audit-events/export", params={"format": "jsonl"}).text.splitlines()
    assert len(lines) >= 4
    assert program("second").get(f"{BASE}/audit-events").status_code == 403
    bad = {"since": "2026-04-01T00:00:00"}  # without a zone
    assert admin.get(f"{BASE}/audit-events", params=bad).status_code == 422
