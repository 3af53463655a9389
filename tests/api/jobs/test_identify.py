"""From a file handed in to its rows: grouping, failures, what is identified and what is not again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from sqlalchemy import func, select

from api.jobs import identify
from api.pictures.frame import ink_of
from api.store.models import AuditEvent, Gaiji, ProjectShape, Shape, Suggestion, Upload
from engine.identify import Identifier
from engine.intake.digest import ink_digest

from .conftest import everything, many, picture, zipped


def _count(services, table) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_zip_becomes_gaiji_shapes_and_suggestions(services, project, hand_in, work):
    upload = hand_in(many([1, 2, 3]), "外字.zip", project())
    assert (upload.state, upload.done, upload.total) == ("queued", 0, None)
    assert work() == 1
    with services.database.reading() as session:
        upload = session.get_one(Upload, upload.id)
        assert (upload.state, upload.total, upload.done, upload.failed) == ("done", 3, 3, 0)
        assert upload.started_at <= upload.finished_at
        gaiji = session.scalars(select(Gaiji).order_by(Gaiji.ordinal)).all()
        assert [each.source for each in gaiji] == [
            "外字.zip#E000.png",
            "外字.zip#E001.png",
            "外字.zip#E002.png",
        ]
        assert [each.code for each in gaiji] == ["U+E000", "U+E001", "U+E002"]
        for each in gaiji:
            shape = session.get_one(Shape, each.shape_id)
            suggestion = session.get_one(Suggestion, shape.suggestion_id)
            assert shape.machine_class == suggestion.verdict != ""
            assert (shape.machine_mj, shape.confidence) == (suggestion.mj, suggestion.confidence)
            assert ink_digest(ink_of(shape.png)).hex() == shape.digest
            assert suggestion.reference.startswith("tiny-1")
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["upload.received", "upload.identified"]


def test_the_stored_ink_is_what_the_engine_saw(services, project, hand_in, work):
    hand_in(picture(5), "E010.png", project())
    work()
    with services.database.reading() as session:
        shape = session.scalars(select(Shape)).one()
        gaiji = session.scalars(select(Gaiji)).one()
    ink = ink_of(shape.png)
    assert gaiji.code == "U+E010"
    assert ink.max() == 255
    assert 0 < (ink > 128).mean() < 0.5  # ink is light in the picture, and the smaller part of it
    assert np.asarray(ink).max(initial=0) == 255


def test_the_same_picture_in_two_projects_is_one_shape_and_is_identified_once(
    services, project, hand_in, work, monkeypatch
):
    seen: list[int] = []
    identified = Identifier.identify

    def counted(self, glyphs):
        seen.append(len(glyphs))
        return identified(self, glyphs)

    monkeypatch.setattr(Identifier, "identify", counted)
    one, other = project("住民記録"), project("税")
    hand_in(many([1, 2, 1]), "一.zip", one)
    hand_in(many([2, 9]), "二.zip", other)
    assert work() == 2
    assert seen == [2, 1]  # 1 and 2; then only 9
    assert (_count(services, Shape), _count(services, Suggestion), _count(services, Gaiji)) == (3, 3, 5)
    with services.database.reading() as session:
        counts = {(each.project_id, each.gaiji_count) for each in session.scalars(select(ProjectShape))}
    assert counts == {(one, 2), (one, 1), (other, 1)}


def test_another_municipality_gets_shapes_of_its_own(services, project, hand_in, work):
    hand_in(picture(1), "a.png", project())
    hand_in(picture(1), "a.png", project("税", "there"), "there")
    work()
    with services.database.reading() as session:
        shapes = session.scalars(select(Shape)).all()
    assert len({each.municipality_id for each in shapes}) == 2
    assert len({each.digest for each in shapes}) == 1


def test_another_charset_is_asked_again_and_both_stay_on_record(services, project, hand_in, work):
    hand_in(picture(1), "a.png", project())
    hand_in(picture(1), "a.png", project("戸籍", charset="juki"))
    work()
    with services.database.reading() as session:
        assert [each.charset for each in session.scalars(select(Suggestion))] == ["mj", "juki"]
        shape = session.scalars(select(Shape)).one()
    assert shape.version == 2


def test_what_cannot_be_read_becomes_a_row_that_says_why(services, project, hand_in, work):
    blank = zipped([("1.png", picture(1)), ("2.png", b"\x89PNG\r\n\x1a\nrubbish"), ("3.txt", b"hello")])
    upload = hand_in(blank, "混ざり.zip", project())
    work()
    with services.database.reading() as session:
        rows = session.scalars(select(Gaiji).order_by(Gaiji.ordinal)).all()
        upload = session.get_one(Upload, upload.id)
    assert [(row.status, row.shape_id is None) for row in rows] == [
        ("ok", False),
        ("unreadable-image", True),
        ("unsupported-format", True),
    ]
    assert all(row.message for row in rows[1:])
    assert (upload.done, upload.failed, upload.state) == (3, 2, "done")
    assert "2 件は読めませんでした" in upload.message


def test_an_empty_picture_is_a_failure_not_a_shape(services, project, hand_in, work):
    hand_in(zipped([("1.png", picture(0, side=4))]), "小.zip", project())
    work()
    with services.database.reading() as session:
        row = session.scalars(select(Gaiji)).one()
    assert row.shape_id is None
    assert row.status != "ok"


def test_names_that_no_database_takes_are_made_harmless(services, project, hand_in, work):
    hand_in(zipped([("a\x01\n'\";--.png", picture(1))]), "x.zip", project())
    work()
    with services.database.reading() as session:
        row = session.scalars(select(Gaiji)).one()
    assert row.status == "ok"
    assert row.source == "x.zip#a\ufffd\ufffd'\";--.png"


def test_a_nearly_equal_picture_points_to_the_earlier_shape(services, project, hand_in, work):

    clean = np.asarray(Image.open(io.BytesIO(picture(85)))).copy()
    noisy = clean.copy()
    noisy[20, 6] = 230 if noisy[20, 6] == 255 else 25  # one faint dot
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "PNG")
    hand_in(picture(85), "E000.png", project())
    work()
    hand_in(file.getvalue(), "E001.png", project("税"))
    work()
    with services.database.reading() as session:
        first, second = session.scalars(select(Gaiji).order_by(Gaiji.id))
    assert first.near_shape_id is None
    assert second.shape_id != first.shape_id
    assert second.near_shape_id == first.shape_id


def test_blocks_of_any_size_give_the_same_rows(services, people, project, hand_in, work, monkeypatch):
    numbers = [1, 2, 3, 2, 5, 6, 1, 8, 9, 10, 3]
    hand_in(many(numbers), "a.zip", project())
    work()
    monkeypatch.setattr(identify, "BLOCK_GLYPHS", 3)
    hand_in(many(numbers), "a.zip", project("税", "there"), "there")
    work()
    whole, parts = everything(services, people["here"]), everything(services, people["there"])
    assert whole == parts
    assert len(whole["gaiji"]) == len(numbers)
