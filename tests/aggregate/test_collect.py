"""From datasets and files to counts and clusters: nothing is counted twice, equal pictures are found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.aggregate.clusters import cluster
from engine.aggregate.collect import Collected, collect
from engine.batch.dataset import DatasetError, sums_path
from engine.describe.model import load_model
from engine.errors import UsageError
from engine.output.sink import RowSink
from engine.result import Identification, Subclass, Verdict
from tests.aggregate.deliveries import BAR, CROSS, RING, deliver, drawing, two_deliveries


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> tuple[Path, Path]:
    return two_deliveries(tmp_path_factory.mktemp("datasets"))


def test_every_row_is_counted_once(two) -> None:
    found = collect(two)
    assert found.rows == 10
    assert len(found.places) == 4
    assert found.survey.whole.glyphs == 10
    (use,) = found.usage.uses()
    assert (use.mj, use.municipalities, use.glyphs, use.pictures) == ("MJ006294", 3, 3, 2)


def test_the_same_dataset_given_twice_is_read_once(two) -> None:
    assert collect([two[0], two[0], two[0].parent / "." / "one"]).rows == 7


def test_equal_pixels_are_one_picture_across_datasets_and_parts(two) -> None:
    unknown = collect(two).unknown
    counts = sorted((picture.glyphs, picture.places.bit_count()) for picture in unknown.pictures)
    assert counts == [(1, 1), (1, 1), (5, 4)]
    assert unknown.without_picture == unknown.left_out == 0


def test_drawings_of_one_glyph_are_one_cluster(two) -> None:
    found = collect(two)
    clusters = cluster(found.unknown, load_model())
    assert [(each.municipalities, each.glyphs, len(each.members)) for each in clusters] == [
        (4, 6, 2),
        (1, 1, 1),
    ]
    assert clusters[0].similarity[0] == 1.0 > clusters[0].similarity[1] > 0.78
    strict = cluster(found.unknown, load_model(), least=0.9999)
    assert [len(each.members) for each in strict] == [1, 1, 1]


def test_every_picture_is_in_one_cluster_whatever_the_order(two) -> None:
    for paths in (two, two[::-1]):
        found = collect(paths)
        clusters = cluster(found.unknown, load_model())
        members = [member for each in clusters for member in each.members]
        assert sorted(members) == list(range(len(found.unknown.pictures)))
        assert [each.glyphs for each in clusters] == [6, 1]


def test_the_kept_picture_is_the_one_handed_in(two) -> None:
    found = collect(two)
    (square,) = found.unknown.squares(np.array([cluster(found.unknown, load_model())[1].members[0]]))
    assert square.shape == (32, 32)
    assert square[16, 16] == 0 and square[2, 16] == 255 and square[16, 2] == 255


def test_results_of_identify_are_read_with_their_pictures(tmp_path: Path) -> None:
    rows = []
    for name, kind in (("a", CROSS), ("b", CROSS), ("c", RING), ("d", BAR)):
        Image.fromarray(drawing(kind)).save(tmp_path / f"{name}.png")
        known = kind == BAR
        rows.append(
            Identification(
                f"{name}.png", verdict=Verdict.SAME if known else Verdict.UNIDENTIFIED, confidence=0.5,
                subclass=None if known else Subclass.UNKNOWN, mj="MJ006294" if known else "",
            )
        )  # fmt: skip
    with RowSink(tmp_path / "甲市.csv") as sink:
        for row in rows:
            sink.write(row)
    found = collect([tmp_path / "甲市.csv"], inputs=[tmp_path])
    assert sorted(picture.glyphs for picture in found.unknown.pictures) == [1, 2]
    assert found.places.names(1) == ["（甲市.csv）"]


def test_unknown_glyphs_without_their_pictures_are_told_not_dropped(tmp_path: Path) -> None:
    with RowSink(tmp_path / "r.jsonl") as sink:
        sink.write(Identification("gone.png", verdict=Verdict.UNIDENTIFIED, subclass=Subclass.UNKNOWN))
    found = collect([tmp_path / "r.jsonl"])
    assert found.unknown.without_picture == 1
    assert found.survey.whole.glyphs == 1


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="結果のフォルダーではありません"):
        collect([tmp_path])


def test_a_dataset_without_its_side_files_is_refused(tmp_path: Path) -> None:
    folder = deliver(tmp_path, "x", [("131016", drawing(RING))])
    sums_path(folder, 0).write_bytes(b"damaged")
    with pytest.raises(DatasetError, match="副ファイル"):
        collect([folder])


def test_collected_keeps_no_rows(two) -> None:
    assert set(Collected.__dataclass_fields__) == {"survey", "usage", "unknown", "places", "rows"}
