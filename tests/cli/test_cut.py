"""``gaiji cut``, and ``gaiji identify`` of a printed list."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from printed import KANJI, STYLE, bodies, file_bytes, scans

from engine.synth.printed_list import Caption


@pytest.fixture(scope="module")
def sheet(tmp_path_factory, debian_font):
    """A page of 3 × 4 cells, the last two empty."""
    font = debian_font("fonts-hanazono", "HanaMinA.ttf")
    style = replace(STYLE, rows=3, cols=4, caption=Caption.NONE)
    path = tmp_path_factory.mktemp("sheet") / "一覧.png"
    path.write_bytes(file_bytes(scans(font, bodies(font, KANJI[:10]), style), "PNG"))
    return path


def test_cells_table_and_overview(gaiji, sheet, tmp_path):
    code, out, err = gaiji("cut", sheet, "-o", tmp_path / "cells", "--first-code", "E000")
    assert (code, out) == (0, "")
    assert "3 行 4 列（罫線で区切り、傾き 1.0°）、字 10、空き 2" in err
    names = sorted(path.name for path in (tmp_path / "cells").iterdir())
    assert names == [f"U+E00{digit}.png" for digit in "0123456789"]
    with Image.open(tmp_path / "cells-p1.png") as overview:
        assert overview.mode == "RGB"
        red, _, blue = np.asarray(overview).transpose(2, 0, 1).astype(int)
        assert 5_000 < np.count_nonzero(abs(red - blue) > 60) < 100_000  # the grid, in its colour
    rows = list(csv.DictReader(io.StringIO((tmp_path / "cells.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == 12
    assert [rows[5][name] for name in ("page", "row", "col", "code", "picture")] == [
        "1", "2", "2", "U+E005", "U+E005.png",
    ]  # fmt: skip
    assert rows[11]["picture"] == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells", "cells-p1.png", "cells.csv"]


def test_without_codes_the_place_is_the_name_and_the_table_can_be_filled_in(gaiji, sheet, tmp_path):
    assert gaiji("cut", sheet, "-o", f"{tmp_path}/cells/", "--quiet") == (0, "", "")
    table = tmp_path / "cells.csv"
    assert (tmp_path / "cells" / "p01r02c02.png").is_file()
    text = table.read_text(encoding="utf-8-sig").replace("1,2,2,,", "1,2,2,E777,")
    table.write_text(text, encoding="utf-8")
    code, _, err = gaiji("cut", sheet, "-o", tmp_path / "again", "--sheet-codes", table)
    assert (tmp_path / "again" / "U+E777.png").is_file()
    assert code == 1  # nine glyphs have no code
    assert "コードのない字が 9 字あります" in err


def test_never_over_an_old_cut(gaiji, sheet, tmp_path):
    gaiji("cut", sheet, "-o", tmp_path / "cells")
    (tmp_path / "cells" / "mine.txt").write_text("keep", encoding="utf-8")
    code, _, err = gaiji("cut", sheet, "-o", tmp_path / "cells", "--first-code", "E000")
    assert code == 2
    assert "--force" in err
    assert gaiji("cut", sheet, "-o", tmp_path / "cells", "--first-code", "E000", "--force")[0] == 0
    names = {path.name for path in (tmp_path / "cells").iterdir()}
    assert names == {"mine.txt", *(f"U+E00{digit}.png" for digit in "0123456789")}


def test_json_counts(gaiji, sheet, tmp_path):
    _, out, err = gaiji("cut", sheet, "-o", tmp_path / "c", "--json", "--quiet")
    counts = json.loads(out)
    assert (err, counts["glyphs"], counts["problems"]) == ("", 10, 0)
    assert counts["pages"][0] | {"degrees": 0} == {
        "page": 1, "rows": 3, "cols": 4, "glyphs": 10, "empty": 2, "ruled": True, "degrees": 0,
        "caption": False,
    }  # fmt: skip


def test_a_page_without_a_grid(gaiji, tmp_path):
    Image.new("L", (600, 800), 255).save(tmp_path / "white.png")
    code, _, err = gaiji("cut", tmp_path / "white.png", "-o", tmp_path / "c")
    assert code == 1
    assert "マス目が見つかりません" in err
    assert (tmp_path / "c-p1.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sheet-grid", "10"], "10x20"),
        (["--sheet-grid", "0x5"], "10x20"),
        (["--sheet-order", "up"], "columns"),
        (["--first-code", "80A1"], "--sheet-codes"),
        (["--first-code", "E000", "--sheet-codes", "codes.csv"], "どちらか一方"),
        (["--sheet-codes", "none.csv"], "開けません"),
        (["--sheet-caption", "left"], "bottom:20"),
        (["--sheet-caption", "none:20"], "bottom:20"),
    ],
)
def test_wrong_use(gaiji, sheet, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codes.csv").write_text("E000\n", encoding="utf-8")
    code, out, err = gaiji("cut", sheet, "-o", tmp_path / "c", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert not (tmp_path / "c").exists()


def test_only_one_picture_or_pdf_is_cut(gaiji, tmp_path, debian_font):
    font = debian_font("fonts-hanazono", "HanaMinA.ttf")
    for path in (font, tmp_path, tmp_path / "none.png"):
        assert gaiji("cut", path, "-o", tmp_path / "c")[0] == 2


@pytest.mark.usefixtures("engine_is")
class TestIdentify:
    def rows(self, out: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(out)))

    def test_a_sheet(self, gaiji, sheet):
        code, out, _ = gaiji("identify", sheet, "--sheet", "--first-code", "E000", "--sheet-order", "columns")
        assert code == 0
        rows = self.rows(out)
        assert [row["source"].rpartition("#")[2] for row in rows][:2] == ["p1r1c1", "p1r1c2"]
        assert [row["gaiji_code"] for row in rows][:2] == ["U+E000", "U+E003"]
        assert len(rows) == 10

    def test_without_the_option_it_is_one_picture(self, gaiji, sheet):
        assert len(self.rows(gaiji("identify", sheet)[1])) == 1

    def test_options_of_a_sheet_need_one(self, gaiji, sheet):
        code, _, err = gaiji("identify", sheet, "--sheet-grid", "3x4")
        assert (code, "--sheet と一緒に" in err) == (2, True)

    def test_running_codes_are_for_one_file(self, gaiji, sheet):
        code, _, err = gaiji("identify", sheet, sheet, "--sheet", "--first-code", "E000")
        assert (code, "file の列" in err) == (2, True)

    def test_a_table_may_name_the_files(self, gaiji, sheet, tmp_path):
        table = tmp_path / "codes.csv"
        table.write_text("file,row,col,code\n一覧.png,1,1,E123\n", encoding="utf-8")
        _, out, _ = gaiji("identify", sheet.parent, "--sheet", "--sheet-codes", table)
        assert self.rows(out)[0]["gaiji_code"] == "U+E123"
