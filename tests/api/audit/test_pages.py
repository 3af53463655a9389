"""The pages of the audit log and of the calibration, and who may see them."""

from __future__ import annotations

import json

import pytest

from api.domain.standing import SecondReview
from tests.api.review.material import OTHER, SAME, set_rule
from tests.api.review.test_decide import made


@pytest.fixture
def decided(services, people, material) -> list[int]:
    set_rule(services, people, SecondReview.NEVER)
    ids = material.shapes(4, review="auto")
    for shape_id in ids[:3]:
        made(services, people, "first", shape_id, SAME)
    made(services, people, "first", ids[3], OTHER, reason="秘密の理由")
    return ids


def test_the_log_is_shown_to_administrators_only(client_of, decided):
    text = client_of("admin").get("/m/131016/audit")
    assert text.status_code == 200
    assert text.text.count("<tr>") == 5
    assert "秘密の理由" not in text.text
    assert "GJ000001" not in text.text  # the second person may be an administrator
    for name in ("viewer", "first", "second"):
        assert client_of(name).get("/m/131016/audit").status_code == 403
        assert client_of(name).get("/m/131016/audit/export.csv").status_code == 403
    assert client_of("other-admin").get("/m/131016/audit").status_code == 404


def test_the_log_is_filtered_by_the_form(client_of, decided):
    admin = client_of("admin")
    one = admin.get("/m/131016/audit?object_type=decision&object_id=1&since=2020-01-01")
    assert one.text.count("<tr>") == 2
    none = admin.get("/m/131016/audit?until=2020-01-01")
    assert "当てはまる記録はありません" in none.text
    wrong = admin.get("/m/131016/audit?since=きのう")
    assert wrong.status_code == 422
    assert "2026-04-01 の形" in wrong.text


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_export_is_a_file_and_on_record(client_of, decided, suffix):
    admin = client_of("admin")
    file = admin.get(f"/m/131016/audit/export.{suffix}?action=decision.made")
    assert file.status_code == 200
    assert f".{suffix}" in file.headers["content-disposition"]
    assert file.headers["cache-control"] == "no-store"
    assert len(file.text.strip().splitlines()) == (5 if suffix == "csv" else 4)
    again = admin.get("/m/131016/audit/export.jsonl?action=audit.exported").text.strip().splitlines()
    assert json.loads(again[0])["detail"] == {"action": "decision.made", "format": suffix}
    assert admin.get("/m/131016/audit/export.xlsx").status_code in (404, 422)
    assert admin.get("/m/131016/audit/export.csv?since=x").status_code == 422


def test_how_right_the_machine_was_is_shown_to_all_members(client_of, decided):
    page = client_of("viewer").get("/m/131016/calibration")
    assert page.status_code == 200
    assert "75.0 %" in page.text
    assert f'/m/131016/shapes/{decided[3]}"' in page.text
    assert "まだ確定した図形がありません" in client_of("other-viewer").get("/m/011002/calibration").text
