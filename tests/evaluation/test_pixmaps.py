"""The pictures of CNS 11643 as one Parquet, and contact sheets of what came out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from engine.batch.images import is_images
from engine.batch.run import run_batch
from engine.evaluation.class_sheet import write_class_sheets
from engine.evaluation.pixmaps import IMAGES, cns_code, pack, prepare
from tests.aggregate.deliveries import BAR, CROSS, RING, Engine, drawing
from tests.batch.stand_in import HereCrew


@pytest.mark.parametrize(
    ("stem", "code"), [("8ea1dace", "1-5A4E"), ("8EAFA1FE", "15-217E"), ("8EADDBC", ""), ("notes", "")]
)
def test_the_code_is_in_the_name(stem: str, code: str) -> None:
    assert cns_code(stem) == code


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that has the package already, with three pictures."""
    folder = tmp_path / "cache" / "debian" / "fonts-cns11643-pixmaps" / "usr/share/pixmaps/cns11643"
    for name, kind in (("a2/8EA2A1A1", CROSS), ("a1/8ea1dace", BAR), ("a1/8ea1a1a1", RING)):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawing(kind)).resize((24, 24)).convert("RGB").save(path)
    return folder.parents[3]


def test_all_pictures_are_packed_in_the_order_of_their_codes(cache: Path, tmp_path: Path) -> None:
    assert pack(cache, tmp_path / IMAGES) == 3
    rows = pq.read_table(tmp_path / IMAGES).to_pylist()
    assert [row["gaiji_code"] for row in rows] == ["1-2121", "1-5A4E", "2-2121"]
    assert rows[2]["font"] == "CNS 11643 第2面"
    assert rows[0]["source"] == "a1/8ea1a1a1.png"
    assert is_images(tmp_path / IMAGES)


def test_what_was_packed_is_not_packed_again(tmp_path: Path, settings) -> None:
    (tmp_path / IMAGES).touch()
    assert prepare(tmp_path, settings, report=pytest.fail) == tmp_path / IMAGES


def test_each_class_gets_a_sheet(cache: Path, tmp_path: Path, settings) -> None:
    pack(cache, tmp_path / IMAGES)
    engine = Engine()
    run_batch([tmp_path / IMAGES], tmp_path / "out", engine=engine, crew=HereCrew(engine))
    sheets = write_class_sheets(tmp_path, tmp_path / IMAGES, tmp_path / "out", settings, per_class=2, seed=0)
    assert [path.name for path in sheets] == [
        "class-1-同定不可能・不明文字.png",
        "class-2-字形一致・自動.png",
    ]
    with Image.open(sheets[0]) as sheet:
        assert sheet.width > 1_000
        assert np.asarray(sheet.convert("L")).min() < 60
