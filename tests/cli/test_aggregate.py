"""``gaiji aggregate``: the folder that it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from engine.aggregate.write import CLUSTERS, FILES, MJ, PICTURES, SURVEY, WORKBOOK
from tests.aggregate.deliveries import BAR, deliver, drawing, two_deliveries
from tests.batch.stand_in import contents


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> tuple[Path, Path]:
    return two_deliveries(tmp_path_factory.mktemp("datasets"))


def test_the_command_writes_everything(two, gaiji, tmp_path: Path) -> None:
    code, out, err = gaiji("aggregate", *two, "-o", tmp_path / "sum", "--json")
    assert code == 0, err
    counts = json.loads(out)
    assert counts == {
        "rows": 10, "municipalities": 4, "mj": 1, "unknown_pictures": 3, "clusters": 2,
        "clusters_in_many_places": 1,
    }  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "sum").iterdir()) == sorted(FILES)
    assert pq.read_table(tmp_path / "sum" / MJ).to_pylist()[0]["mj"] == "MJ006294"
    clusters = pq.read_table(tmp_path / "sum" / CLUSTERS).to_pylist()
    assert [each["cluster"] for each in clusters] == [1, 2]
    assert clusters[0]["municipality_names"] == "011002 131016 131024 131032"
    assert pq.read_metadata(tmp_path / "sum" / PICTURES).num_rows == 3
    survey = json.loads((tmp_path / "sum" / SURVEY).read_text(encoding="utf-8"))
    assert survey["sections"][0]["glyphs"] == 10
    book = CalamineWorkbook.from_path(str(tmp_path / "sum" / WORKBOOK))
    assert book.sheet_names == ["集計", "使われている MJ", "不明の字"]
    assert book.get_sheet_by_name("不明の字").to_python()[1][2] == 4


def test_an_aggregate_is_not_replaced_unasked(two, gaiji, tmp_path: Path) -> None:
    assert gaiji("aggregate", two[0], "-o", tmp_path, "-q")[0] == 0
    before = contents(tmp_path)
    code, _, err = gaiji("aggregate", *two, "-o", tmp_path, "-q")
    assert code == 2
    assert "--force" in err
    assert contents(tmp_path) == before
    assert gaiji("aggregate", *two, "-o", tmp_path, "-q", "--force")[0] == 0
    assert contents(tmp_path) != before


@pytest.mark.parametrize("similarity", ["0.4", "1.1", "nan"])
def test_a_similarity_out_of_bounds_is_refused(two, gaiji, tmp_path: Path, similarity: str) -> None:
    code, _, err = gaiji("aggregate", two[0], "-o", tmp_path / "x", "--similarity", similarity)
    assert code == 2
    assert "0.5 から 1" in err


def test_nothing_unknown_makes_an_empty_sheet(gaiji, tmp_path: Path) -> None:
    folder = deliver(tmp_path, "x", [("131016", drawing(BAR))])
    code, _, err = gaiji("aggregate", folder, "-o", tmp_path / "sum")
    assert code == 0, err
    assert "不明の字はありませんでした" in (tmp_path / "sum" / "clusters.html").read_text(encoding="utf-8")
