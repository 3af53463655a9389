"""Hostile files go through the real readers and end as rows that say why; the worker lives."""

from __future__ import annotations

import struct
import zipfile

import pytest
from sqlalchemy import select

from api.jobs.worker import Worker
from api.store.models import Gaiji, Upload
from api.work.upload_options import UploadOptions

from .conftest import DOTS, dots, picture, zipped


def _bomb() -> bytes:
    return zipped([("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 30_000_000)])


def _outside() -> bytes:
    return zipped(
        [("../../../etc/cron.d/a.png", picture(1)), ("C:/a.png", picture(2)), ("b.png", picture(3))]
    )


def _nested() -> bytes:
    return zipped([("inner.zip", zipped([("a.png", picture(1))]))])


def _liar() -> bytes:
    """A directory that promises four thousand million members."""
    data = bytearray(zipped([("a.png", picture(1))]))
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = struct.pack("<HH", 0xFFFF, 0xFFFF)
    data[end + 12 : end + 16] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(data)


def _huge_picture() -> bytes:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + b"\0\0\0\0"


def _cut() -> bytes:
    return zipped([(f"{n}.png", picture(n)) for n in range(1, 30)])[:2000]


@pytest.mark.parametrize(
    ("make", "name", "statuses"),
    [
        (_bomb, "爆弾.zip", {"too-large"}),
        (_outside, "外.zip", {"unreadable-archive", "ok"}),
        (_nested, "入れ子.zip", {"unsupported-format"}),
        (_liar, "嘘.zip", {"too-many", "unreadable-archive"}),
        (_huge_picture, "巨大.png", {"too-large"}),
        (_cut, "切れた.zip", {"unreadable-archive"}),
        (lambda: b"\x00\x01\x00\x00" + b"\xff" * 500, "EUDC.TTE", {"unreadable-font"}),
        (lambda: b"%PDF-1.7\n" + b"x" * 100, "一覧.pdf", {"unreadable-pdf"}),
    ],
)
def test_a_hostile_file_becomes_rows(services, project, hand_in, make, name, statuses):
    project_id = project()
    upload = hand_in(make(), name, project_id)
    after = hand_in(dots([1]), "次.bin", project_id, options=DOTS)
    assert Worker(services).run_all() == 2
    with services.database.reading() as session:
        rows = session.scalars(select(Gaiji).where(Gaiji.upload_id == upload.id)).all()
        states = [session.get_one(Upload, each.id).state for each in (upload, after)]
    assert states == ["done", "done"]
    assert rows
    assert {row.status for row in rows} <= statuses
    assert all(row.message for row in rows if row.status != "ok")
    told = " ".join(row.message + row.source for row in rows)
    assert str(services.settings.data_dir) not in told


@pytest.mark.parametrize(
    "name", ["con.png", "a:b|c?.png", "#E000.png", "..png", "外" * 250 + ".png", "x" * 250 + ".tte"]
)
def test_any_name_can_be_worked_on(services, project, hand_in, name):
    upload = hand_in(picture(1), name, project())
    Worker(services).run_all()
    with services.database.reading() as session:
        row = session.scalars(select(Gaiji)).one()
    assert (row.status, row.source) == ("ok", upload.name)


def test_a_dump_that_is_a_zip_is_refused_by_its_reader(services, project, hand_in):
    hand_in(zipped([("a.png", picture(1))]), "外字.bin", project(), options=UploadOptions(raw="24x24"))
    Worker(services).run_all()
    with services.database.reading() as session:
        assert [row.status for row in session.scalars(select(Gaiji))] == ["unsupported-format"]


def test_a_ledger_gives_keys_and_misses_what_is_not_there(services, project, hand_in):
    import io

    ledger = "外字コード,フォント,種類\nE000,明朝,1\nE005,明朝,1\n"
    content = zipped([("E000.png", picture(1)), ("E001.png", picture(2))])
    hand_in(
        content, "外字.zip", project(kind="3"), ledger=io.BytesIO(ledger.encode()), ledger_name="台帳.csv"
    )
    Worker(services).run_all()
    with services.database.reading() as session:
        rows = session.scalars(select(Gaiji).order_by(Gaiji.ordinal)).all()
    assert [(row.code, row.font, row.kind, row.status) for row in rows] == [
        ("U+E000", "明朝", "1", "ok"),
        ("U+E001", "", "3", "ok"),
        ("U+E005", "明朝", "1", "not-delivered"),
    ]
    assert rows[2].source == "台帳.csv#3 行目"
    assert zipfile.is_zipfile(io.BytesIO(content))
