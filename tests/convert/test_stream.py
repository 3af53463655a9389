"""What is not replaced stays byte for byte; undoing gives the original; blocks of any size give the same."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.convert.code_map import CodeMap
from engine.convert.csv_layout import CsvLayout
from engine.convert.encoding import Encoding
from engine.convert.files import Paths
from engine.convert.stream import Summary, convert_file
from engine.convert.undo import undo_file
from tests.convert.slow import convert_csv

TEXTS = {
    0xE000: "辻",
    0xE001: "辻\U000e0102",
    0xE03F: "𠮟",
    0xE0BC: "丼",
    0xE757: "々",
    0xF8FF: "ヵ",
    0xF0000: "邉",
}
MAP = CodeMap(TEXTS, {0xE002: "未確定: 未確認"})
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def paths(folder: Path) -> Paths:
    return Paths(folder / "in", folder / "out", folder / "report.csv", folder / "journal")


def run(folder: Path, data: bytes, encoding: Encoding, **options) -> tuple[bytes, list[list[str]], Summary]:
    files = paths(folder)
    for each in ("out", "report.csv", "journal", "back"):  # replacing is slow on some file systems
        (folder / each).unlink(missing_ok=True)
    files.source.write_bytes(data)
    layout = options.pop("layout", None) or CsvLayout(encoding)
    summary = convert_file(files, options.pop("code_map", MAP), encoding, layout, **options)
    report = list(csv.reader(io.StringIO(files.report.read_text(encoding="utf-8-sig"), newline="")))[1:]
    return files.output.read_bytes(), report, summary


def undone(folder: Path) -> bytes:
    undo_file(folder / "out", folder / "journal", folder / "back")
    return (folder / "back").read_bytes()


def pieces(encoding: Encoding):
    codes = [*TEXTS, 0xE002, 0xE003, 0xE758, 0x10FFFD]
    marks = [",", '"', '""', "\r\n", "\n", "\r", "a", " "]
    texts = [*map(chr, codes), *marks, "外", "字", "ソ表能", "ｱ", "𠮷"]
    known = []
    for text in texts:
        try:
            known.append(text.encode(encoding.value))
        except UnicodeEncodeError:
            continue
    damage = [b"\x81", b"\xf0", b"\xf0\x40", b"\xff", b"\x80", b"\xee", b"\xee\x80", b"\xf3\xb0", b"\xdb\x80"]
    damage += [b"\xfc\xfc", b"\xf9\xfc", b"\xe0\x00", b"\n\x00", b"\x00\n", b"\x00"]
    return st.lists(
        st.sampled_from(known) | st.sampled_from(damage) | st.binary(max_size=2), max_size=30
    ).map(b"".join)


@st.composite
def files(draw):
    encoding = draw(st.sampled_from(Encoding))
    bom = draw(st.sampled_from([b"", encoding.bom]))
    return encoding, bom, draw(pieces(encoding))


@quick
@given(files(), st.integers(1, 40), st.none() | st.frozensets(st.integers(1, 4), min_size=1))
def test_as_the_slow_way_whatever_the_blocks(tmp_path, file, block_bytes, columns):
    encoding, bom, body = file
    if not bom and body.startswith(encoding.bom or b"\0\0\0"):
        return
    data, report, summary = run(tmp_path, bom + body, encoding, block_bytes=block_bytes, columns=columns)
    expected, left = convert_csv(body, encoding.value, TEXTS, columns)
    assert data == bom + expected
    assert [(int(row), int(column), int(code[2:], 16)) for row, column, code, _, _ in report] == left
    assert sum(summary.exceptions.values()) == len(left)
    assert undone(tmp_path) == bom + body


@quick
@given(files(), st.integers(1, 40))
def test_transcoding_can_be_undone(tmp_path, file, block_bytes):
    encoding, bom, body = file
    if encoding is Encoding.UTF8:
        return
    data, report, _ = run(tmp_path, bom + body, encoding, block_bytes=block_bytes, to=Encoding.UTF8)
    text = data.decode("utf-8")
    assert text.startswith("\ufeff" if bom else "")
    assert not {chr(code) for code in TEXTS if code != 0xF8FF} & set(text)
    assert ("\ufffd" in text) == any(code == "" for _, _, code, _, _ in report) or "\ufffd" in body.decode(
        encoding.value, "ignore"
    )
    assert undone(tmp_path) == bom + body


def test_text_is_text_in_another_encoding(tmp_path):
    body = "氏名,住所\r\n\ue000村ソ,①ｱ\ue001\ue002\r\n".encode("cp932") + b"\xed\x40"
    data, report, _ = run(tmp_path, body, Encoding.CP932, to=Encoding.UTF8)
    assert data.decode("utf-8") == "氏名,住所\r\n辻村ソ,①ｱ辻\U000e0102\ue002\r\n纊"
    assert report == [["2", "2", "U+E002", "F042", "未確定: 未確認"]]
    assert undone(tmp_path) == body


def test_bytes_that_are_no_text_are_told(tmp_path):
    body = b"a,\xfd\x80\n\x81\n"
    data, report, _ = run(tmp_path, body, Encoding.CP932, to=Encoding.UTF8)
    assert data.decode("utf-8") == "a,\ufffd\ufffd\n\ufffd\n"
    assert [row[:4] for row in report] == [["1", "2", "", "FD"], ["1", "2", "", "80"], ["2", "1", "", "81"]]
    assert undone(tmp_path) == body


def test_what_cp932_cannot_hold_stays(tmp_path):
    data, report, summary = run(tmp_path, "\ue001\ue000\ue03f".encode("cp932"), Encoding.CP932)
    assert data == "\ue001辻\ue03f".encode("cp932")
    assert {row[4] for row in report} == {"出力の文字コード（cp932）では表せない変換先"}
    assert summary.replaced == {0xE000: 1}


def test_the_report_never_holds_text_of_a_field(tmp_path):
    run(tmp_path, "山田\ue002太郎,秘密\n".encode("cp932"), Encoding.CP932)
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert "山" not in text
    assert "秘" not in text
    assert b"\x8e\x52" not in (tmp_path / "journal").read_bytes()


def test_a_run_of_first_bytes_longer_than_any_text(tmp_path):
    for count in (60, 61):
        body = b"\n" + b"\xf0" * count + "\ue000".encode("cp932") + b"\n"
        data, _, _ = run(tmp_path, body, Encoding.CP932)
        assert data == convert_csv(body, "cp932", TEXTS, None)[0]


def test_nothing_is_left_when_something_goes_wrong(tmp_path):
    files = paths(tmp_path)
    files.source.write_bytes(b"a" * 100)

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert_file(files, MAP, Encoding.CP932, CsvLayout(Encoding.CP932), progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
