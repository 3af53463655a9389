"""Uploaded files on disk: whole or not there, named by content, within the limits."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import InvalidError, TooLargeError, UnavailableError
from api.work import storage


def _store(folder, content: bytes, **options) -> str:
    limits = {"limit_bytes": 2**20, "head_bytes": 16, **options}
    with storage.incoming(folder, io.BytesIO(content), **limits) as received:
        storage.keep(folder, received)
        return received.sha256


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=5000), chunk=st.integers(1, 700))
def test_what_is_stored_is_what_came(tmp_path, content, chunk):
    before, storage.CHUNK_BYTES = storage.CHUNK_BYTES, chunk
    try:
        with storage.incoming(tmp_path, io.BytesIO(content), limit_bytes=5000, head_bytes=16) as received:
            path = storage.keep(tmp_path, received)
    finally:
        storage.CHUNK_BYTES = before
    assert path.read_bytes() == content
    assert received.head == content[:16]
    assert (received.size, received.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert path == storage.stored_path(tmp_path, received.sha256)
    assert storage.is_intact(path, received.sha256)


def test_the_same_content_is_stored_once(tmp_path):
    assert _store(tmp_path, b"same") == _store(tmp_path, b"same")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_file_at_the_limit_is_taken_and_one_byte_more_is_not(tmp_path):
    _store(tmp_path, b"x" * 100, limit_bytes=100)
    with pytest.raises(TooLargeError):
        _store(tmp_path, b"x" * 101, limit_bytes=100)


class Broken(io.BytesIO):
    def read(self, size=-1):
        raise ConnectionResetError("the browser has gone")


@pytest.mark.parametrize(
    ("file", "error"),
    [
        (io.BytesIO(b""), InvalidError),
        (io.BytesIO(b"x" * 2000), TooLargeError),
        (Broken(), ConnectionResetError),
    ],
)
def test_what_is_refused_leaves_nothing(tmp_path, file, error):
    limits = {"limit_bytes": 1000, "head_bytes": 16}
    with pytest.raises(error), storage.incoming(tmp_path, file, **limits):
        pytest.fail("was taken")
    assert list(tmp_path.rglob("*.part")) == []


def test_what_is_not_kept_is_gone(tmp_path):
    with storage.incoming(tmp_path, io.BytesIO(b"abc"), limit_bytes=10, head_bytes=16) as received:
        assert received.path.exists()
    assert not received.path.exists()


def test_too_little_room_is_told_before_anything_is_written(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    free = storage.RESERVE_BYTES + 1000
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _path: usage._replace(free=free))
    _store(tmp_path, b"abc", size_hint=1000)
    with pytest.raises(UnavailableError) as told:
        _store(tmp_path, b"abc", size_hint=1001)
    assert (told.value.status, told.value.code) == (503, "unavailable")
    _store(tmp_path, b"abc", size_hint=10**12, limit_bytes=900)  # a sender may say anything


def test_a_disk_that_fills_up_meanwhile_is_told(tmp_path, monkeypatch):
    def full(_descriptor) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(UnavailableError):
        _store(tmp_path, b"abc")
    assert list(tmp_path.rglob("*.part")) == []


def test_another_error_of_the_disk_is_not_called_full(tmp_path, monkeypatch):
    def broken(_descriptor) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(storage.os, "fsync", broken)
    with pytest.raises(OSError, match="input/output"):
        _store(tmp_path, b"abc")


def test_a_changed_file_is_not_intact(tmp_path):
    sha256 = _store(tmp_path, b"abc")
    path = storage.stored_path(tmp_path, sha256)
    path.write_bytes(b"abd")
    assert not storage.is_intact(path, sha256)
    path.unlink()
    assert not storage.is_intact(path, sha256)


def test_sweeping_takes_only_what_is_old_and_nobodys(tmp_path):
    kept, gone = _store(tmp_path, b"kept"), _store(tmp_path, b"gone")
    (tmp_path / "old.part").write_bytes(b"half")
    assert storage.sweep(tmp_path, {kept}) == 0
    assert storage.sweep(tmp_path, {kept}, older_than_s=-60) == 2
    assert storage.stored_path(tmp_path, kept).exists()
    assert not storage.stored_path(tmp_path, gone).exists()
    assert storage.sweep(tmp_path / "missing", set()) == 0
