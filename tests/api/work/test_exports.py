"""Exports: what stands in them, that a spreadsheet does not run it, and that gaiji reads them back."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview
from api.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from api.store.models import AuditEvent, Decision, Gaiji, Project, ProjectShape, Shape, Suggestion, Upload
from api.work import exports
from api.work.exports import DECISION_COLUMNS, Format, export
from api.work.filters import Filter
from engine.convert.settle import Basis, Reason, settle
from engine.output.load import Ruling, read_decisions, read_results
from engine.reference.table import load_table
from engine.result import COLUMNS, Review, Verdict
from tests.api.conftest import HERE, THERE

# code, suggested class and MJ, review; state, settled class, subclass and MJ
CASES = (
    ("U+E000", "字形一致", "GJ000001", "auto", "settled", "字形一致", "", "GJ000001"),
    ("U+E001", "デザイン差", "GJ000002", "required", "settled", "字形一致", "", "GJ000004"),
    ("U+E002", "類似", "GJ000005", "required", "settled", "類似", "", "GJ000005"),
    ("U+E003", "字形一致", "GJ000006", "auto", "settled", "同定不可能", "不明文字", ""),
    ("U+E004", "字形一致", "GJ000007", "auto", "disputed", "", "", ""),
    ("U+E005", "字形一致", "GJ000008", "auto", "awaiting-second", "", "", ""),
    ("U+E006", "字形一致", "GJ000009", "auto", "open", "", "", ""),
    ("U+E007", "類似", "GJ000010", "required", "open", "", "", ""),
    ("U+E008", "同定不可能", "", "required", "settled", "同定不可能", "記号等", ""),
)


def _png(number: int) -> bytes:
    ink = np.zeros((40, 40), np.uint8)
    ink[4:36, 4 + number : 8 + number] = 255
    ink[18:22, 4:36] = 255
    return cv2.imencode(".png", ink)[1].tobytes()


@pytest.fixture
def project(services, people) -> int:
    """One gaiji of each case, the first of them twice, and one that could not be read; names that bite."""
    here = people["here"]
    with services.database.writing() as session:
        project = Project(municipality_id=here, name="住民記録", system="=1+1", kind="1")
        session.add(project)
        session.flush()
        upload = Upload(
            municipality_id=here, project_id=project.id, name="a.zip", size=1, sha256="0" * 64, state="done"
        )
        session.add(upload)
        session.flush()

        def gaiji(ordinal, shape_id, code, **values):
            row = Gaiji(
                municipality_id=here, project_id=project.id, upload_id=upload.id, ordinal=ordinal,
                shape_id=shape_id, source=f"=cmd{ordinal}.png", code=code, font="@明朝", kind="1", **values,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

        for number, (code, verdict, mj, review, state, final, subclass, final_mj) in enumerate(CASES):
            shape = Shape(
                municipality_id=here, digest=f"{number:032}", png=_png(number), ink_kind="image",
                machine_class=verdict, machine_mj=mj, confidence=0.9, review=review, state=state,
                final_class=final, final_subclass=subclass, final_mj=final_mj,
            )  # fmt: skip
            session.add(shape)
            session.flush()
            said = Suggestion(
                shape_id=shape.id, verdict=verdict, subclass="不明文字" if not mj else "", mj=mj,
                confidence=0.9, review=review, candidates=mj, evidence="", reference="tiny-1+criteria-v1",
                engine="1",
            )  # fmt: skip
            session.add(said)
            session.flush()
            shape.suggestion_id = said.id
            first = gaiji(number, shape.id, code)
            session.add(
                ProjectShape(project_id=project.id, shape_id=shape.id, gaiji_count=1, first_gaiji_id=first)
            )
            if number == 0:
                session.add(
                    Decision(
                        shape_id=shape.id, municipality_id=here, project_id=project.id,
                        user_id=people["first"], stage="first", verdict=final, mj=final_mj, shape_version=1,
                    )
                )  # fmt: skip
                same = shape.id
        gaiji(len(CASES), same, "U+E100")
        gaiji(len(CASES) + 1, None, "U+E101", status="empty-glyph", message="何も描かれていません。")
        return project.id


def _place(people, name="admin", role=Role.ADMIN, where="here", code=HERE) -> Place:
    actor = Actor(people[name], name, {people[where]: role})
    return Place(actor, role, people[where], code, "千代田区", SecondReview.ALL)


def _content(services, place, project, format, **options) -> bytes:
    filter = options.pop("filter", Filter(project=project))
    return b"".join(export(services, place=place, format=format, filter=filter, **options).content)


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_csv_has_a_row_for_each_gaiji_and_the_decisions_behind_the_contract(services, people, project):
    rows = _rows(_content(services, _place(people), project, Format.CSV))
    assert list(rows[0]) == [*COLUMNS, *DECISION_COLUMNS]
    assert len(rows) == len(CASES) + 2
    for row, (code, verdict, mj, review, state, final, subclass, final_mj) in zip(rows, CASES, strict=False):
        assert (row["gaiji_code"], row["class"], row["mj"], row["review"]) == (code, verdict, mj, review)
        assert (row["state"], row["decided_class"], row["decided_mj"]) == (state, final, final_mj)
        assert row["decided_subclass"] == subclass
    table = load_table(_refset(services))
    assert rows[1]["ucs"] == table.codes("GJ000002").ucs
    assert rows[1]["decided_ucs"] == table.codes("GJ000004").ucs != rows[1]["ucs"]
    assert rows[-2]["decided_mj"] == "GJ000001"
    assert (rows[-1]["status"], rows[-1]["class"], rows[-1]["state"]) == ("empty-glyph", "", "")


def _refset(services):
    from engine.reference.refset import find_reference_set

    return find_reference_set(services.engine_settings)


def test_no_cell_of_a_csv_is_run_by_a_spreadsheet(services, people, project):
    with services.database.writing() as session:
        from api.store.models import User

        session.get_one(User, people["first"]).display_name = "=HYPERLINK(1)"
    content = _content(services, _place(people), project, Format.CSV, people=True)
    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert "'=1+1" in cells
    assert "./=cmd0.png" in cells
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r＝＋－＠" and cell]


def test_who_decided_is_told_only_to_administrators_who_ask(services, people, project):
    place = _place(people)
    rows = _rows(_content(services, place, project, Format.CSV, people=True))
    assert rows[0]["first_decider"] == "first"
    assert rows[1]["first_decider"] == ""
    for name in ("viewer", "first", "second"):
        with pytest.raises(ForbiddenError):
            export(
                services, place=_place(people, name, Role(name)), format=Format.CSV,
                filter=Filter(project=project), people=True,
            )  # fmt: skip
    assert b"first_decider" not in _content(services, place, project, Format.CSV)


def test_csv_and_parquet_are_read_back_as_results(services, people, project, tmp_path):
    place = _place(people)
    found = []
    for format in (Format.CSV, Format.PARQUET):
        path = tmp_path / f"export.{format.value}"
        path.write_bytes(_content(services, place, project, format))
        found.append(read_results(path))
    assert found[0] == found[1]
    first, again = found[0][0], found[0][-2]
    assert (first.source, first.system, first.font) == ("=cmd0.png", "=1+1", "@明朝")
    assert (first.verdict, first.review, first.confidence) == (Verdict.SAME, Review.AUTO, 0.9)
    assert again.same_as == first.place
    assert pq.read_table(tmp_path / "export.parquet").column_names == [*COLUMNS, *DECISION_COLUMNS]


def test_a_filter_narrows_an_export(services, people, project):
    filter = Filter(project=project, classes=(Verdict.SIMILAR,))
    rows = _rows(_content(services, _place(people), project, Format.CSV, filter=filter))
    assert [row["gaiji_code"] for row in rows] == ["U+E002", "U+E007"]


def test_rows_come_through_whatever_the_size_of_a_batch(services, people, project, monkeypatch):
    from api.work import export_rows

    whole = _content(services, _place(people), project, Format.CSV)
    monkeypatch.setattr(export_rows, "BATCH", 2)
    assert _content(services, _place(people), project, Format.CSV) == whole


def test_gaiji_convert_goes_on_from_the_list_for_people(services, people, project, tmp_path):
    path = tmp_path / "list.xlsx"
    path.write_bytes(_content(services, _place(people), project, Format.EXCEL))
    results, decisions = read_results(path), read_decisions(path)
    assert len(results) == len(CASES) + 2
    ruled = {each.gaiji_code: (each.verdict, each.mj) for each in decisions}
    assert ruled == {
        "U+E000": (Ruling.ACCEPTED, "GJ000001"),
        "U+E001": (Ruling.OTHER, "GJ000004"),
        "U+E002": (Ruling.OPEN, ""),  # alike is not the same: nobody is renamed by it
        "U+E003": (Ruling.REJECTED, ""),
        "U+E004": (Ruling.OPEN, ""),
        "U+E005": (Ruling.OPEN, ""),
        "U+E008": (Ruling.ACCEPTED, ""),
    }
    settled, unsettled = settle(results, decisions, load_table(_refset(services)))
    assert {(each.key.code, each.mj, each.basis) for each in settled} == {
        ("U+E000", "GJ000001", Basis.PERSON),
        ("U+E100", "GJ000001", Basis.SAME_PICTURE),
        ("U+E001", "GJ000004", Basis.PERSON),
        ("U+E006", "GJ000009", Basis.AUTO),
    }
    reasons = {each.key.code: each.reason for each in unsettled}
    assert reasons["U+E002"] is reasons["U+E004"] is reasons["U+E005"] is Reason.OPEN
    assert reasons["U+E003"] is Reason.KEPT
    assert reasons["U+E101"] is Reason.UNREADABLE


def test_the_list_has_the_stored_pictures(services, people, project, tmp_path):
    import zipfile

    content = _content(services, _place(people), project, Format.EXCEL)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        pictures = [name for name in book.namelist() if name.startswith("xl/media/")]
    suggested = sum(bool(case[2]) for case in CASES)
    assert len(pictures) >= len(CASES) + 1
    assert len(pictures) <= len(CASES) + suggested


def test_too_long_a_list_is_refused_with_a_way_out(services, people, project, monkeypatch):
    monkeypatch.setattr(exports, "EXCEL_LINES", 3)
    with pytest.raises(InvalidError, match="CSV"):
        _content(services, _place(people), project, Format.EXCEL)
    monkeypatch.undo()
    _content(services, _place(people), project, Format.EXCEL)  # nothing was left held


def test_a_few_lists_are_drawn_at_once(services, people, project):
    taken = 0
    while exports._writing.acquire(blocking=False):
        taken += 1
    try:
        with pytest.raises(UnavailableError):
            _content(services, _place(people), project, Format.EXCEL)
    finally:
        for _ in range(taken):
            exports._writing.release()
    with services.database.reading() as session:
        assert session.scalars(select(AuditEvent.action)).all() == []  # nothing was exported


def test_the_day_in_its_name_is_the_day_in_japan(services, people, project, monkeypatch):
    monkeypatch.setattr(exports, "now", lambda: datetime(2026, 3, 31, 15, 30, tzinfo=UTC))
    made = export(services, place=_place(people), format=Format.CSV, filter=Filter(project=project))
    assert made.name.endswith("-20260401.csv")


def test_an_export_is_on_record_without_what_was_looked_for(services, people, project):
    filter = Filter(project=project, text="山田")
    _content(services, _place(people), project, Format.CSV, filter=filter)
    with services.database.reading() as session:
        event = session.scalar(select(AuditEvent).where(AuditEvent.action == "project.exported"))
    assert event.object_id == project
    assert event.detail["format"] == "csv"
    assert "山田" not in str(event.detail)


def test_nothing_of_another_municipality_is_exported(services, people, project):
    other = _place(people, "other-admin", where="there", code=THERE)
    with pytest.raises(NotFoundError):
        export(services, place=other, format=Format.CSV, filter=Filter(project=project))
    with pytest.raises(InvalidError):
        export(services, place=other, format=Format.CSV, filter=Filter())
