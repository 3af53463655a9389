"""Pictures in Parquet: bytes of files or lists of pixels, keys checked before anything is read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.batch.images import image_keys, is_images, read_images, row_groups
from engine.batch.item import Copies, Copy
from engine.errors import UsageError
from engine.glyph.clean import clean
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.worker import GlyphWorker
from engine.intake.key import DeliveryKey
from engine.output.tabular import LoadError
from tests.batch.stand_in import picture

PIXELS = pa.list_(pa.list_(pa.uint8()))


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def read(path: Path, skip: int = 0, row_group: int = 0) -> list:
    with GlyphWorker() as worker:
        return list(
            read_images(path, row_group, ReadOptions(), worker, DeliveryKey("131016"), Copies(), skip)
        )


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 4000), min_size=1, max_size=8, unique=True), st.booleans(), st.data())
def test_pictures_come_as_they_went(tmp_path, numbers, as_lists, data):
    pictures = [picture(number) for number in numbers]
    if as_lists:
        column = pa.array([each.tolist() for each in pictures], PIXELS)
    else:
        column = pa.array([encoded(each, "PNG") for each in pictures])
    pq.write_table(pa.table({"image": column}), tmp_path / "a.parquet", row_group_size=5)
    assert is_images(tmp_path / "a.parquet")
    groups = len(row_groups(tmp_path / "a.parquet"))
    found = [each for group in range(groups) for each in read(tmp_path / "a.parquet", 0, group)]
    for number, (each, before) in enumerate(zip(found, pictures, strict=True), 1):
        assert np.array_equal(each.content.ink, clean(before))
        assert each.content.source == f"{tmp_path / 'a.parquet'}#{number}"
    skip = data.draw(st.integers(0, 6))
    assert [each.content.source for each in read(tmp_path / "a.parquet", skip)] == [
        each.content.source for each in found[skip : min(5, len(found))]
    ]


@pytest.mark.parametrize("as_lists", [False, True])
def test_a_picture_that_comes_again_is_not_decoded_again(tmp_path, as_lists):
    one, other = picture(1), picture(2)
    pictures = [one, other, one, np.pad(one, 2, constant_values=255), one]
    if as_lists:
        column = pa.array([each.tolist() for each in pictures], PIXELS)
    else:
        column = pa.array([encoded(each, "PNG") for each in pictures])
    pq.write_table(pa.table({"image": column}), tmp_path / "a.parquet")
    copies = Copies(40)
    with GlyphWorker() as worker:
        kinds = []
        for each in read_images(tmp_path / "a.parquet", 0, ReadOptions(), worker, DeliveryKey(), copies):
            copies.number += 1
            kinds.append(each.content.number if isinstance(each.content, Copy) else "read")
    assert kinds == ["read", "read", 40, "read", 40]


@pytest.mark.parametrize(
    "kind", [pa.large_list(pa.large_list(pa.uint8())), pa.list_(pa.list_(pa.uint8(), 28), 28)]
)
def test_other_kinds_of_lists(tmp_path, kind):
    pq.write_table(pa.table({"image": pa.array([picture(3).tolist()], kind)}), tmp_path / "a.parquet")
    assert is_images(tmp_path / "a.parquet")
    (found,) = read(tmp_path / "a.parquet")
    assert np.array_equal(found.content.ink, clean(picture(3)))


def test_columns_give_source_code_and_key(tmp_path):
    table = pa.table(
        {
            "image": [encoded(picture(n), kind) for n, kind in ((1, "BMP"), (2, "TIFF"), (3, "PNG"))],
            "source": ["a.ttf", "", None],
            "gaiji_code": ["U+E000", "80A1", None],
            "municipality": ["271004", "", None],
            "system": pa.array(["住基", "税", "税"]).dictionary_encode(),
            "font": ["EUDC", "", ""],
            "kind": ["①", "", "3"],
            "remark": ["名前", "", ""],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert all(isinstance(each.content, Glyph) for each in found)
    name = tmp_path / "a.parquet"
    assert [(each.content.source, each.content.gaiji_code) for each in found] == [
        ("a.ttf", "U+E000"),
        (f"{name}#2", "80A1"),
        (f"{name}#3", ""),
    ]
    assert [each.key for each in found] == [
        DeliveryKey("271004", "住基", "EUDC", "1"),
        DeliveryKey("131016", "税", "", ""),
        DeliveryKey("131016", "税", "", "3"),
    ]


def test_bad_pictures_become_failures(tmp_path):
    good = picture(1).tolist()
    ragged = [row[: 10 + i % 2] for i, row in enumerate(good)]
    pictures = [good, None, [], ragged, [[255]], [[255] * 30] * 30, [[0, None]] * 30]
    pq.write_table(pa.table({"image": pa.array(pictures, PIXELS)}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert [getattr(each.content, "code", "ok") for each in found] == [
        "ok", "unreadable-image", "unreadable-image", "unreadable-image", "too-small", "empty-glyph",
        "unreadable-image",
    ]  # fmt: skip
    data = encoded(picture(1), "PNG")
    pq.write_table(pa.table({"image": [data, data[:50], b"", b"GIF89a", None]}), tmp_path / "b.parquet")
    codes = [getattr(each.content, "code", "ok") for each in read(tmp_path / "b.parquet")]
    assert codes[0] == "ok"
    assert "ok" not in codes[1:]
    assert len(codes) == 5


def test_keys_that_cannot_be_right_are_told_before_the_reading(tmp_path):
    for column, value, words in (
        ("municipality", "131017", "検査数字"),
        ("kind", "9", "提出区分"),
        ("system", "a\nb", "system"),
    ):
        pq.write_table(pa.table({"image": [b"", b""], column: ["", value]}), tmp_path / "a.parquet")
        with pytest.raises(UsageError, match=words):
            image_keys(tmp_path / "a.parquet")
    pq.write_table(pa.table({"image": [b""], "kind": [1]}), tmp_path / "a.parquet")
    with pytest.raises(LoadError, match="kind"):
        image_keys(tmp_path / "a.parquet")


def test_a_table_of_names_is_no_table_of_pictures(tmp_path):
    pq.write_table(pa.table({"image": ["a.ttf"]}), tmp_path / "a.parquet")
    assert not is_images(tmp_path / "a.parquet")
    assert not is_images(tmp_path / "missing.parquet")


def test_a_file_that_ends_in_the_middle(tmp_path):
    images = [encoded(picture(number), "PNG") for number in range(1, 601)]
    pq.write_table(
        pa.table({"image": images}),
        tmp_path / "a.parquet",
        data_page_size=4096,
        write_batch_size=16,
        use_dictionary=False,
        compression="none",
    )
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = bytes(20_000)
    (tmp_path / "a.parquet").write_bytes(data)
    found = read(tmp_path / "a.parquet")
    assert isinstance(found[0].content, Glyph)
    assert isinstance(found[-1].content, ReadFailure)
    assert len(found) < 600
    later = read(tmp_path / "a.parquet", skip=5)
    assert [each.content.source for each in later] == [each.content.source for each in found[5:]]
