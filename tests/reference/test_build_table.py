"""The script that builds the committed tables, on a made-up SQLite file and Strict OOXML workbook."""

import importlib
import re
import shutil
import sqlite3
import sys
import zipfile

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from engine.reference.identical import load_identical
from engine.reference.refset import load_reference_set
from engine.reference.shrink import load_shrink
from engine.reference.table import load_table

KANJI = [
    {
        "MJ文字図形名": "MJ000001",
        "対応するUCS": "邉",
        "実装したUCS": "邉",
        "実装したMoji_JohoコレクションIVS": "邉\U000e010f",
        "戸籍統一文字番号": "445000",
        "住基ネット統一文字コード": "J+9089",
        "X0213": "1-78-21",
        "X0213_包摂連番": "U068・U175",
        "X0213_包摂区分": 2,
        "MJ文字図形バージョン": "1.1",
        "登記統一文字番号": "00445000",
        "総画数": 17,
        "大漢和": "補611",
        "日本語漢字辞典": 12705,
    },
    {
        "MJ文字図形名": "MJ000002",
        "対応するUCS": "\u795e",
        "実装したUCS": "\ufa19",
        "実装したSVS": "\u795e\ufe00",
        "対応する互換漢字": "\ufa19",
        "総画数": 10,
        "大漢和": 24673,
        "備考": "MJ000002・MJ000003は、戸籍統一文字において、同一字形であり、字義も同一の内容である。",
    },
    {"MJ文字図形名": "MJ000003", "総画数": 10},
]
READINGS = [("MJ000001", "ヘン"), ("MJ000001", "あたり")]
RADICALS = [("MJ000001", 162, 13), ("MJ000003", 113, "-")]
DUPLICATED_IVS = [("MJ000001", "邉\U000e0110")]


@pytest.fixture
def script(refset, monkeypatch):
    monkeypatch.syspath_prepend(str(refset.folder))
    for name in ("build_table", "mj_workbook"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("build_table")


@pytest.fixture
def mojidata(script, tmp_path):
    """Write a SQLite file of the source's shape with three kanji, two 変体仮名 and two replacements."""
    path = tmp_path / "moji.db"
    with sqlite3.connect(path) as connection:
        run = connection.execute
        names = list(script.KANJI_COLUMNS)
        run(f"CREATE TABLE mji ({', '.join(names)})")
        for row in KANJI:
            run(f"INSERT INTO mji VALUES ({', '.join('?' * len(names))})", [row.get(name) for name in names])
        for table, columns, rows in (
            ("mji_reading", "MJ文字図形名, 読み", READINGS),
            ("mji_rsindex", "MJ文字図形名, 部首, 内画数", RADICALS),
            ("mji_duplicated_ivs", "MJ文字図形名, 重複実装したMoji_JohoコレクションIVS", DUPLICATED_IVS),
            ("mjsm_note", "MJ文字図形名, 参考情報", [("MJ000001", "地名外字")]),
            ("ids", "UCS, source, IDS", [("邉", "GT", "⿺辶X"), ("邉", "JK", "⿺辶Y"), ("邉", "V", "⿺辶X")]),
            (
                "mjih",
                "MJ文字図形名, UCS符号位置, 戸籍統一文字番号, 字母のUCS符号位置, 学術用変体仮名番号, 備考",
                [
                    ("MJ090001", "U+1B002", "900010", "U+5B89", "010010010", None),
                    ("MJ090002", None, None, "U+671F", None, "MJ090001へ統合"),
                ],
            ),
            ("mjih_phonetic", "MJ文字図形名, 文字, 音価", [("MJ090001", "\U0001b002", "あ")]),
        ):
            run(f"CREATE TABLE {table} ({columns})")
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        extra = {"koseki-seiji": ", ホップ数", "kokuji-582-1": ", 順位", "kokuji-582-2": ", 順位"}
        for basis, table in script.SHRINK_TABLES.items():
            run(f'CREATE TABLE "{table}" (MJ文字図形名, 縮退UCS, 縮退X0213{extra.get(basis, "")})')
        run(f'INSERT INTO "{script.SHRINK_TABLES["jisho"]}" VALUES (?, ?, ?)', ("MJ000001", "辺", "1-42-53"))
        run(
            f'INSERT INTO "{script.SHRINK_TABLES["koseki-seiji"]}" VALUES (?, ?, ?, ?)',
            ("MJ000001", "邊", "1-78-20", 2),
        )
    connection.close()
    return path


@pytest.fixture
def out(refset, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    shutil.copy(refset.folder / "reference.toml", folder)
    return folder


def write_workbook(path, header):
    """Write the kanji as the publisher does: codes in hexadecimal, lists joined, Strict namespaces."""
    transitional = path.with_suffix(".transitional")
    with xlsxwriter.Workbook(transitional) as book:
        sheet = book.add_worksheet("sheet1")
        sheet.write_row(0, 0, header)
        for number, row in enumerate(KANJI, 1):
            for column, cell in published(row).items():
                if column in header:
                    sheet.write(number, header.index(column), cell)
    strict = "http://purl.oclc.org/ooxml/"
    with zipfile.ZipFile(transitional) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode("utf-8")
            text = re.sub(r"http://schemas\.openxmlformats\.org/(\w+)/2006/", rf"{strict}\1/", text)
            target.writestr(name, text.replace("<workbook ", '<workbook conformance="strict" '))


def published(row):
    mj = row["MJ文字図形名"]
    cells = {}
    for name, value in row.items():
        if name in ("対応するUCS", "実装したUCS", "対応する互換漢字"):
            cells[name] = f"U+{ord(value):04X}"
        elif name == "実装したSVS":
            cells[name] = "_".join(f"{ord(c):04X}" for c in value)
        elif name == "実装したMoji_JohoコレクションIVS":
            sequences = [value, *(extra for other, extra in DUPLICATED_IVS if other == mj)]
            cells[name] = ";".join("_".join(f"{ord(c):04X}" for c in text) for text in sequences)
        elif name in ("総画数", "登記統一文字番号"):
            cells[f"{name}(参考)"] = value
        else:
            cells[name.replace("_", " ")] = value
    cells["読み(参考)"] = "・".join(reading for other, reading in READINGS if other == mj)
    for other, radical, strokes in RADICALS:
        if other == mj:
            cells |= {"部首1(参考)": radical, "内画数1(参考)": strokes}
    return cells


def header(mj_workbook):
    radicals = [name for pair in mj_workbook.RADICALS for name in pair]
    lists = (mj_workbook.PLAIN, mj_workbook.CODES, mj_workbook.NUMBERS, mj_workbook.LISTS, radicals)
    return ["図形", "font", mj_workbook.NAME, mj_workbook.IVS, *(name for names in lists for name in names)]


def test_from_sqlite_to_a_set_that_loads(script, mojidata, out, tiny_font):
    script.main(["--mojidata", str(mojidata), "--font", str(tiny_font), "--out", str(out)])
    refset = load_reference_set(out)
    refset.verify()
    assert refset.counts == {"kanji": 3, "hentaigana": 2}
    record = load_table(refset).record("MJ000001")
    assert record.ivs == "U+9089_E010F"
    assert record.ivs_extra == ("U+9089_E0110",)
    assert record.jisx0213_rules == ("U068", "U175")
    assert record.readings == ("ヘン", "あたり")
    assert record.ids == ("⿺辶Y", "⿺辶X")  # the Japanese source first, each once
    assert record.shrink_note == "地名外字"
    assert load_table(refset).record("MJ000002").compat == "U+FA19"
    assert load_table(refset).record("MJ000003").radicals[0].strokes is None
    assert load_table(refset).record("MJ090001").jibo == "U+5B89"
    assert [(t.character, t.basis.id, t.hops) for t in load_shrink(refset).targets("MJ000001")] == [
        ("邊", "koseki-seiji", 2),
        ("辺", "jisho", None),
    ]
    assert set(load_identical(refset)) == {"MJ000002", "MJ000003", "MJ090001", "MJ090002"}


def test_the_workbook_gives_the_same_table(script, mojidata, out, tiny_font, tmp_path):
    common = ["--mojidata", str(mojidata), "--font", str(tiny_font), "--out", str(out)]
    script.main(common)
    expected = pq.ParquetFile(out / "table.parquet").read().to_pylist()
    workbook = tmp_path / "mji.xlsx"
    write_workbook(workbook, header(sys.modules["mj_workbook"]))
    script.main([*common, "--workbook", str(workbook)])
    assert pq.ParquetFile(out / "table.parquet").read().to_pylist() == expected


def test_a_workbook_without_a_column_is_refused(script, tmp_path):
    mj_workbook = sys.modules["mj_workbook"]
    workbook = tmp_path / "mji.xlsx"
    write_workbook(workbook, [name for name in header(mj_workbook) if name != "X0213"])
    with pytest.raises(ValueError, match="no column X0213"):
        mj_workbook.read_workbook(workbook)


def test_building_twice_gives_the_same_bytes(script, mojidata, out, tiny_font):
    arguments = ["--mojidata", str(mojidata), "--font", str(tiny_font), "--out", str(out)]
    script.main(arguments)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    script.main(arguments)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_only_facts_change_in_the_definition(script, mojidata, out, refset, tiny_font):
    script.main(["--mojidata", str(mojidata), "--font", str(tiny_font), "--out", str(out)])
    before = (refset.folder / "reference.toml").read_text(encoding="utf-8").splitlines()
    after = (out / "reference.toml").read_text(encoding="utf-8").splitlines()
    changed = {old.split(" = ")[0] for old, new in zip(before, after, strict=True) if old != new}
    assert changed == {"sha256", "rows", "kanji", "hentaigana"}


def test_missing_files_and_keys_are_named(script, mojidata, out, tiny_font, capsys):
    with pytest.raises(SystemExit):
        script.main(["--mojidata", "gone.db", "--font", str(tiny_font), "--out", str(out)])
    assert "gone.db" in capsys.readouterr().err
    with pytest.raises(SystemExit, match=r"\[counts\] has no line 'kana"):
        script.update_manifest(out / "reference.toml", {"counts": {"kana": "1"}})


def test_outlines_are_compared_byte_for_byte(script, reference_font):
    pairs = script.same_outlines(reference_font)
    assert ("MJ003782", "MJ003783") in pairs
    assert ("MJ020018", "MJ020019") not in pairs
    assert len(pairs) == 29
