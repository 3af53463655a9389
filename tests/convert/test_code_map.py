"""A map is read as ``export table`` writes it; what is not sure is no part of it."""

import json

import pytest

from engine.convert.code_map import read_code_map
from engine.convert.settle import GaijiKey
from engine.convert.table import ApartRow, ConversionTable, TableRow, Target
from engine.convert.table_files import write_table
from engine.errors import GaijiError, UsageError


def row(code, target, system=""):
    return TableRow(GaijiKey("131016", system, "", code), "MJ026190", "", "", target, "", "自動", "", "")


def table(tmp_path, suffix, *rows, apart=(), target=Target.IVS):
    path = tmp_path / f"表{suffix}"
    write_table(ConversionTable(target, rows, tuple(apart)), path, force=True)
    return path


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_as_it_was_written(tmp_path, suffix):
    path = table(
        tmp_path, suffix, row("U+E000", "U+8FBB_E0102"), row("U+F0000", "U+20B9F"), row("80A1", "U+8FBB")
    )
    assert read_code_map(path).texts == {0xE000: "辻\U000e0102", 0xF0000: "𠮟"}


def test_what_is_apart_has_a_reason(tmp_path):
    apart = [ApartRow(GaijiKey("", "", "", "U+E001"), "a", "未確認", ())]
    found = read_code_map(table(tmp_path, ".json", row("U+E000", "U+8FBB"), apart=apart))
    assert found.reasons == {0xE001: "未確定: 未確認"}


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_systems_that_disagree(tmp_path, suffix):
    rows = [row("U+E000", "U+8FBB", "住基"), row("U+E000", "U+9089", "税"), row("U+E001", "U+9089", "税")]
    path = table(tmp_path, suffix, *rows)
    both = read_code_map(path)
    assert both.texts == {0xE001: "邉"}
    assert list(both.reasons) == [0xE000]
    assert read_code_map(path, system="住基", municipality="131016").texts == {0xE000: "辻"}
    with pytest.raises(UsageError, match="行がありません"):
        read_code_map(path, system="介護")


def test_what_one_system_has_not_settled_another_may_have(tmp_path):
    apart = [ApartRow(GaijiKey("131016", "税", "", "U+E000"), "a", "未確認", ())]
    path = table(
        tmp_path, ".json", row("U+E000", "U+8FBB", "住基"), row("U+E001", "U+8FBB", "住基"), apart=apart
    )
    assert read_code_map(path).texts == {0xE001: "辻"}
    assert set(read_code_map(path, system="住基").texts) == {0xE000, 0xE001}


@pytest.mark.parametrize("suffix", [".json", ".csv"])
def test_names_are_no_text(tmp_path, suffix):
    with pytest.raises(GaijiError, match="--target"):
        read_code_map(table(tmp_path, suffix, row("U+E000", "MJ026190"), target=Target.MJ))


@pytest.mark.parametrize(
    "target", ["U+0022", "U+002C", "U+000A", "U+E001", "U+D800", "U+3000", "U+110000", "U+x", "U+"]
)
def test_what_is_no_character_takes_no_place(tmp_path, target):
    path = tmp_path / "表.csv"
    path.write_text(f"gaiji_code,target\nU+E000,{target}\n", encoding="utf-8")
    with pytest.raises(GaijiError, match=r"表\.csv"):
        read_code_map(path)


GOOD = {"format": "gaiji-conversion-table", "version": 1, "target": "ucs", "rows": [], "apart": []}


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", "[" * 100_000, json.dumps(GOOD | {"version": 9}), json.dumps(GOOD | {"rows": [[]]}),
        json.dumps(GOOD | {"rows": None}), json.dumps(GOOD | {"rows": [{"gaiji_code": 1}]}), json.dumps(GOOD),
    ],
)  # fmt: skip
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "表.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(GaijiError, match=r"表\.json"):
        read_code_map(path)
    with pytest.raises(GaijiError, match=r"ない\.json"):
        read_code_map(tmp_path / "ない.json")
    with pytest.raises(UsageError, match=r"\.json か \.csv"):
        read_code_map(tmp_path / "表.xlsx")
