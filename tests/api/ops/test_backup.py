"""Backup and restore: nothing committed before is missing, on either backend, while people decide."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
import zipfile
from contextlib import closing
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, select, text, update

from api.access import sessions
from api.app import create_app
from api.ops.backup import make as making
from api.ops.backup import restore as restoring
from api.ops.backup.archive import DATABASE, MANIFEST, BackupError, open_archive
from api.ops.backup.make import make
from api.ops.backup.restore import restore
from api.ops.backup.verify import verify
from api.review.check import check
from api.services import Services
from api.settings import ServerSettings
from api.store.database import Database
from api.store.migrate import upgrade
from api.store.models import (
    ApiToken,
    AuditEvent,
    Base,
    Decision,
    LoginSession,
    Note,
    Shape,
)
from api.store.types import now
from api.work.storage import stored_path
from tests.api.ops.content import Content
from tests.api.postgresql import SERVER_URL, fresh_database
from tests.api.review.material import SAME, SIMILAR


@pytest.fixture
def content(services, people, material) -> Content:
    """An installation with decisions, withdrawals and uploaded files."""
    return Content(services, people, material)


@pytest.fixture
def elsewhere(tmp_path) -> ServerSettings:
    """An empty place for SQLite."""
    return ServerSettings(data_dir=tmp_path / "elsewhere", database_url="", _env_file=None)


def rows_of(url: str) -> dict[str, list[tuple]]:
    """Every row of every table but what a restore itself writes."""
    database = Database(url)
    try:
        with database.reading() as session:
            found = {
                table.name: sorted(session.execute(select(table)).all(), key=repr)
                for table in Base.metadata.sorted_tables
            }
    finally:
        database.close()
    found["audit_event"] = [row for row in found["audit_event"] if not row.action.startswith("backup.")]
    found["login_session"] = [row[:4] for row in found["login_session"]]
    found["note"] = [row for row in found["note"] if row.name not in ("worker", "backup")]
    return found


def test_everything_comes_back(services, content, elsewhere, tmp_path):
    content.fill()
    made = make(services, tmp_path / "b.zip")
    before = rows_of(services.settings.url)
    restored = restore(made.path, elsewhere)
    assert rows_of(elsewhere.url) == before
    assert restored.rows == sum(made.manifest.counts.values())
    assert restored.mismatches == made.verified.mismatches == 0
    assert made.verified.shapes == len(before["shape"]) > 0
    assert len(before["decision"]) >= 4 and len(before["withdrawal"]) == 1
    for digest, data in content.files.items():
        assert stored_path(elsewhere.uploads_dir, digest).read_bytes() == data
    assert not list(elsewhere.data_dir.glob("restore-*"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".gaiji")) == []


def test_the_application_starts_on_it_and_goes_on_numbering(
    services, content, elsewhere, tmp_path, tiny_settings
):
    content.fill()
    restore(make(services, tmp_path / "b.zip", check=False).path, elsewhere)
    with TestClient(create_app(elsewhere, tiny_settings)) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
    _go_on(elsewhere, content)


def _go_on(settings: ServerSettings, content: Content) -> None:
    """New rows get new numbers, and records stay append-only."""
    there = Services(settings, content.services.engine_settings)
    try:
        with there.database.reading() as session:
            last = session.scalar(select(func.max(Decision.id)))
        assert content.decide("first", content.open_shape, SAME, there).decision_id == last + 1
        for statement in ("DELETE FROM decision", "UPDATE audit_event SET action = 'x'"):
            with pytest.raises(Exception, match="append-only"), there.database.writing() as session:
                session.execute(text(statement))
        assert check(there).mismatches == ()
    finally:
        there.close()


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_nothing_decided_before_is_missing_while_four_go_on(services, content, elsewhere, tmp_path, where):
    if where == "postgresql" and not SERVER_URL:
        pytest.skip("no PostgreSQL server for tests")
    shapes = content.material.shapes(400, inks=None)
    committed: list[tuple[float, int]] = []
    stop, failures = threading.Event(), []

    def work(mine: list[int]) -> None:
        try:
            for shape_id in mine:
                if stop.is_set():
                    return
                content.decide("first", shape_id, SIMILAR)
                committed.append((time.monotonic(), shape_id))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(shapes[at::4],)) for at in range(4)]
    for thread in threads:
        thread.start()
    while len(committed) < 20:
        time.sleep(0.01)
        assert not failures
    began = time.monotonic()
    made = make(services, tmp_path / "b.zip", check=False)
    ended = time.monotonic()
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    before = {shape_id for at, shape_id in committed if at <= began}
    during = {shape_id for at, shape_id in committed if began < at <= ended}
    assert len(before) >= 20
    assert during, "nobody decided while the backup was made: the test shows nothing"

    def checked(settings: ServerSettings) -> None:
        there = Services(settings)
        try:
            with there.database.reading() as session:
                kept = set(session.scalars(select(Decision.shape_id)))
            assert kept >= before
            assert kept <= {shape_id for _at, shape_id in committed} | set(shapes)
            found = check(there)
            assert found.mismatches == () and found.shapes >= 400
        finally:
            there.close()

    if where == "postgresql":
        with fresh_database() as url:
            target = ServerSettings(data_dir=elsewhere.data_dir, database_url=url, _env_file=None)
            restore(made.path, target)
            checked(target)
    else:
        restore(made.path, elsewhere)
        checked(elsewhere)


@pytest.mark.skipif(not SERVER_URL, reason="no PostgreSQL server for tests")
def test_from_either_backend_to_the_other(services, content, elsewhere, tmp_path):
    content.fill()
    before = rows_of(services.settings.url)
    made = make(services, tmp_path / "b.zip")
    assert made.manifest.backend == "postgresql"
    restore(made.path, elsewhere)
    assert rows_of(elsewhere.url) == before
    back = Services(elsewhere)
    try:
        again = make(back, tmp_path / "again.zip")
    finally:
        back.close()
    assert again.manifest.backend == "sqlite"
    with fresh_database() as url:
        target = ServerSettings(data_dir=tmp_path / "third", database_url=url, _env_file=None)
        restore(again.path, target)
        assert rows_of(url) == before
        _go_on(target, content)
        with pytest.raises(BackupError, match="空ではありません"):
            restore(again.path, target, force=True)


# --- What is told, and kept ---


def test_it_is_noted_without_paths_or_names(services, content, tmp_path):
    content.fill()
    made = make(services, tmp_path / "b.zip")
    with services.database.reading() as session:
        note = session.get_one(Note, "backup")
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "backup.made")).one()
    assert note.value["file"] == "b.zip" and note.value["bytes"] == made.size
    assert note.value["verified"] is True and note.value["missing"] == 0
    assert str(tmp_path) not in json.dumps(note.value) + json.dumps(event.detail)
    assert set(event.detail) == set(note.value) - {"file"}


def test_only_the_owner_may_read_it(services, content, tmp_path):
    path = make(services, tmp_path / "b.zip", check=False).path
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_an_existing_file_stays_unless_told(services, content, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(b"mine")
    with pytest.raises(BackupError, match="--force"):
        make(services, path)
    assert path.read_bytes() == b"mine"
    make(services, path, replace_existing=True, check=False)
    assert zipfile.is_zipfile(path)


def test_the_newest_are_kept_and_other_files_stay(services, content, tmp_path, monkeypatch):
    names = [f"gaiji-2026010{day}-000000.zip" for day in range(1, 6)]
    for name in (*names, "gaiji-mine.zip", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    made = make(services, tmp_path, keep=3, check=False)
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left == {names[3], names[4], made.path.name, "gaiji-mine.zip", "notes.txt"}
    assert [path.name for path in made.removed] == names[:3]


def test_a_failed_backup_leaves_nothing_and_removes_nothing(services, content, tmp_path, monkeypatch):
    old = tmp_path / "gaiji-20260101-000000.zip"
    old.write_bytes(b"x")

    def broken(*_args, **_more):
        raise BackupError("broken")

    monkeypatch.setattr(making, "verify", broken)
    with pytest.raises(BackupError, match="broken"):
        make(services, tmp_path, keep=1)
    assert [path.name for path in tmp_path.iterdir() if path.name != "server"] == [old.name]


def test_litter_of_a_killed_backup_is_swept_after_a_day(services, content, tmp_path):
    old, young = tmp_path / ".gaiji-backup-old", tmp_path / ".gaiji-backup-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / DATABASE).write_bytes(b"x")
    os.utime(old, (time.time() - 25 * 3600,) * 2)
    make(services, tmp_path / "b.zip", check=False)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_full_disk_is_refused_before_it_is_filled(services, content, elsewhere, tmp_path, monkeypatch):
    path = make(services, tmp_path / "b.zip", check=False).path
    usage = type("usage", (), {"free": 2**20})
    for module in (making, restoring):
        monkeypatch.setattr(module.shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(BackupError, match="空きが足りません"):
        make(services, tmp_path / "c.zip")
    with pytest.raises(BackupError, match="空きが足りません"):
        restore(path, elsewhere)
    assert not (tmp_path / "c.zip").exists()
    assert not elsewhere.uploads_dir.exists()


def test_a_missing_and_a_damaged_file_are_told(services, content, elsewhere, tmp_path):
    content.fill()
    gone, broken = sorted(content.files)[:2]
    stored_path(services.settings.uploads_dir, gone).unlink()
    stored_path(services.settings.uploads_dir, broken).write_bytes(b"rot")
    made = make(services, tmp_path / "b.zip")
    assert set(made.manifest.missing) == {gone, broken}
    assert restore(made.path, elsewhere).uploads == len(content.files) - 2
    assert not stored_path(elsewhere.uploads_dir, broken).exists()


def test_without_uploads(services, content, elsewhere, tmp_path):
    content.fill()
    made = make(services, tmp_path / "b.zip", with_uploads=False)
    assert [member.name for member in made.manifest.members] == [DATABASE]
    assert restore(made.path, elsewhere).uploads == 0
    assert rows_of(elsewhere.url)["upload"] == rows_of(services.settings.url)["upload"]


def test_columns_that_do_not_follow_from_the_records_are_found(services, content, tmp_path):
    content.fill()
    with services.database.writing() as session:
        session.execute(update(Shape).where(Shape.id == content.open_shape).values(state="settled"))
    made = make(services, tmp_path / "b.zip")
    assert made.verified.mismatches == 1
    with services.database.reading() as session:
        assert session.get_one(Note, "backup").value["mismatches"] == 1


# --- Restoring ---


def test_logins_of_that_time_are_ended_and_tokens_counted(services, content, people, elsewhere, tmp_path):
    with services.database.writing() as session:
        sessions.begin(session, user_id=people["first"], settings=services.settings)
        for number, more in enumerate(({}, {"revoked_at": now()})):
            session.add(
                ApiToken(
                    token_digest=f"{number:064}", prefix="p", name="n", user_id=people["first"],
                    municipality_id=people["here"], role="first", expires_at=now() + timedelta(1), **more,
                )
            )  # fmt: skip
    restored = restore(make(services, tmp_path / "b.zip", check=False).path, elsewhere)
    assert restored.tokens == 1
    database = Database(elsewhere.url)
    with database.reading() as session:
        assert session.scalars(select(LoginSession.revoked_at)).all() != [None]
        assert session.scalar(select(AuditEvent).where(AuditEvent.action == "backup.restored"))
    database.close()


def test_data_that_is_there_is_not_touched(services, content, elsewhere, tmp_path):
    content.fill()
    path = make(services, tmp_path / "b.zip", check=False).path
    restore(path, elsewhere)
    there = rows_of(elsewhere.url)
    with pytest.raises(BackupError, match="もうデータがあります"):
        restore(path, elsewhere)
    assert rows_of(elsewhere.url) == there
    restored = restore(path, elsewhere, force=True)
    assert rows_of(f"sqlite:///{restored.set_aside}") == there == rows_of(elsewhere.url)


def test_an_empty_database_is_no_obstacle(services, content, elsewhere, tmp_path):
    content.fill()
    database = Database(elsewhere.url)
    upgrade(database)
    database.close()
    restore(make(services, tmp_path / "b.zip", check=False).path, elsewhere)
    assert rows_of(elsewhere.url)["decision"]


def test_a_database_in_use_is_not_replaced(services, content, elsewhere, tmp_path):
    path = make(services, tmp_path / "b.zip", check=False).path
    database = Database(elsewhere.url)
    upgrade(database)
    with database.engine.connect() as connection:
        connection.execute(text("SELECT * FROM note")).all()
        with pytest.raises(BackupError, match="使われています"):
            restore(path, elsewhere, force=True)
    database.close()


def test_an_older_schema_is_brought_up_to_date(content, elsewhere, tmp_path, tiny_settings):
    old = ServerSettings(data_dir=tmp_path / "old", database_url="", _env_file=None)
    database = Database(old.url)
    (tmp_path / "old").mkdir()
    upgrade(database, "0001")
    with database.engine.begin() as connection:
        connection.execute(
            insert(Base.metadata.tables["municipality"]).values(code="131016", name="千代田区")
        )
    database.close()
    services = Services(old)
    made = make(services, tmp_path / "b.zip")
    services.close()
    assert made.manifest.schema == "0001"
    restore(made.path, elsewhere)
    assert [row.name for row in rows_of(elsewhere.url)["municipality"]] == ["千代田区"]
    with TestClient(create_app(elsewhere, tiny_settings)) as client:
        assert client.get("/healthz").json() == {"status": "ok"}


# --- Archives by strangers ---


def remake(path, target, *, manifest=None, members=None, extra=()):
    """Write an archive anew, with changes to its manifest (a function) and members (by name)."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        document = json.loads(old.read(MANIFEST))
        for name in old.namelist():
            data = (members or {}).get(name, old.read(name))
            if name != MANIFEST and data is not None:
                new.writestr(name, data)
        for name, data in extra:
            new.writestr(name, data)
        if manifest:
            manifest(document)
        new.writestr(MANIFEST, json.dumps(document))
    return target


@pytest.fixture
def archive(services, content, tmp_path):
    content.fill()
    return make(services, tmp_path / "good.zip", check=False).path


def refused(path, settings, match: str = "バックアップ") -> None:
    for attempt in (lambda: verify(path), lambda: restore(path, settings)):
        with pytest.raises(BackupError, match=match):
            attempt()
    assert not (settings.data_dir / "gaiji.db").exists()


def test_a_good_one_passes(archive, elsewhere, tmp_path):
    """The yardstick of the tests below: an archive written anew without changes is restored."""
    restore(remake(archive, tmp_path / "same.zip"), elsewhere)


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "/etc/evil",
        "uploads/ab/../../evil",
        "uploads/ab/" + "ab" * 31,
        "C:\\evil",
        "gaiji.db-wal",
    ],
)
def test_other_names_are_refused(archive, elsewhere, tmp_path, name):
    digest = hashlib.sha256(b"evil").hexdigest()

    def listed(document):
        document["members"].append({"name": name, "size": 4, "sha256": digest})

    refused(remake(archive, tmp_path / "a.zip", extra=[(name, b"evil")]), elsewhere, "壊れている")
    refused(
        remake(archive, tmp_path / "b.zip", extra=[(name, b"evil")], manifest=listed), elsewhere, "壊れている"
    )
    assert not list(tmp_path.parent.rglob("evil"))


def test_a_changed_file_is_refused(archive, elsewhere, content, tmp_path):
    digest = sorted(content.files)[0]
    name = f"uploads/{digest[:2]}/{digest}"
    same_size = b"x" * len(content.files[digest])
    refused(remake(archive, tmp_path / "a.zip", members={name: same_size}), elsewhere, "中身が目録と違います")
    refused(remake(archive, tmp_path / "b.zip", members={name: b"other size"}), elsewhere, "大きさ")
    refused(remake(archive, tmp_path / "c.zip", members={name: None}), elsewhere, "目録と中のファイル")


def test_a_file_that_the_database_names_must_be_there(archive, elsewhere, content, tmp_path):
    digest = sorted(content.files)[0]
    name = f"uploads/{digest[:2]}/{digest}"

    def unlisted(document):
        document["members"] = [each for each in document["members"] if each["name"] != name]

    path = remake(archive, tmp_path / "a.zip", members={name: None}, manifest=unlisted)
    refused(path, elsewhere, "足りません")


def test_a_size_that_fits_on_no_disk_is_refused_before_writing(archive, elsewhere, tmp_path, monkeypatch):
    def huge(document):
        document["members"][0]["size"] = 2**60

    path = remake(archive, tmp_path / "a.zip", manifest=huge)
    refused(path, elsewhere, "大きさ")
    monkeypatch.setattr(restoring.shutil, "disk_usage", lambda _path: type("u", (), {"free": 2**20}))
    with pytest.raises(BackupError, match="空きが足りません"):
        restore(archive, elsewhere)


def test_a_bomb_stops_at_the_size_it_was_said_to_have(archive, elsewhere, tmp_path):
    """The ZIP's own directory lies about the size, as the manifest does."""
    with zipfile.ZipFile(archive) as file:
        small = file.getinfo(DATABASE).file_size
    bomb = remake(archive, tmp_path / "a.zip", members={DATABASE: bytes(small + 50_000_000)})
    raw = bomb.read_bytes().replace((small + 50_000_000).to_bytes(4, "little"), small.to_bytes(4, "little"))
    bomb.write_bytes(raw)
    with open_archive(bomb) as opened:
        assert opened.database.size == small
        sink = tmp_path / "sink"
        with sink.open("wb") as target, pytest.raises(BackupError):
            opened.read(opened.database, target)
        assert sink.stat().st_size <= small + 2**20


def test_a_newer_version_is_refused(archive, elsewhere, tmp_path):
    def newer(document):
        document["format_version"] = 2

    def schema(document):
        document["schema"] = "9999"

    refused(remake(archive, tmp_path / "a.zip", manifest=newer), elsewhere, "新しい版")
    refused(remake(archive, tmp_path / "b.zip", manifest=schema), elsewhere, "知りません")


@pytest.mark.parametrize("content_", [b"", b"PK", b"no archive at all" * 100, b"{}"])
def test_what_is_no_archive_is_refused(elsewhere, tmp_path, content_):
    path = tmp_path / "a.zip"
    path.write_bytes(content_)
    refused(path, elsewhere, "読めません")


@pytest.mark.parametrize("document", ["[]", "null", "{}", '{"format": "gaiji-backup"}', "[" * 100_000, "x"])
def test_a_manifest_that_is_none_is_refused(archive, elsewhere, tmp_path, document):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        new.writestr(DATABASE, old.read(DATABASE))
        new.writestr(MANIFEST, document)
    refused(path, elsewhere, "壊れている")


def with_database(archive, tmp_path, statement: str):
    """An archive whose database was worked on, hashes and counts put right."""
    with zipfile.ZipFile(archive) as file:
        (tmp_path / "work.db").write_bytes(file.read(DATABASE))
    with closing(sqlite3.connect(tmp_path / "work.db", isolation_level=None)) as connection:
        connection.executescript(statement)
    data = (tmp_path / "work.db").read_bytes()

    def listed(document):
        document["members"][0] |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    return remake(archive, tmp_path / "worked.zip", members={DATABASE: data}, manifest=listed)


def test_triggers_of_a_stranger_do_not_arrive(archive, elsewhere, tmp_path):
    path = with_database(
        archive, tmp_path,
        "CREATE TRIGGER evil AFTER INSERT ON note BEGIN DELETE FROM membership; END;"
        "DROP TRIGGER decision_no_delete; CREATE VIEW evil_view AS SELECT 1;",
    )  # fmt: skip
    restore(path, elsewhere)
    with closing(sqlite3.connect(elsewhere.data_dir / "gaiji.db")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "decision_no_delete" in names and not names & {"evil", "evil_view"}


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE note RENAME TO note_; CREATE VIEW note AS SELECT * FROM note_;",
        "ALTER TABLE note ADD COLUMN more TEXT;",
        "DROP TABLE note;",
        "DELETE FROM note; DELETE FROM municipality;",
    ],
)
def test_a_database_of_another_shape_is_refused(archive, elsewhere, tmp_path, statement):
    refused(with_database(archive, tmp_path, statement), elsewhere)


def test_damaged_pages_are_refused(archive, elsewhere, tmp_path):
    with zipfile.ZipFile(archive) as file:
        data = bytearray(file.read(DATABASE))
    for at in range(4096, len(data), 4096):
        data[at : at + 64] = os.urandom(64)

    def listed(document):
        document["members"][0]["sha256"] = hashlib.sha256(data).hexdigest()

    refused(remake(archive, tmp_path / "a.zip", members={DATABASE: bytes(data)}, manifest=listed), elsewhere)
