"""Rows and columns are those of the obvious way, wherever quotes stand and lines are cut."""

import csv
import io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.convert.blocks import line_blocks
from engine.convert.csv_layout import CsvLayout, header_names
from engine.convert.encoding import Encoding, choose_encoding
from engine.convert.errors import ConvertError
from engine.convert.layout import select_columns
from tests.convert.slow import csv_places

TEXTS = st.text(st.sampled_from(',"\n\ra'), max_size=24)


def places(text: str, encoding: Encoding, block_bytes: int) -> list[tuple[int, int]]:
    """Row and column of every character, block by block."""
    layout, found = CsvLayout(encoding), []
    for block in layout.blocks(io.BytesIO(text.encode(encoding.value)), block_bytes):
        units = encoding.units(block)
        layout.begin(units)
        where = layout.locate(np.arange(len(units)), np.ones(len(units), np.int64))
        found += zip(where.rows.tolist(), where.columns.tolist(), strict=True)
        layout.end()
    return found


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from([Encoding.CP932, Encoding.UTF16LE]), st.integers(1, 12))
def test_as_the_slow_way(text, encoding, block_bytes):
    tokens = [character.encode(encoding.value) for character in text]
    assert places(text, encoding, block_bytes) == list(csv_places(tokens, encoding.value))


@given(st.lists(st.lists(st.text(st.sampled_from(',"\na'), max_size=4), min_size=2, max_size=3), max_size=4))
def test_as_pythons_own_reader(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([[f"{cell}x" for cell in row] for row in rows])
    found = places(stream.getvalue(), Encoding.CP932, 5)
    marks = [found[place] for place, character in enumerate(stream.getvalue()) if character == "x"]
    assert marks == [
        (number, column) for number, row in enumerate(rows, 1) for column in range(1, len(row) + 1)
    ]


@given(
    st.text(st.sampled_from("\n\ra\u0a0a\u0d0a\u0a00"), max_size=20),
    st.sampled_from(Encoding),
    st.integers(1, 9),
)
def test_blocks_are_the_file_and_end_with_lines(text, encoding, size):
    try:
        data = text.encode(encoding.value)
    except UnicodeEncodeError:
        return
    blocks = list(line_blocks(io.BytesIO(data), encoding, size))
    assert b"".join(blocks) == data
    for block, following in itertools.pairwise(blocks):
        end = block.decode(encoding.value)[-1]
        assert end == "\n" or (end == "\r" and following.decode(encoding.value)[0] != "\n")


@pytest.mark.parametrize(
    ("words", "columns"), [("3,5-7", {3, 5, 6, 7}), ("氏名, 2", {1, 2}), ("住所", {2}), ("1-1", {1})]
)
def test_columns(words, columns):
    assert select_columns(words, ["氏名", "住所", "組", "組"]) == columns


@pytest.mark.parametrize("words", ["", "0", "3-1", "電話", "組", "1-", "-", "１"])
def test_columns_that_are_not_there(words):
    with pytest.raises(ValueError, match=words or "^$"):
        select_columns(words, ["氏名", "住所", "組", "組"])


def test_names_of_columns():
    data = '\ufeff"氏\n名";住所\r\n'.encode("utf-16-le")
    assert header_names(io.BytesIO(data), Encoding.UTF16LE, ";") == ["氏\n名", "住所"]
    assert header_names(io.BytesIO(b""), Encoding.CP932, ",") == []


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("外字".encode("cp932"), Encoding.CP932),
        ("外字".encode(), Encoding.UTF8),
        ("\ufeffa".encode(), Encoding.UTF8),
        ("\ufeffa".encode("utf-16-le"), Encoding.UTF16LE),
        ("\ufeffa".encode("utf-16-be"), Encoding.UTF16BE),
        ("外".encode("cp932") * ((1 << 19) - 1) + b"a\x8a", Encoding.CP932),  # cut in a character
        (b"a", None),
        (b"\x81\x00\xff", None),
    ],
)
def test_an_encoding_is_chosen_only_when_it_is_the_only_one(head, encoding):
    if encoding is not None:
        assert choose_encoding(head) is encoding
        return
    with pytest.raises(ConvertError, match="--encoding"):
        choose_encoding(head)
