"""What is written of a plan: pictures, keys and truth in one order, decided by nothing but the arguments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from engine.batch.images import image_keys, is_images
from engine.errors import UsageError
from engine.evaluation.case import CLAIMS, Expected
from engine.evaluation.national_accuracy import answers, score, true_glyphs
from engine.evaluation.national_shapes import Shape
from engine.evaluation.national_survey import IMAGES, REPORT, SHAPES, TRUTH, write_survey
from engine.glyph.model import Glyph
from engine.result import Identification, Review, Subclass, Verdict
from engine.synth.survey import STRATA, Stratum, plan_survey
from tests.batch.stand_in import HereCrew, StandIn

GLYPHS = 400


class Strokes:
    """Draws a cross of its own for every shape, without a font."""

    def of(self, stratum: Stratum, rng: np.random.Generator) -> Iterator[Shape]:
        verdicts = CLAIMS if stratum.juki is not None else frozenset({stratum.verdict})
        while True:
            ink = np.zeros((144, 144), np.uint8)
            for at in rng.integers(10, 134, 4).tolist():
                cv2.line(ink, (at, 6), (144 - at, 138), 255, 9)
            mj = f"MJ{int(rng.integers(1, 59_000)):06d}"
            named = verdicts is CLAIMS or stratum.subclass is Subclass.HENTAIGANA
            right = frozenset({mj} if named else ())
            expected = Expected(verdicts, exact=right, nameable=right, subclass=stratum.subclass)
            yield Shape(ink, expected, mj, "strokes")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("national") / "survey"
    write_survey(folder, plan_survey(GLYPHS, seed=5), Strokes(), seed=5)
    return folder


def test_the_report_counts_what_was_written(folder: Path) -> None:
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    images, truth = pq.read_table(folder / IMAGES), pq.read_table(folder / TRUTH)
    assert report["glyphs"] == len(images) == len(truth) == len(plan_survey(GLYPHS, seed=5))
    assert report["pictures"] == len(set(images["image"].to_pylist()))
    assert sum(report["classes"].values()) == report["glyphs"] == sum(report["kinds"].values())
    assert report["classes"]["類似"] > report["glyphs"] / 2
    assert report["shapes"] == pq.read_metadata(folder / SHAPES).num_rows
    assert not [path.name for path in folder.iterdir() if path.name.startswith("tmp")]


def test_pictures_and_truth_are_in_one_order_and_no_key_is_there_twice(folder: Path) -> None:
    images, truth = pq.read_table(folder / IMAGES).to_pylist(), pq.read_table(folder / TRUTH).to_pylist()
    pictures: dict[int, bytes] = {}
    for image, true in zip(images, truth, strict=True):
        assert image["source"] == true["source"]
        assert pictures.setdefault(true["picture"], image["image"]) == image["image"]
    names = ("municipality", "system", "font", "gaiji_code")
    keys = Counter(tuple(image[name] for name in names) for image in images)
    assert set(keys.values()) == {1}


def test_gaiji_batch_takes_it_as_pictures_with_valid_keys(folder: Path) -> None:
    assert is_images(folder / IMAGES)
    image_keys(folder / IMAGES)
    codes = set(pq.read_table(folder / IMAGES)["municipality"].to_pylist())
    assert all(len(code) == 6 and int(code[2:5]) >= 900 for code in codes)


def test_every_picture_is_read_as_a_glyph(folder: Path) -> None:
    for png in set(pq.read_table(folder / IMAGES)["image"].to_pylist()):
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert (picture < 128).sum() > 10


def test_the_same_arguments_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_survey(tmp_path / "again", plan_survey(GLYPHS, seed=5), Strokes(), seed=5)
    for name in (IMAGES, TRUTH, SHAPES, REPORT):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "大事.txt").touch()
    with pytest.raises(UsageError, match="空のフォルダー"):
        write_survey(tmp_path, plan_survey(GLYPHS), Strokes(), seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["大事.txt"]


# --- The truth against answers ---


def rightly(folder: Path) -> list[Identification]:
    """An engine that knows."""
    return [
        Identification(
            f"images.parquet/{true.source}",
            verdict=sorted(true.expected.verdicts)[0],
            subclass=true.expected.subclass,
            mj=min(true.expected.nameable, default=""),
            review=Review.AUTO,
        )
        for true in true_glyphs(folder)
    ]


def test_who_knows_is_always_right(folder: Path) -> None:
    found = score(true_glyphs(folder), rightly(folder))
    total = found["計"]
    assert total.right == total.glyphs == total.auto == len(plan_survey(GLYPHS, seed=5))
    assert total.auto_wrong == total.claimed_wrong == 0
    assert list(found)[:3] == ["字形一致", "デザイン差", "類似"]


def test_another_mj_is_wrong_and_counted_as_let_through(folder: Path) -> None:
    wrong = [
        Identification(row.source, verdict=Verdict.DESIGN, mj="MJ999999", review=Review.AUTO)
        for row in rightly(folder)
    ]
    total = score(true_glyphs(folder), wrong)["計"]
    assert total.right == 0
    assert total.claimed_wrong == total.auto_wrong == total.glyphs


def test_answers_of_another_survey_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="expected the answer to"):
        score(true_glyphs(folder), reversed(rightly(folder)))


def test_answers_are_read_back_from_a_dataset(folder: Path, tmp_path: Path) -> None:
    from engine.batch.run import run_batch

    class Unknown(StandIn):
        def identify(self, glyphs: list[Glyph]) -> list[Identification]:
            return [
                Identification(
                    glyph.source, verdict=Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, engine="e1",
                    candidates=("MJ000002", "MJ000003"), confidence=0.5, reference="r1",
                )
                for glyph in glyphs
            ]  # fmt: skip

    engine = Unknown()
    run_batch([folder / IMAGES], tmp_path / "out", engine=engine, crew=HereCrew(engine))
    found = score(true_glyphs(folder), answers(tmp_path / "out"))
    symbols = found["同定不可能・記号等"]
    assert symbols.right == symbols.glyphs > 0
    assert found["計"].right >= symbols.glyphs
    assert found["計"].answers == {"同定不可能・記号等": found["計"].glyphs}
    assert next(iter(answers(tmp_path / "out"))).candidates == ("MJ000002", "MJ000003")
    assert {stratum.verdict.value for stratum in STRATA} <= {name.split("・")[0] for name in found}
