"""Every hostile input of tests/glyph through the real program: a row for each, and an orderly end."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
from pathlib import Path

import hostile
import pytest

from engine.errors import READ_CODES
from engine.reference.index import open_index

MANY_SOUND_GLYPHS = {"one-for-all.ttf"}
"""Its 100,000 glyphs would all be identified, which takes minutes; tests/glyph reads it."""

NOT_UTF8 = b"\xb3\xb0.png"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory, debian_font) -> list[Path]:
    pcf = gzip.decompress(debian_font("xfonts-shinonome", "shnm6x12r.pcf.gz").read_bytes())
    folder = tmp_path_factory.mktemp("hostile") / "in"
    paths = hostile.write_hostile_inputs(folder, pcf)
    for name in MANY_SOUND_GLYPHS:
        (folder / name).unlink()
    if sys.platform.startswith("linux"):  # elsewhere such a name cannot be
        path = folder / os.fsdecode(NOT_UTF8)
        path.write_bytes(hostile.image_bytes("PNG"))
        paths.append(path)
    given = [path for path in paths if path.name not in MANY_SOUND_GLYPHS]
    return [path for path in given if "\0" not in path.name]  # no command line can hold it


@pytest.fixture(scope="module")
def rows(inputs, tmp_path_factory, refset, settings, reference_font) -> list[dict[str, str]]:
    open_index(refset, settings)  # built now, not inside the time limit
    output = tmp_path_factory.mktemp("out") / "a.csv"
    command = [sys.executable, "-m", "engine", "identify", *map(str, inputs), "-o", str(output)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    error = done.stderr.decode()
    assert done.returncode == 1, error
    assert "Traceback" not in error
    assert "\x1b" not in error
    with output.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_each_hostile_input_has_a_row(inputs, rows):
    assert len(inputs) >= 200
    sources = {row["source"].partition("#")[0] for row in rows}
    for path in inputs:
        name = str(path).encode("utf-8", "backslashreplace").decode()
        assert any(source == name or source.startswith(name + os.sep) for source in sources), path.name


@pytest.mark.slow
def test_each_row_has_a_class_or_says_why_not(rows):
    for row in rows:
        assert row["status"] in {"ok", *READ_CODES}
        assert bool(row["class"]) == (row["status"] == "ok")
        assert bool(row["confidence"]) == (row["status"] == "ok")
    told = {row["status"] for row in rows}
    assert told >= {"ok", "encrypted", "empty-file", "too-large", "unreadable-image", "no-private-glyphs"}
