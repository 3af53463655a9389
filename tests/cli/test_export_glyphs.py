"""``gaiji export eudc`` and ``gaiji export bmp``."""

import json

import pytest
from PIL import Image

from engine.output.sink import RowSink
from engine.result import Identification, Review, Verdict

ROWS = [
    Identification("a.tte", "U+E000", Verdict.SAME, mj="MJ026190", review=Review.AUTO, font="a"),
    Identification("a.tte", "U+E001", Verdict.SIMILAR, mj="MJ026191", font="a"),
    Identification("b.tte", "U+E000", Verdict.SAME, mj="MJ008095", review=Review.AUTO, font="b"),
]


@pytest.fixture
def results(tmp_path, reference_font):
    path = tmp_path / "結果.csv"
    with RowSink(path) as sink:
        for row in ROWS:
            sink.write(row)
    return path


def test_a_font_of_what_is_settled(gaiji, results, tmp_path):
    code, out, err = gaiji("export", "eudc", results, "--font", "a", "-o", tmp_path / "EUDC.TTE")
    assert (code, out) == (0, "")
    assert err.splitlines()[0] == f"1 字を書き出しました: {tmp_path / 'EUDC.TTE'}"
    assert "未確認（人の確認がない）: 1 字（U+E001）" in err
    assert (tmp_path / "EUDC.TTE").read_bytes()[:4] == b"\x00\x01\x00\x00"


def test_what_a_person_decided_is_in_it(gaiji, results, tmp_path):
    decisions = tmp_path / "リスト.csv"
    decisions.write_text(
        "入力元,外字コード,MJ文字図形名,確認,確定MJ\na.tte,U+E001,MJ026191,,MJ026193\nb.tte,U+E000,MJ008095,×,\n",
        encoding="utf-8-sig",
    )
    code, out, err = gaiji(
        "export",
        "eudc",
        results,
        "--decisions",
        decisions,
        "--font",
        "a",
        "-o",
        tmp_path / "x.tte",
        "--json",
        "-q",
    )
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["glyphs"], document["left_out"]) == (2, {})
    listed = (tmp_path / "x-字形一覧.csv").read_text(encoding="utf-8-sig")
    assert "U+E001,MJ026193" in listed
    assert "人の確認" in listed


def test_fonts_have_to_be_told_apart(gaiji, results, tmp_path):
    code, out, err = gaiji("export", "eudc", results, "-o", tmp_path / "EUDC.TTE")
    assert (code, out) == (2, "")
    assert "--font" in err
    assert not (tmp_path / "EUDC.TTE").exists()


def test_bitmaps(gaiji, results, tmp_path):
    code, out, err = gaiji("export", "bmp", results, "--font", "b", "-o", tmp_path / "bmp", "--size", 32)
    assert (code, out) == (0, "")
    with Image.open(tmp_path / "bmp" / "E000.bmp") as image:
        assert (image.mode, image.size) == ("1", (32, 32))
    assert "入っていません" not in err


@pytest.mark.parametrize("size", [15, 257])
def test_a_wrong_size(gaiji, results, tmp_path, size):
    code, _, err = gaiji("export", "bmp", results, "-o", tmp_path / "bmp", "--size", size)
    assert code == 2
    assert err.count("\n") == 1
