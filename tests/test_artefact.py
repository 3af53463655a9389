import time

import numpy as np
import pytest

from engine.artefact import read_artefact, write_artefact
from engine.errors import ArtefactMismatchError


def test_a_round_trip_keeps_everything(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.float16).reshape(2, 3), "b": np.array([1], np.uint8)}
    write_artefact(tmp_path / "x.npz", {"format": 1, "名": "字"}, arrays)
    artefact = read_artefact(tmp_path / "x.npz", "試験")
    assert artefact.head == {"format": 1, "名": "字"}
    assert set(artefact.arrays) == {"a", "b"}
    np.testing.assert_array_equal(artefact.arrays["a"], arrays["a"])


def test_the_same_content_gives_the_same_bytes_on_any_day(tmp_path, monkeypatch):
    write_artefact(tmp_path / "x.npz", {"format": 1}, {"a": np.arange(9)})
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2031, 5, 6, 7, 8, 9, 1, 126, 0)))
    write_artefact(tmp_path / "y.npz", {"format": 1}, {"a": np.arange(9)})
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()
    one, other = (read_artefact(tmp_path / name, "試験").identity for name in ("x.npz", "y.npz"))
    assert one == other
    write_artefact(tmp_path / "z.npz", {"format": 2}, {"a": np.arange(9)})
    assert read_artefact(tmp_path / "z.npz", "試験").identity != one


@pytest.mark.parametrize("content", [None, b"", b"not a zip", b"PK\x03\x04 torn"])
def test_what_cannot_be_read_is_refused_with_a_message(tmp_path, content):
    if content is not None:
        (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(ArtefactMismatchError, match=r"試験 x\.npz を読めません。gaiji を入れ直してください"):
        read_artefact(tmp_path / "x.npz", "試験")


def test_objects_are_never_unpickled(tmp_path):
    with (tmp_path / "x.npz").open("wb") as stream:
        np.savez(stream, head=np.array([{"format": 1}], object))
    with pytest.raises(ArtefactMismatchError):
        read_artefact(tmp_path / "x.npz", "試験")
