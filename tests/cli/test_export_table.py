"""``gaiji export table``: results and decisions in, a conversion table out."""

import csv
import dataclasses
import json

from engine.output.sink import RowSink
from engine.result import Identification, Review, Verdict

AUTO = Identification(
    "E.TTE", "U+E000", Verdict.SAME, mj="MJ026190", confidence=1.0, review=Review.AUTO, system="住基"
)
ROWS = [
    AUTO,
    dataclasses.replace(AUTO, gaiji_code="U+E001", review=Review.REQUIRED),
    dataclasses.replace(AUTO, gaiji_code="U+E002", review=Review.REQUIRED),
    dataclasses.replace(AUTO, system="税", mj="MJ026191"),
]


def results(tmp_path):
    with RowSink(tmp_path / "結果.csv") as sink:
        for row in ROWS:
            sink.write(row)
    return tmp_path / "結果.csv"


def decisions(tmp_path):
    path = tmp_path / "リスト.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(
            [
                ["入力元", "外字コード", "MJ文字図形名", "確認", "確定MJ"],
                ["E.TTE", "U+E001", "MJ026190", "○", ""],
                ["E.TTE", "U+E009", "MJ026190", "○", ""],
            ]
        )
    return path


def test_table(gaiji, tmp_path):
    out = tmp_path / "表.json"
    code, stdout, err = gaiji(
        "export", "table", results(tmp_path), "--decisions", decisions(tmp_path), "-o", out
    )
    assert (code, stdout) == (0, "")
    assert "変換表 3 件" in err
    document = json.loads(out.read_text(encoding="utf-8"))
    assert [(r["system"], r["gaiji_code"], r["target"]) for r in document["rows"]] == [
        ("住基", "U+E000", "U+9089_E010F"),
        ("住基", "U+E001", "U+9089_E010F"),
        ("税", "U+E000", "U+9089_E0119"),
    ]
    assert [r["gaiji_code"] for r in document["apart"]] == ["U+E009", "U+E002"]
    assert gaiji("export", "table", results_again := tmp_path / "結果.csv", "-o", out)[0] == 2
    assert gaiji("export", "table", results_again, "-o", out, "--force")[0] == 0


def test_one_system(gaiji, tmp_path):
    out = tmp_path / "表.csv"
    gaiji("export", "table", results(tmp_path), "--system", "税", "--target", "mj", "-o", out)
    with out.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["target"] for row in csv.DictReader(stream)] == ["MJ026191"]
    assert (tmp_path / "表-未確定.csv").exists()


def test_what_is_asked_wrongly(gaiji, tmp_path):
    path = results(tmp_path)
    for options in (["--target", "x"], ["--system", "介護"], ["--reference", "none"]):
        code, _, err = gaiji("export", "table", path, "-o", tmp_path / "表.csv", *options)
        assert code in (1, 2)
        assert err.count("\n") == 1
    assert gaiji("export", "table", path, "-o", tmp_path / "表.xml")[0] == 2
    assert gaiji("export", "table", tmp_path / "ない.csv", "-o", tmp_path / "表.csv")[0] == 1
    assert not list(tmp_path.glob("表*"))
