"""Taking files in: who may, what is refused and why, what is written down."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview
from api.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)
from api.store.models import AuditEvent, Municipality, Project, Upload
from api.store.types import now
from api.work import storage, uploads
from api.work.upload_options import UploadOptions
from engine.glyph.options import PRIVATE_USE
from engine.glyph.page.options import CaptionSide, Order
from engine.glyph.raw import BitOrder

PNG = b"\x89PNG\r\n\x1a\n" + b"whatever"


@pytest.fixture
def enter(services, people):
    def go(who: str = "first", role: Role = Role.FIRST, where: str = "here") -> Place:
        with services.database.reading() as session:
            town = session.get_one(Municipality, people[where])
        return Place(
            Actor(people[who], who, {town.id: role}), role, town.id, town.code, town.name, SecondReview.ALL
        )

    return go


@pytest.fixture
def project_id(services, people) -> int:
    with services.database.writing() as session:
        project = Project(municipality_id=people["here"], name="住民記録", system="住記")
        session.add(project)
        session.flush()
        return project.id


@pytest.fixture
def give(services, enter, project_id):
    def go(content: bytes = PNG, name: str = "a.png", place: Place | None = None, **values) -> Upload:
        given = {"project_id": project_id, **values}
        return uploads.receive(services, place=place or enter(), file=io.BytesIO(content), name=name, **given)

    return go


def test_a_file_is_stored_noted_and_rung_for(services, give, people, project_id):
    rung: list[bool] = []
    services.ring = lambda: rung.append(True)
    upload = give(options=UploadOptions(ranges="E000-E0FF"))
    assert rung == [True]
    assert storage.stored_path(services.settings.uploads_dir, upload.sha256).read_bytes() == PNG
    with services.database.reading() as session:
        row = session.get_one(Upload, upload.id)
        event = session.scalars(select(AuditEvent)).one()
    assert (row.state, row.name, row.size, row.options) == (
        "queued",
        "a.png",
        len(PNG),
        {"ranges": "E000-E0FF"},
    )
    assert (row.municipality_id, row.project_id, row.user_id) == (people["here"], project_id, people["first"])
    assert (event.action, event.object_id, event.user_id) == ("upload.received", row.id, people["first"])
    assert "a.png" not in str(event.detail)  # a name may be a person's


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"MZ\x90\x00", "EUDC.TTE"),
        (b"<html>", "a.png"),
        (b"Windows EUDC Editor Bitmap File", "a.euf"),
        (b"x", "a.ttf"),
    ],
)
def test_content_that_cannot_be_read_is_refused_whatever_its_name(services, give, head, name):
    with pytest.raises(UnsupportedError) as told:
        give(head + b"\0" * 100, name)
    assert told.value.status == 415
    assert "TTE" in str(told.value)
    with services.database.reading() as session:
        assert session.query(Upload).count() == 0
    assert not [path for path in services.settings.uploads_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04", b"\x00\x01\x00\x00", b"%PDF-1.7", b"STARTFONT 2.1", b"BM", b"\x1f\x8b"]
)
def test_content_that_can_be_read_is_taken_whatever_its_name(give, head):
    assert give(head + b"\0" * 100, "何か.exe").state == "queued"


def test_a_dump_looks_like_anything(give):
    assert give(b"\x12\x34" * 100, "外字.bin", options=UploadOptions(raw="24x24")).options == {"raw": "24x24"}


def test_too_large_a_file_is_refused(services, give):
    services.settings = services.settings.model_copy(update={"upload_mib": 1})
    with pytest.raises(TooLargeError):
        give(PNG + b"\0" * 2**20)


def test_who_may_not_and_where_not(services, give, enter, people):
    with pytest.raises(ForbiddenError):
        give(place=enter("viewer", Role.VIEWER))
    with pytest.raises(NotFoundError):
        give(place=enter("other-first", Role.FIRST, "there"))  # the project is not theirs
    with pytest.raises(NotFoundError):
        give(project_id=999)
    with services.database.reading() as session:
        assert session.query(Upload).count() == 0


def test_a_closed_project_takes_nothing(services, give, project_id):
    with services.database.writing() as session:
        session.get_one(Project, project_id).archived_at = now()
    with pytest.raises(ConflictError):
        give()


def test_a_job_of_a_closed_project_is_not_taken_up_again(services, give, enter, project_id):
    upload = give()
    with services.database.writing() as session:
        uploads.cancel(session, place=enter(), upload_id=upload.id)
        session.get_one(Project, project_id).archived_at = now()
    with pytest.raises(ConflictError, match="終了"):
        uploads.retry(services, place=enter(), upload_id=upload.id)
    with services.database.reading() as session:
        assert session.get_one(Upload, upload.id).state == "cancelled"


def test_identifying_again_is_called_off_by_those_who_may_begin_it(services, enter, project_id):
    admin = enter("admin", Role.ADMIN)
    job = uploads.reidentify(services, place=admin, project_id=project_id)
    with services.database.writing() as session, pytest.raises(ForbiddenError):
        uploads.cancel(session, place=enter("second", Role.SECOND), upload_id=job.id)
    with services.database.writing() as session:
        uploads.cancel(session, place=admin, upload_id=job.id)
    with pytest.raises(ForbiddenError):
        uploads.retry(services, place=enter(), upload_id=job.id)
    assert uploads.retry(services, place=admin, upload_id=job.id).state == "queued"


def test_another_municipality_finds_lists_cancels_nothing(services, give, enter, project_id):
    upload, theirs = give(), enter("other-admin", Role.ADMIN, "there")
    with services.database.writing() as session:
        with pytest.raises(NotFoundError):
            uploads.find(session, place=theirs, upload_id=upload.id)
        with pytest.raises(NotFoundError):
            uploads.cancel(session, place=theirs, upload_id=upload.id)
        assert list(uploads.of_project(session, place=theirs, project_id=project_id)) == []
        assert [each.id for each in uploads.of_project(session, place=enter(), project_id=project_id)] == [
            upload.id
        ]
    with pytest.raises(NotFoundError):
        uploads.retry(services, place=theirs, upload_id=upload.id)
    with pytest.raises(NotFoundError):
        uploads.reidentify(services, place=theirs, project_id=project_id)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("EUDC.TTE", "EUDC.TTE"),
        ("C:\\Windows\\Fonts\\EUDC.TTE", "EUDC.TTE"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n\u202egnp.exe", "abgnp.exe"),
        ("", "名前のないファイル"),
        ("..", "名前のないファイル"),
        ("/", "名前のないファイル"),
    ],
)
def test_names_lose_folders_and_what_is_not_printed(given_name, shown):
    assert uploads.clean_name(given_name) == shown


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_can_be_kept(name):
    shown = uploads.clean_name(name)
    assert 0 < len(shown) <= uploads.NAME_CHARACTERS
    assert not {"/", "\\", "\0", "\n"} & set(shown)
    assert uploads.clean_name(shown) == shown
    shown.encode("utf-8")


def test_a_long_name_keeps_its_suffix():
    assert uploads.clean_name("外" * 300 + ".tte") == "外" * 251 + ".tte"


LEDGER = "団体コード,システム,外字コード\n131016,住記,E000\n,,E001\n131016,税,E002\n"


def test_a_ledger_is_kept_beside_the_file(services, give):
    upload = give(ledger=io.BytesIO(LEDGER.encode()), ledger_name="台帳.csv")
    noted = upload.options["ledger"]
    assert (noted["name"], noted["suffix"]) == ("台帳.csv", ".csv")
    stored = storage.stored_path(services.settings.uploads_dir, noted["sha256"])
    assert stored.read_bytes() == LEDGER.encode()


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("団体コード,外字コード\n011002,E000\n", "a.csv", "ほかの団体コード"),
        ("システム,外字コード\n税,E000\n", "a.csv", "住記"),
        ("外字コード\n", "a.csv", "一行も"),
        ("名前\n山田\n", "a.csv", "台帳"),
        (LEDGER, "a.txt", ".csv"),
        (LEDGER, "a.xlsx", "台帳"),
        ("外字コード,画像ファイル\nE000,../../etc/passwd\n", "a.csv", "相対パス"),
    ],
)
def test_a_ledger_that_does_not_fit_is_refused_at_once(services, give, text, name, says):
    with pytest.raises(InvalidError) as told:
        give(ledger=io.BytesIO(text.encode()), ledger_name=name)
    assert says in str(told.value)
    assert told.value.details == {"field": "ledger"}
    assert str(services.settings.data_dir) not in str(told.value)
    assert "/tmp" not in str(told.value)
    with services.database.reading() as session:
        assert session.query(Upload).count() == 0


def test_options_reach_the_readers():
    form = {
        "ranges": "E000-E0FF, U+F000", "codes_from_names": "yes", "sheet": "on", "sheet_grid": "10x20",
        "first_code": "E100", "sheet_order": "columns", "sheet_caption": "bottom:20", "csrf": "x",
        "all_glyphs": "",
    }  # fmt: skip
    options = UploadOptions.from_form(form)
    assert UploadOptions.from_words(options.to_words()) == options
    read = options.to_read()
    assert read.ranges == ((0xE000, 0xE0FF), (0xF000, 0xF000))
    assert read.codes_from_names is True
    assert read.sheet is not None
    assert (read.sheet.grid, read.sheet.first_code, read.sheet.order) == ((10, 20), 0xE100, Order.COLUMNS)
    assert (read.sheet.caption, read.sheet.caption_share) == (CaptionSide.BOTTOM, 0.2)
    raw = (
        UploadOptions.from_form({"raw": "24x32", "raw_order": "lsb", "raw_skip": "128", "raw_code": "80A1"})
        .to_read()
        .raw
    )
    assert raw is not None
    assert (raw.width, raw.height, raw.order, raw.skip, raw.first_code) == (24, 32, BitOrder.LSB, 128, "80A1")


def test_an_empty_form_is_the_defaults():
    read = UploadOptions.from_form(dict.fromkeys(("ranges", "raw", "sheet", "sheet_grid"), "")).to_read()
    assert (read.ranges, read.raw, read.sheet, read.codes_from_names) == (PRIVATE_USE, None, None, None)
    assert UploadOptions().to_words() == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ranges", "F000-E000"), ("ranges", "外字"), ("ranges", "E000-110000"),
        ("codes_from_names", "maybe"),
        ("raw", "24"), ("raw", "2x2"), ("raw", "999x24"), ("sheet_grid", "0x5"), ("sheet_grid", "10"),
        ("first_code", "80A1"), ("sheet_order", "spiral"), ("sheet_caption", "bottom:90"),
        ("sheet_caption", "left"),
        ("raw_skip", "-1"), ("raw_skip", "many"), ("raw_cells", "FE-A1"), ("raw_code", "ZZZZ"),
        ("raw_code", "8001"),
        ("raw_order", "middle"), ("raw_rows", "word"), ("sheet", "perhaps"), ("ranges", "E000," * 300),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_field_and_speaks_of_no_command_line(field, value):
    form = {"raw": "24x24"} if field.startswith("raw") else {"sheet": "on"}
    with pytest.raises(InvalidError) as told:
        UploadOptions.from_form({**form, field: value})
    assert told.value.details == {"field": field}
    assert "--" not in str(told.value)


@given(
    st.dictionaries(
        st.sampled_from(sorted(UploadOptions.__slots__)),
        st.one_of(st.text(max_size=12), st.booleans(), st.integers(), st.none()),
    )
)
def test_any_form_is_read_or_refused(form):
    try:
        options = UploadOptions.from_form(form)
    except InvalidError:
        return
    assert UploadOptions.from_words(options.to_words()) == options
