"""At least 200 malformed inputs: each gives rows, none an exception, and no child process is left behind."""

from __future__ import annotations

import gzip
from collections import defaultdict

import hostile
import pytest

from engine.errors import READ_CODES
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.read import Limits, ReadOptions, read_glyphs
from engine.glyph.worker import GlyphWorker


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, debian_font):
    pcf = gzip.decompress(debian_font("xfonts-jisx0213", "K12-2000-2.pcf.gz").read_bytes())
    return hostile.write_hostile_inputs(tmp_path_factory.mktemp("hostile") / "in", pcf)


@pytest.fixture(scope="module")
def rows(inputs):
    """All rows by input; one worker for everything, as in a real run."""
    found = defaultdict(list)
    with GlyphWorker() as worker:
        for path in inputs:
            found[path.name].extend(read_glyphs([path], worker=worker))
        list(worker.read(inputs[0], "again", ReadOptions(), one_step=False))
        child = worker.process
    assert child is not None
    assert child.poll() is not None, "the worker outlived its context"
    return found


def test_there_are_at_least_200(inputs):
    assert len(inputs) >= 200
    assert len({path.name for path in inputs}) == len(inputs)


def test_every_input_gives_a_glyph_or_says_why_not(inputs, rows):
    for path in inputs:
        assert rows[path.name], f"{path.name} was dropped in silence"
        for row in rows[path.name]:
            assert row.source.startswith(str(path))
            if isinstance(row, Glyph):
                assert row.ink.any()
            else:
                assert isinstance(row, ReadFailure)
                assert row.code in READ_CODES
                assert row.message
                assert "Traceback" not in row.message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("side-30000.png", "too-large"),
        ("side-huge.bmp", "too-large"),
        ("side-huge.gif", "too-large"),
        ("side-30000.tiff", "too-large"),
        ("bomb.zip", "too-large"),
        ("bomb.pcf.gz", "too-large"),
        ("bomb.woff2", "too-large"),
        ("unpacked-huge.woff2", "too-large"),
        ("text-bomb.png", "unreadable-image"),
        ("encrypted.zip", "encrypted"),
        ("lzma.zip", "unreadable-archive"),
        ("lying.zip", "unreadable-archive"),
        ("faces-huge.ttc", "unreadable-font"),
        ("white.png", "empty-glyph"),
        ("clear.png", "empty-glyph"),
        ("no-private-use.ttf", "no-private-glyphs"),
        ("dot.png", "too-small"),
        ("EUDC.EUF", "unsupported-format"),
        ("text.png", "unsupported-format"),
        ("empty.png", "empty-file"),
        ("never-was.png", "not-found"),
        ("folder.png", "not-found"),
        ("outline-huge.ttf", "too-large"),
    ],
)
def test_what_each_bomb_is_called(rows, name, code):
    assert {row.code for row in rows[name]} == {code}


@pytest.mark.parametrize("name", ["pipe.png", "loop.png"])
def test_not_a_regular_file(rows, inputs, name):
    if name not in {path.name for path in inputs}:
        pytest.skip("not on this system")
    assert [row.code for row in rows[name]] == ["unreadable-file"]


def test_a_font_of_empty_glyphs_gives_a_row_for_each_code(rows):
    found = rows["no-ink-65535.ttf"]
    assert len(found) == 65_534
    assert {row.code for row in found} == {"empty-glyph"}
    assert (found[0].gaiji_code, found[-1].gaiji_code) == ("U+F0000", "U+FFFFD")


def test_a_font_with_more_codes_than_allowed_is_cut_off_and_says_so(rows):
    *glyphs, last = rows["one-for-all.ttf"]
    assert len(glyphs) == Limits().characters
    assert last.code == "too-many"


def test_members_behind_a_bad_one_are_read(rows):
    found = {row.source.rpartition("#")[2]: row for row in rows["mixed.zip"]}
    assert isinstance(found["a.png"], Glyph)
    assert found["b.png"].code == "unreadable-image"
    assert found["c.txt"].code == "unsupported-format"
    assert found["d.ttf"].code == "unreadable-font"
    nested = {row.source.rpartition("#")[2]: row for row in rows["nested.zip"]}
    assert isinstance(nested["b.png"], Glyph)
    assert nested["inner.zip"].code == "unsupported-format"


def test_mutants_are_the_same_every_time():
    first = [hostile.mutate(bytes(range(256)), n, hostile.random.Random(hostile.SEED)) for n in range(10)]
    again = [hostile.mutate(bytes(range(256)), n, hostile.random.Random(hostile.SEED)) for n in range(10)]
    assert first == again


def test_a_path_that_vanishes_between_listing_and_opening(tmp_path):
    for name in ("a.png", "b.png", "c.ttf"):
        (tmp_path / name).write_bytes(
            hostile.image_bytes("PNG") if name.endswith("png") else hostile.font_bytes()
        )
    stream = read_glyphs([tmp_path], ReadOptions())
    assert isinstance(next(stream), Glyph)
    (tmp_path / "b.png").unlink()
    (tmp_path / "c.ttf").unlink()
    assert [row.code for row in stream] == ["not-found", "not-found"]
