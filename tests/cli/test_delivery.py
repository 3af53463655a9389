"""``gaiji identify``: whose gaiji, by options and by ledger; dumps of dot patterns; copies of one picture."""

from __future__ import annotations

import csv
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from engine.result import COLUMNS

pytestmark = pytest.mark.usefixtures("engine_is")

HEADING = "団体コード,システム,フォント,外字コード,画像ファイル,種類\n"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def keys_of(text: str) -> list[tuple[str, ...]]:
    names = ("gaiji_code", "municipality", "system", "font", "kind")
    return [tuple(row[name] for name in names) for row in rows_of(text)]


@pytest.fixture
def delivery(tmp_path, picture):
    folder = tmp_path / "外字"
    folder.mkdir()
    for name in ("E000.png", "E001.png"):
        shutil.copy(picture, folder / name)
    image = Image.open(picture)
    image.paste(0, (8, 8, 20, 20))
    image.save(folder / "x.png")
    return folder


def test_the_key_from_the_options_is_in_every_row(gaiji, delivery):
    code, out, err = gaiji(
        "identify", delivery, "--municipality", "131016", "--system", "住基", "--kind", "②"
    )
    assert code == 0
    assert keys_of(out) == [
        ("U+E000", "131016", "住基", "", "2"),
        ("U+E001", "131016", "住基", "", "2"),
        ("", "131016", "住基", "", "2"),
    ]
    assert tuple(out.splitlines()[0].split(",")) == COLUMNS
    assert "前と同じ図形 1" in err


def test_a_code_without_its_check_digit_is_told(gaiji, picture):
    code, out, err = gaiji("identify", picture, "--municipality", "13101")
    assert (code, keys_of(out)[0][1]) == (0, "131016")
    assert "検査数字" in err


def test_copies_say_what_they_are_copies_of(gaiji, delivery, tmp_path):
    _, out, _ = gaiji("identify", delivery)
    first, again, other = rows_of(out)
    assert again["same_as"] == f"{first['source']}#U+E000"
    assert first["same_as"] == other["same_as"] == ""
    _, out, _ = gaiji("identify", delivery, "-o", tmp_path / "a.csv", "--json")
    assert json.loads(out)["same_as_before"] == 1


def test_codes_from_names_can_be_switched_off(gaiji, delivery):
    assert [key[0] for key in keys_of(gaiji("identify", delivery, "--no-codes-from-names")[1])] == [""] * 3
    shutil.move(delivery / "x.png", delivery / "住基_6941.png")
    assert "6941" not in {key[0] for key in keys_of(gaiji("identify", delivery)[1])}
    assert "6941" in {key[0] for key in keys_of(gaiji("identify", delivery, "--codes-from-names")[1])}


def test_a_ledger_says_what_to_read_and_whose_it_is(gaiji, delivery):
    ledger = delivery / "台帳.csv"
    ledger.write_bytes(
        (HEADING + "131016,税,MS明朝,F041,x.png,3\n,,,,E000.png,\n,,,E777,gone.png,\n,,,E888,,1\n").encode(
            "cp932"
        )
    )
    code, out, err = gaiji("identify", "--ledger", ledger, "--system", "住基")
    assert code == 1
    assert keys_of(out) == [
        ("U+E001", "131016", "税", "MS明朝", "3"),
        ("U+E000", "", "住基", "", ""),
        ("U+E777", "", "住基", "", ""),
        ("U+E888", "", "住基", "", "1"),
    ]
    assert [row["status"] for row in rows_of(out)] == ["ok", "ok", "not-found", "not-delivered"]
    assert "台帳.csv#5 行目" in err


def test_a_ledger_beside_paths(gaiji, delivery, tmp_path):
    ledger = tmp_path / "台帳.csv"
    ledger.write_text(HEADING + ",税,,U+E001,,\n", encoding="utf-8")
    code, out, err = gaiji("identify", delivery, "--ledger", ledger)
    assert code == 0
    assert [key[2] for key in keys_of(out)] == ["", "税", ""]
    assert "台帳にない外字が 2 件" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--municipality", "131015"], "検査数字"),
        (["--kind", "4"], "住基ネット残存外字"),
        (["--system", "a\tb"], "システム"),
        (["--ledger", "gone.csv"], "gone.csv"),
        (["--ledger", "a.txt"], ".xlsx"),
        (["--raw", "24"], "24x24"),
        (["--raw", "24x24", "--raw-order", "big"], "msb"),
        (["--raw", "24x24", "--raw-rows", "word"], "byte"),
        (["--raw", "24x24", "--raw-code", "8041"], "--raw-cells"),
        (["--raw", "24x24", "--raw-cells", "A1"], "A1-FE"),
        (["--raw", "24x24", "--raw-skip", "-1"], "--raw-skip"),
        (["--raw-code", "80A1"], "--raw 24x24"),
    ],
)
def test_wrong_use_is_one_line_and_nothing_is_done(gaiji, picture, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    code, out, err = gaiji("identify", picture, *arguments)
    assert code in (1, 2)
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


def test_a_ledger_with_mistakes_names_the_lines(gaiji, delivery):
    ledger = delivery / "台帳.csv"
    ledger.write_text(HEADING + "131015,,,E000,,\n,,,E001,../a.png,\n", encoding="utf-8")
    code, out, err = gaiji("identify", "--ledger", ledger)
    assert (code, out) == (2, "")
    assert "2 行目" in err
    assert "3 行目" in err


def test_a_dump_of_dot_patterns(gaiji, tmp_path):
    dots = np.zeros((3, 24, 24), np.bool_)
    dots[0, 4:20, 11:13] = dots[1, 11:13, 2:22] = True
    (tmp_path / "USER.BIN").write_bytes(b"head" + np.packbits(dots, axis=2).tobytes())
    code, out, _ = gaiji(
        "identify", tmp_path / "USER.BIN", "--raw", "24x24", "--raw-skip", "4", "--raw-code", "80FE"
    )
    assert code == 1
    assert [(row["gaiji_code"], row["font"], row["status"]) for row in rows_of(out)] == [
        ("80FE", "USER", "ok"),
        ("81A1", "USER", "ok"),
        ("81A2", "USER", "empty-glyph"),
    ]


def test_names_from_outside_are_no_formulas(gaiji, delivery, tmp_path):
    shutil.copy(delivery / "x.png", delivery / "=1+1.png")
    _, out, _ = gaiji("identify", delivery, "--system", "=1+1")
    assert {row["system"] for row in rows_of(out)} == {"'=1+1"}
