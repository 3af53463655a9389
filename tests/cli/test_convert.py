"""``gaiji convert``: there and back by the command line."""

import csv
import json

import pytest

from engine.convert.settle import GaijiKey
from engine.convert.table import ConversionTable, TableRow, Target
from engine.convert.table_files import write_table

BODY = "番号,氏名,住所\r\n1,\ue000村,\ue000町\r\n2,\ue001木,\ue005\r\n"


@pytest.fixture
def data(tmp_path):
    rows = [
        TableRow(GaijiKey("", "", "", code), "MJ1", "", "", target, "", "自動", "", "")
        for code, target in (("U+E000", "U+8FBB"), ("U+E001", "U+8FBB_E0102"))
    ]
    write_table(ConversionTable(Target.IVS, tuple(rows), ()), tmp_path / "表.json")
    (tmp_path / "in.csv").write_bytes(BODY.encode("cp932"))
    return tmp_path


def report(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [(row["row"], row["column"], row["code"]) for row in csv.DictReader(stream)]


def test_there_and_back(gaiji, data):
    out = data / "out.csv"
    code, stdout, err = gaiji("convert", data / "in.csv", "--map", data / "表.json", "-o", out)
    assert (code, stdout) == (1, "")
    assert "置き換えた外字 2 個（1 種）" in err
    assert out.read_bytes() == BODY.replace("\ue000", "辻").encode("cp932")
    assert report(data / "out.csv.例外.csv") == [("3", "2", "U+E001"), ("3", "3", "U+E005")]
    code, stdout, err = gaiji("convert", "--undo", data / "out.csv.undo", out, "-o", data / "back.csv")
    assert (code, stdout) == (0, "")
    assert (data / "back.csv").read_bytes() == (data / "in.csv").read_bytes()


def test_into_utf8_with_json(gaiji, data):
    words = (
        "--to",
        "utf-8",
        "--columns",
        "氏名",
        "--report",
        data / "r.csv",
        "--log",
        data / "l",
        "--json",
        "-q",
    )
    code, stdout, err = gaiji("convert", data / "in.csv", "--map", data / "表.json", "-o", data / "o", *words)
    assert (code, err) == (0, "")
    assert (data / "o").read_bytes() == BODY.replace("\ue000村", "辻村").replace(
        "\ue001", "辻\U000e0102"
    ).encode()
    assert json.loads(stdout) == {
        "replaced": 2,
        "codes": {"U+E000": 1, "U+E001": 1},
        "exceptions": {},
        "other_columns": 2,
        "input_bytes": len(BODY.encode("cp932")),
        "output_bytes": (data / "o").stat().st_size,
    }
    assert report(data / "r.csv") == []


def test_fixed_width(gaiji, data):
    (data / "f.dat").write_bytes("01\ue000村  x\n".encode("cp932"))
    (data / "項目.csv").write_text("項目,開始,長さ\n氏名,3,6\n", encoding="utf-8")
    words = ("--fixed", data / "項目.csv", "--columns", "氏名", "--encoding", "cp932")
    assert gaiji("convert", data / "f.dat", "--map", data / "表.json", "-o", data / "o", *words)[0] == 0
    assert (data / "o").read_bytes() == "01辻村  x\n".encode("cp932")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--map"),
        (("--map", "表.json", "--undo", "x"), "--map"),
        (("--map", "表.json", "--encoding", "sjis"), "--encoding"),
        (("--map", "表.json", "--to", "cp932"), "--to"),
        (("--map", "表.json", "--columns", "電話"), "氏名"),
        (("--map", "表.json", "--columns", "0"), "--columns"),
        (("--map", "表.json", "--delimiter", "|"), "--delimiter"),
        (("--map", "表.json", "--record-length", "5"), "--fixed"),
        (("--map", "表.json", "--fixed", "項目.csv", "--unit", "x"), "--unit"),
        (("--map", "表.json", "--fixed", "項目.csv", "--to", "utf-8"), "chars"),
        (("--map", "表.json", "--fixed", "ない.csv"), "項目定義"),
        (("--map", "表.csv"), "表.csv"),
        (("--map", "表.json", "--log", "in.csv"), "同じファイル"),
        (("--map", "表.json", "--report", "表.json"), "--force"),
    ],
)
def test_what_is_asked_wrongly(gaiji, data, monkeypatch, words, told):
    monkeypatch.chdir(data)
    code, stdout, err = gaiji("convert", "in.csv", "-o", "out.csv", *words)
    assert code in (1, 2)
    assert stdout == ""
    assert err.count("\n") == 1
    assert told in err
    assert not (data / "out.csv").exists()


def test_the_encoding_is_never_guessed(gaiji, data):
    (data / "a.csv").write_bytes(b"1,2\n")
    code, _, err = gaiji("convert", data / "a.csv", "--map", data / "表.json", "-o", data / "o")
    assert code == 1
    assert "--encoding" in err
    for bom, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        (data / "a.csv").write_bytes(bom + "\ue000".encode(encoding))
        assert (
            gaiji("convert", data / "a.csv", "--map", data / "表.json", "-o", data / "o", "--force")[0] == 0
        )
        assert (data / "o").read_bytes() == bom + "辻".encode(encoding)
