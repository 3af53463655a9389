"""``gaiji report``, ``gaiji survey`` and ``gaiji counter``: what people do with results."""

from __future__ import annotations

import csv
import io
import json
from types import SimpleNamespace

import pypdfium2
import pytest
from PIL import Image

from engine.output.load import read_results
from engine.output.sink import RowSink
from engine.result import Identification, Review, Verdict

pytestmark = pytest.mark.usefixtures("reference_font")


def identified(source: object, **values: object) -> Identification:
    given = {
        "verdict": Verdict.SIMILAR, "mj": "MJ026190", "confidence": 0.8, "ucs": "邉", "juki": "J+9089",
        "candidates": ("MJ026190",), "evidence": ("R1",), "reference": "mojikiban-006.02+criteria-v2",
    }  # fmt: skip
    return Identification(str(source), **(given | values))


@pytest.fixture
def results(tmp_path, picture):
    """A file of results: a picture, the same picture again, one that is gone."""
    path = tmp_path / "結果.csv"
    with RowSink(path) as sink:
        sink.write(identified(picture.name, gaiji_code="U+E000"))
        sink.write(identified("写し.png", gaiji_code="U+E001", same_as=f"{picture.name}#U+E000"))
        sink.write(identified("なし.png", verdict=Verdict.SAME, review=Review.AUTO))
    return path


@pytest.mark.parametrize("suffix", ["xlsx", "pdf"])
def test_a_list_with_the_pictures_found_beside_the_results(gaiji, results, tmp_path, suffix):
    path = tmp_path / f"一覧.{suffix}"
    code, out, err = gaiji("report", results, "-o", path, "--date", "2026-04-01")
    assert (code, out) == (0, "")
    assert "図形を読めません（1 行）: なし.png: ファイルが見つかりません。--inputs" in err
    assert err.endswith(f"一覧を書き出しました: {path}（2 行、図形 1）\n")
    assert gaiji("report", results, "-o", path)[0] == 2
    assert gaiji("report", results, "-o", path, "--force", "--quiet", "--no-pictures") == (0, "", "")


def test_the_list_can_be_counted_and_reported_on_again(gaiji, results, tmp_path):
    path, again = tmp_path / "一覧.xlsx", tmp_path / "again.xlsx"
    assert gaiji("report", results, "-o", path, "--only", "auto", "--date", "2026-04-01", "-q")[0] == 0
    assert read_results(path) == read_results(results)
    assert gaiji("survey", path, "--json")[1] == gaiji("survey", results, "--json")[1]
    assert gaiji("report", path, "-o", again, "--only", "auto", "--date", "2026-04-01", "-q")[0] == 0
    assert again.read_bytes() == path.read_bytes()


def lines_of(path) -> int:
    with pypdfium2.PdfDocument(path) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    return text.count("確信度 0.")


@pytest.mark.parametrize(
    ("options", "lines"),
    [([], 2), (["--each"], 3), (["--only", "類似"], 1), (["--only", "類似", "--each", "--sort", "code"], 2)],
)
def test_which_lines(gaiji, results, tmp_path, options, lines):
    path = tmp_path / "a.pdf"
    assert gaiji("report", results, "-o", path, "--no-pictures", *options)[0] == 0
    assert lines_of(path) == lines


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "a.txt"], ".xlsx"),
        (["--only", "maybe"], "required"),
        (["--sort", "size"], "check"),
        (["--date", "1.4.2026"], "2026-04-01"),
        (["--date", "0001-01-01"], "1980"),
        (["--inputs", "nowhere"], "--inputs"),
        (["--sheet-grid", "x"], "10x20"),
        (["--reference", "no-such-set"], ""),
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(gaiji, results, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    code, out, err = gaiji("report", results, *([] if "-o" in options else ["-o", "a.xlsx"]), *options, "-q")
    assert code in (1, 2)
    assert (out, err.count("\n")) == ("", 1)
    assert words in err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["report", "survey", "counter"])
def test_what_is_no_result_is_told(gaiji, tmp_path, command):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    output = [] if command == "survey" else ["-o", tmp_path / "a.pdf"]
    for name in ("a.csv", "gone.csv", "a.txt"):
        code, out, err = gaiji(command, tmp_path / name, *output)
        assert code in (1, 2)
        assert (out, err.count("\n")) == ("", 1)


def test_survey_on_the_screen_and_in_files(gaiji, results, tmp_path):
    code, out, err = gaiji("survey", results)
    assert (code, err) == (0, "")
    assert "類似" in out
    assert "住基ネット統一文字" in out
    for suffix in ("csv", "xlsx", "json", "md"):
        path = tmp_path / f"集計.{suffix}"
        code, out, err = gaiji("survey", results, "-o", path, "-q")
        assert (code, out, err) == (0, "", "")
        assert path.stat().st_size > 100
        assert gaiji("survey", results, "-o", path)[0] == 2
    totals = list(csv.DictReader(io.StringIO((tmp_path / "集計.csv").read_text(encoding="utf-8-sig"))))
    assert totals[-1]["計 字数"] == "3"
    assert gaiji("survey", results, "--quiet")[0] == 2


def test_survey_of_several_results_says_where_a_gaiji_is_there_twice(gaiji, results, tmp_path):
    copy = tmp_path / "写し.csv"
    copy.write_bytes(results.read_bytes())
    code, out, err = gaiji("survey", results, copy, "--json")
    assert code == 0
    assert json.loads(out)["sections"][0]["glyphs"] == 6
    assert "3 行重なって" in err
    assert json.loads(gaiji("survey", results, results, "--json")[1])["sections"][0]["glyphs"] == 3


@pytest.fixture
def unexplained(monkeypatch, engine_is):
    """An engine that has nothing to say about differences."""
    monkeypatch.setattr(
        "engine.explain.explain.explain", lambda identifier, glyph, *, top: SimpleNamespace(candidates=())
    )


@pytest.mark.usefixtures("unexplained")
def test_a_counter_sheet(gaiji, results, tmp_path):
    path = tmp_path / "窓口.pdf"
    code, out, err = gaiji("counter", results, "--code", "e000", "-o", path, "--municipality", "見本市")
    assert (code, out) == (0, "")
    assert str(path) in err
    with pypdfium2.PdfDocument(path) as document:
        assert len(document) == 1
        assert "MJ026190" in document[0].get_textpage().get_text_bounded()
    options = ("--mj", "mj026191", "--date", "2026-04-01", "--title", "字の確認", "--force", "-q")
    assert gaiji("counter", results, "--code", "U+E000", "-o", path, *options) == (0, "", "")
    with pypdfium2.PdfDocument(path) as document:
        assert "MJ026191" in document[0].get_textpage().get_text_bounded()


@pytest.mark.usefixtures("unexplained")
@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 2, "3 字あります"),
        (["--code", "F999"], 2, "結果にありません"),
        (["--source", "なし.png"], 1, "外字の図形を読めません"),
        (["--code", "E000", "--mj", "MJ999999"], 2, "MJ999999"),
    ],
)
def test_a_counter_sheet_needs_one_gaiji_with_a_picture_and_an_mj(
    gaiji, results, tmp_path, options, code, words
):
    done, out, err = gaiji("counter", results, "-o", tmp_path / "a.pdf", *options, "-q")
    assert (done, out, err.count("\n")) == (code, "", 1)
    assert words in err
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.usefixtures("unexplained")
def test_a_gaiji_without_a_proposal_asks_for_an_mj(gaiji, tmp_path, picture):
    with RowSink(tmp_path / "a.csv") as sink:
        sink.write(identified(picture, verdict=Verdict.UNIDENTIFIED, mj=""))
    code, _, err = gaiji("counter", tmp_path / "a.csv", "-o", tmp_path / "a.pdf", "-q")
    assert code == 2
    assert "--mj" in err


def test_a_hostile_result_opens_nothing_but_pictures(gaiji, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("秘密", encoding="utf-8")
    sources = (secret, tmp_path, f"{secret}#1", "//server/a.png", "\x1b[31m", "=cmd|' /c calc'!A1")
    with RowSink(tmp_path / "a.jsonl") as sink:
        for source in sources:
            sink.write(identified(source))
    code, out, err = gaiji("report", tmp_path / "a.jsonl", "-o", tmp_path / "a.xlsx")
    assert (code, out) == (0, "")
    assert "\x1b" not in err
    assert "秘密" not in err
    assert "（6 行、図形 0）" in err


def test_pictures_in_the_list_are_those_of_the_results(gaiji, results, tmp_path):
    elsewhere = tmp_path / "別"
    elsewhere.mkdir()
    Image.new("L", (40, 40), 0).save(elsewhere / "なし.png")
    err = gaiji("report", results, "-o", tmp_path / "a.xlsx", "--inputs", elsewhere)[2]
    assert "図形を読めません" not in err or "なし.png: ファイルが見つかりません" not in err
