"""``gaiji policy``: exit codes, tables, files, pictures."""

from __future__ import annotations

import csv
import json

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook

from engine.output.sink import RowSink
from engine.policy.load import POLICIES_FOLDER, load_policy
from engine.result import Identification, Review, Subclass, Verdict


@pytest.fixture
def results(tmp_path, picture):
    rows = [
        Identification(str(picture), "U+E000", Verdict.SAME, mj="MJ026190", review=Review.AUTO, font="=甲"),
        Identification(str(picture), "U+E001", Verdict.SIMILAR, mj="MJ026191", evidence=("R1", "diff:f-1")),
        Identification(str(picture), "U+E002", Verdict.UNIDENTIFIED, Subclass.UNKNOWN),
        Identification("なし.png", status="not-found"),
    ]
    path = tmp_path / "結果.parquet"
    with RowSink(path) as sink:
        for row in rows:
            sink.write(row)
    return path


def test_simulate_shows_tables(gaiji, results):
    code, out, err = gaiji("policy", "simulate", results, "--policy", "standard", "--against", "strict")
    assert code == 0, err
    for text in (
        "自動で置き換える",
        "使われなくなる外字: 1 字",
        "規則ごと",
        "一段緩く",
        "A と B の違い",
        "仮定",
    ):
        assert text in out
    assert "Traceback" not in err


def test_simulate_gives_json_that_adds_up(gaiji, results):
    given = ("policy", "simulate", results, "--policy", "standard", "--against", "strict", "--json")
    code, out, _ = gaiji(*given, "--ask-minutes", "30")
    told = json.loads(out)
    assert code == 0
    assert told["rows"] == sum(each["glyphs"] for each in told["outcomes"].values()) == 4
    assert told["outcomes"]["ask-resident"] == {
        "title": "本人に確かめる",
        "glyphs": 1,
        "pictures": 1,
        "hours": 0.5,
    }
    assert told["policy"]["identity"] == load_policy("standard").identity
    assert told["against"]["moved"][0]["from"] == "replace"
    assert told["against"]["moved"][0]["to"] == "two-people"


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".md", ".json"])
def test_simulate_writes_files_and_replaces_none_unasked(gaiji, results, tmp_path, suffix):
    out = tmp_path / f"試算{suffix}"
    given = ("policy", "simulate", results, "--policy", "standard", "-o", out)
    assert gaiji(*given, "-q")[:2] == (0, "")
    if suffix == ".xlsx":
        book = CalamineWorkbook.from_path(out)
        texts = [
            str(cell)
            for name in book.sheet_names
            for row in book.get_sheet_by_name(name).to_python()
            for cell in row
        ]
        assert "自動で置き換える" in texts
    else:
        assert "自動で置き換える" in out.read_text(encoding="utf-8-sig")
    code, _, err = gaiji(*given)
    assert (code, "--force" in err) == (2, True)


def test_simulate_draws_examples(gaiji, results, tmp_path, reference_font):
    sheet = tmp_path / "例.png"
    given = (
        "policy",
        "simulate",
        results,
        "--policy",
        "strict",
        "--against",
        "standard",
        "--sheet",
        sheet,
        "-q",
        "--json",
    )
    code, _, err = gaiji(*given)
    assert code == 0, err
    with Image.open(sheet) as image:
        assert image.width > 300
        assert len(image.convert("L").getcolors(256)) > 20


def test_check_tells_violations_by_its_exit_code(gaiji, results, tmp_path):
    code, out, _ = gaiji("policy", "check", results, "--policy", "standard")
    assert code == 1
    assert "標準の文字として既にある" in out
    listed = tmp_path / "違反.csv"
    assert gaiji("policy", "check", results, "--policy", "loose", "-o", listed, "-q")[0] == 1
    with listed.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0][:2] == ["違反", "確かさ"]
    assert [line[0] for line in lines[1:]] == ["標準の文字として既にある", "ポリシーが使用を認めない"]
    code, out, _ = gaiji("policy", "check", results, "--policy", "standard", "--json")
    assert (code, json.loads(out)["counts"]["exists"]) == (1, 1)
    clean = tmp_path / "残り.jsonl"
    with RowSink(clean) as sink:
        sink.write(Identification("a.png", "", Verdict.UNIDENTIFIED, Subclass.UNKNOWN))
    assert gaiji("policy", "check", clean, "--policy", "standard")[0] == 0


def test_screen_says_what_exists(gaiji, engine_is, picture, tmp_path):
    code, out, _ = gaiji("policy", "screen", picture, "--policy", "standard")
    assert code == 1
    assert "【進めない】この字は MJ026190 として既にあります" in out
    assert "MJ026191" in out
    code, out, _ = gaiji("policy", "screen", picture, tmp_path / "なし.png", "--policy", "standard", "--json")
    told = json.loads(out)["screenings"]
    assert (code, [each["answer"] for each in told]) == (1, ["exists", "unreadable"])
    written = tmp_path / "確認.csv"
    assert gaiji("policy", "screen", picture, "--policy", "standard", "-o", written, "-q")[0] == 1
    assert "既にあります" in written.read_text(encoding="utf-8-sig")


def test_screen_lets_an_unknown_one_go_on(gaiji, engine_is, picture):
    from tests.cli.stand_in import StandIn

    class Unknown(StandIn):
        def identify(self, glyphs):
            return [
                Identification(g.source, g.gaiji_code, Verdict.UNIDENTIFIED, Subclass.UNKNOWN) for g in glyphs
            ]

    engine_is(Unknown)
    code, out, _ = gaiji("policy", "screen", picture, "--policy", "standard", "--system", "戸籍")
    assert (code, "【進めてよい】" in out, "承認: " in out) == (0, True, True)
    assert gaiji("policy", "screen", picture, "--policy", "loose")[0] == 1


def test_validate_tells_every_mistake(gaiji, tmp_path):
    code, out, _ = gaiji("policy", "validate", "standard")
    assert (code, "誤りはありません" in out) == (0, True)
    code, out, _ = gaiji("policy", "validate", "strict", "--toml")
    path = tmp_path / "写し.toml"
    path.write_text(out, encoding="utf-8")
    assert load_policy(path) == load_policy("strict")
    text = (POLICIES_FOLDER / "standard.toml").read_text(encoding="utf-8")
    path.write_text(text.replace('"keep"', '"stay"').replace("jis-ucs", "jis-usc"), encoding="utf-8")
    code, out, err = gaiji("policy", "validate", path)
    assert (code, out, err.count("行目")) == (1, "", 2)
    path.write_text(text.replace("jis-ucs", "jis-usc"), encoding="utf-8")
    code, out, err = gaiji("policy", "validate", path, "--json")
    assert (code, json.loads(out)["valid"]) == (1, False)
    assert "jis-usc" in json.loads(out)["problems"][0]["message"]
    code, _, err = gaiji("policy", "simulate", path, "--policy", path)
    assert (code, "jis-usc" in err) == (1, True)
