"""``gaiji identify``: where rows go, what is said, and how it ends."""

from __future__ import annotations

import csv
import io
import json

import pytest

from engine.cli.identify import parse_range
from engine.errors import UsageError
from engine.result import COLUMNS
from tests.cli.stand_in import Broken, Hentaigana, Interrupted, StandIn

pytestmark = pytest.mark.usefixtures("engine_is")


def test_csv_on_standard_output(gaiji, picture):
    code, out, err = gaiji("identify", picture)
    assert code == 0
    assert not out.startswith("\ufeff")
    assert "\r" not in out
    header, row = csv.reader(io.StringIO(out))
    assert tuple(header) == COLUMNS
    assert dict(zip(header, row, strict=True))["class"] == "デザイン差"
    assert err == "1 件: 字形一致 0・デザイン差 1・類似 0・同定不可能 0 / 要確認 1 / 読めなかった 0\n"


def test_an_unreadable_input_is_a_row_a_message_and_exit_1(gaiji, picture, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    code, out, err = gaiji("identify", tmp_path / "gone.png", picture, tmp_path / "bad.png")
    assert code == 1
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["status"] for row in rows][:2] == ["not-found", "ok"]
    assert rows[2]["status"] not in ("", "ok")
    assert rows[0]["class"] == rows[0]["confidence"] == ""
    assert "読めません: " in err
    assert err.endswith("読めなかった 2\n")


def test_subclasses_are_counted(gaiji, picture, engine_is):
    engine_is(Hentaigana)
    assert "同定不可能 1（変体仮名 1） / 要確認 0 /" in gaiji("identify", picture)[2]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_file_by_suffix_and_never_over_an_old_one(gaiji, picture, tmp_path, suffix):
    path = tmp_path / f"結果.{suffix}"
    assert gaiji("identify", picture, "-o", path)[:2] == (0, "")
    before = path.read_bytes()
    code, _, err = gaiji("identify", picture, "-o", path)
    assert (code, path.read_bytes()) == (2, before)
    assert "--force" in err
    assert gaiji("identify", picture, "-o", path, "--force")[0] == 0


def test_json_summary(gaiji, picture, tmp_path):
    code, out, err = gaiji(
        "identify", picture, tmp_path / "no", "-o", tmp_path / "a.csv", "--json", "--quiet"
    )
    assert (code, err) == (1, "")
    summary = json.loads(out)
    assert summary["rows"] == 2
    assert summary["class"] == {"字形一致": 0, "デザイン差": 1, "類似": 0, "同定不可能": 0}
    assert summary["status"] == {"not-found": 1, "ok": 1}
    assert gaiji("identify", picture, "--json")[0] == 2


def test_options_reach_the_engine(gaiji, picture, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("\ufeff# 対象外\n\nMJ026190\r\n MJ026191 \n", encoding="utf-8")
    gaiji(
        "identify", picture, "--top", 3, "--charset", "juki", "--exclude", names, "--reference", "mojikiban"
    )
    opened = StandIn.opened
    assert (opened["top"], opened["charset"], opened["reference"]) == (3, "juki", "mojikiban")
    assert opened["exclude"] == {"MJ026190", "MJ026191"}


def test_font_ranges(gaiji, debian_font):
    font = debian_font("fonts-hanazono", "HanaMinA.ttf")
    _, out, _ = gaiji("identify", font, "--range", "E700-E702", "--range", "U+F153")
    assert [row["gaiji_code"] for row in csv.DictReader(io.StringIO(out))][-1] == "U+F153"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--charset", "sjis"], "jisx0213"),
        (["--top", "0"], "--top"),
        (["--top", "x"], "整数"),
        (["--jobs", "-1"], "--jobs"),
        (["-o", "a.txt"], ".xlsx"),
        (["-o", "no/a.csv"], "フォルダー"),
        (["--range", "xyz"], "E000-F8FF"),
        (["--exclude", "no.txt"], "--exclude"),
        (["--reference", "no-such-set"], ""),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(gaiji, picture, monkeypatch, tmp_path, arguments, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = gaiji("identify", picture, *arguments)
    if arguments[0] != "--reference":
        assert code == 2
    assert out == "" or arguments[0] == "--reference"
    assert words in err
    assert "Traceback" not in err


def test_an_unknown_name_to_exclude_is_told_with_its_line(gaiji, picture, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("MJ026190\nMJ999999\n", encoding="utf-8")
    code, out, err = gaiji("identify", picture, "--exclude", names)
    assert (code, out) == (2, "")
    assert "2 行目「MJ999999」" in err
    names.write_bytes(b"\x83\x4d\xff")
    assert gaiji("identify", picture, "--exclude", names)[0] == 2


def test_no_path_is_wrong_use(gaiji):
    code, _, err = gaiji("identify")
    assert code == 2
    assert "PATH" in err


def test_an_unforeseen_error_is_one_line_with_a_hint(gaiji, picture, engine_is, tmp_path):
    engine_is(Broken)
    code, _, err = gaiji("identify", picture, "-o", tmp_path / "a.csv")
    assert code == 1
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in err
    assert "--debug" in err
    assert not list(tmp_path.glob("*a.csv*"))
    assert "Traceback" in gaiji("identify", picture, "--debug")[2]


def test_ctrl_c_leaves_nothing_behind(gaiji, picture, engine_is, tmp_path):
    engine_is(Interrupted)
    code, out, err = gaiji("identify", picture, "-o", tmp_path / "a.xlsx")
    assert (code, out, err) == (130, "", "gaiji: 中断しました。\n")
    assert [path.name for path in tmp_path.iterdir()] == [picture.name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E000-F8FF", (0xE000, 0xF8FF)),
        ("u+e000-U+E001", (0xE000, 0xE001)),
        (" 10FFFD ", (0x10FFFD, 0x10FFFD)),
    ],
)
def test_ranges(text, expected):
    assert parse_range(text) == expected


@pytest.mark.parametrize("text", ["", "E001-E000", "110000", "E000-", "0x20", "E000-E001-E002"])
def test_wrong_ranges(text):
    with pytest.raises(UsageError, match="--range"):
        parse_range(text)
