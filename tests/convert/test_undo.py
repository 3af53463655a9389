"""Undoing proves what it gives back, and refuses a file or a journal that was changed."""

import errno
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.convert import files, journal
from engine.convert.encoding import Encoding
from engine.convert.errors import ConvertError
from engine.convert.files import Paths, check_apart, writing
from engine.convert.journal import MAGIC, Journal, JournalWriter, Trailer
from engine.convert.undo import undo_file
from engine.errors import UsageError
from engine.output.sink import OutputError
from tests.convert.test_stream import run

BODY = "\ue000村,\ue002\r\n".encode("cp932") * 50


@pytest.fixture
def converted(tmp_path):
    run(tmp_path, BODY, Encoding.CP932)
    return tmp_path


def undo(folder):
    return undo_file(folder / "out", folder / "journal", folder / "back")


def test_the_original(converted):
    assert undo(converted) == len(BODY)
    assert (converted / "back").read_bytes() == BODY
    with pytest.raises(UsageError, match="--force"):
        undo(converted)


def test_a_changed_file_is_refused(converted):
    (converted / "out").write_bytes((converted / "out").read_bytes() + b"\n")
    with pytest.raises(ConvertError, match="変更された"):
        undo(converted)
    assert not (converted / "back").exists()


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_damaged_journal_never_gives_a_wrong_file(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("undo")
    run(folder, BODY, Encoding.CP932)
    content = bytearray((folder / "journal").read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (folder / "journal").write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        undo(folder)
    except ConvertError:
        assert not (folder / "back").exists()
    else:  # a length that nobody needs was changed
        assert (folder / "back").read_bytes() == BODY


TRAILER = Trailer("cp932", "cp932", (("f040", "92d2"), ("f041", "")), 0, 1, 1 << 60, "", "")


@given(st.lists(st.tuples(st.integers(0, 1 << 50), st.integers(0, 1)), max_size=20), st.integers(1, 7))
def test_entries_come_back(entries, block):
    stream = io.BytesIO()
    before, journal.BLOCK_ENTRIES = journal.BLOCK_ENTRIES, block
    try:
        writer = JournalWriter(stream)
        for first in range(0, len(entries), 3):
            part = np.array(entries[first : first + 3], np.int64)
            writer.add(part[:, 0], part[:, 1])
        values = {name: getattr(TRAILER, name) for name in Trailer.__slots__} | {"entries": len(entries)}
        writer.close(Trailer(**values))
        stream.seek(0)
        read = Journal(stream, Path("j"))
        found = [pair for gaps, pairs in read.entries() for pair in zip(gaps, pairs, strict=True)]
    finally:
        journal.BLOCK_ENTRIES = before
    assert found == entries
    assert read.pairs == [(b"\xf0\x40", b"\x92\xd2"), (b"\xf0\x41", b"")]


@pytest.mark.parametrize(
    "content", [b"", MAGIC, MAGIC * 3, b"x" * 100, MAGIC + struct.pack("<I", 1 << 31) + MAGIC]
)
def test_what_is_no_journal(tmp_path, content):
    (tmp_path / "out").write_bytes(b"a")
    (tmp_path / "journal").write_bytes(content)
    with pytest.raises(ConvertError, match="記録として読めません"):
        undo(tmp_path)
    (tmp_path / "out").unlink()
    with pytest.raises(ConvertError, match="読めません"):
        undo(tmp_path)


def test_files_must_be_apart(tmp_path):
    one, other = tmp_path / "a", tmp_path / "b"
    one.write_bytes(b"")
    other.hardlink_to(one)
    with pytest.raises(UsageError, match="同じファイル"):
        check_apart(one, tmp_path / "c" / ".." / "a")
    with pytest.raises(UsageError, match="同じファイル"):
        check_apart(one, other)
    with pytest.raises(UsageError, match="フォルダーがありません"):
        Paths(one, tmp_path / "d" / "x", tmp_path / "y", tmp_path / "z").check(force=False)


def test_a_full_disk(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="空き容量"), writing(tmp_path):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: files.shutil._ntuple_diskusage(1, 1, 1))
    with pytest.raises(OutputError, match="空きが足りません"):
        run(tmp_path, BODY, Encoding.CP932)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
