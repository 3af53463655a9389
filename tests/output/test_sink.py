"""A result file is there completely or not at all."""

import gc
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.output.sink import WRITERS, AtomicFile, OutputError, RowSink, check_output
from engine.result import Identification


@pytest.mark.parametrize("suffix", sorted(WRITERS))
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, suffix: str, error: type[BaseException]) -> None:
    path = tmp_path / f"a{suffix}"
    with pytest.raises(error), RowSink(path) as sink:
        sink.write(Identification("a.png"))
        raise error
    del sink
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), RowSink(path, force=True):
        raise KeyboardInterrupt
    assert path.read_text() == "old"


def test_force_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with RowSink(path, force=True):
        pass
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsource")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("a.txt", "拡張子"),
        ("a", "拡張子"),
        ("no/a.csv", "フォルダー"),
        ("dir.csv", "フォルダー"),
        ("old.csv", "--force"),
    ],
)
def test_refused_before_any_work(tmp_path: Path, name: str, word: str) -> None:
    (tmp_path / "dir.csv").mkdir()
    (tmp_path / "old.csv").touch()
    with pytest.raises(UsageError, match=word):
        check_output(tmp_path / name, force=False)


def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(UsageError, match="実行中"), AtomicFile(path, force=False) as stream:
        stream.write(b"new")
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_unwritable_place_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="権限"), AtomicFile(tmp_path / "gone" / "a.csv", force=False):
        pass
