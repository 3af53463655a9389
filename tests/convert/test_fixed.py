"""Fields of fixed width keep their width, and their neighbours their bytes."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.convert.code_map import CodeMap
from engine.convert.encoding import Encoding
from engine.convert.errors import ConvertError
from engine.convert.fixed_layout import Field, FixedLayout, Unit, check_fields, read_fields
from engine.convert.report import NO_FIELD, NO_ROOM, NOT_IN_MAP
from engine.errors import UsageError
from tests.convert.slow import private
from tests.convert.test_stream import run, undone

TEXTS = {0xE000: "辻", 0xE001: "辻\U000e0102", 0xE002: "𠮟", 0xF0000: "邉"}
MAP = CodeMap(TEXTS, {})
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def fixed(tmp_path, body, encoding, fields, unit=Unit.BYTES, record=None, **options):
    layout = FixedLayout(encoding, tuple(Field(*each) for each in fields), unit, record)
    data, report, _ = run(tmp_path, body, encoding, layout=layout, code_map=MAP, **options)
    assert undone(tmp_path) == body
    return data, [(int(row), column, reason) for row, column, _, _, reason in report]


def test_cp932_keeps_every_byte_in_its_place(tmp_path):
    body = "01\ue000村 x\r\n02\ue005ソ x\r\n".encode("cp932")
    data, left = fixed(tmp_path, body, Encoding.CP932, [("番号", 0, 2), ("氏名", 2, 5)])
    assert data == "01辻村 x\r\n02\ue005ソ x\r\n".encode("cp932")
    assert left == [(2, "氏名", NOT_IN_MAP)]


def test_a_character_begins_where_a_field_begins(tmp_path):
    """A number stored in binary ends in what would be the first byte of a character."""
    name = "\ue000".encode("cp932")
    body = b"".join(b"\x12\xf0" + name + b"\n\x00" for _ in range(3))
    fields = [("数", 0, 2), ("氏名", 2, 2), ("終", 4, 2)]
    data, left = fixed(tmp_path, body, Encoding.CP932, fields, record=6, block_bytes=7)
    assert data == body.replace(name, "辻".encode("cp932"))
    assert left == [
        (row, "", NO_FIELD) for row in (1, 2, 3)
    ]  # what the number and the name would be together


def test_what_becomes_longer_takes_the_blanks_of_its_field(tmp_path):
    body = "\ue001a    b\n\ue001a   b \n\ue001\ue000ab b\n".encode()
    data, left = fixed(tmp_path, body, Encoding.UTF8, [("氏名", 0, 8), ("他", 8, 1)])
    first, second, third, _ = data.split(b"\n")
    assert first == "辻\U000e0102ab".encode()
    assert second == body.split(b"\n")[1]
    assert third == body.split(b"\n")[2]
    assert left == [(2, "氏名", NO_ROOM), (3, "氏名", NO_ROOM), (3, "氏名", NO_ROOM)]


def test_what_becomes_shorter_is_filled_up(tmp_path):
    body = "\U000f0000 x\n".encode()
    data, _ = fixed(tmp_path, body, Encoding.UTF8, [("氏名", 0, 5), ("他", 5, 1)])
    assert data == "邉  x\n".encode()


@pytest.mark.parametrize("encoding", [Encoding.UTF8, Encoding.UTF16LE, Encoding.UTF16BE])
def test_characters(tmp_path, encoding):
    body = "𠮷\ue001　　x\n𠮷\ue001村　x\r\n𠮷\ue001村木x\r\n".encode(encoding.value)
    data, left = fixed(
        tmp_path, body, encoding, [("氏名", 0, 4), ("他", 4, 1)], Unit.CHARACTERS, block_bytes=5
    )
    assert data.decode(encoding.value) == "𠮷辻\U000e0102　x\n𠮷辻\U000e0102村x\r\n𠮷\ue001村木x\r\n"
    assert left == [(3, "氏名", NO_ROOM)]


def test_characters_of_cp932_into_utf8(tmp_path):
    body = "ソ\ue001　x\nｱ\ue001村x\n".encode("cp932")
    fields = [("氏名", 0, 3), ("他", 3, 1)]
    data, left = fixed(tmp_path, body, Encoding.CP932, fields, Unit.CHARACTERS, to=Encoding.UTF8)
    assert data.decode() == "ソ辻\U000e0102x\nｱ\ue001村x\n"
    assert left == [(2, "氏名", NO_ROOM)]


def test_outside_the_fields_nothing_is_touched(tmp_path):
    body = "\ue000x\ue000\n".encode("cp932")
    data, left = fixed(tmp_path, body, Encoding.CP932, [("氏名", 0, 2)])
    assert data == "辻x\ue000\n".encode("cp932")
    assert left == [(1, "", NO_FIELD)]
    data, left = fixed(tmp_path, body, Encoding.CP932, [("切", 0, 1), ("切", 1, 1), ("末", 3, 2)])
    assert data == "\ue000x辻\n".encode("cp932")
    assert left[0] == (1, "", NO_FIELD)


TOKENS = [*(chr(code) for code in TEXTS), "\ue007", "a", " ", "　", "村", "𠮷"]


@quick
@given(
    st.sampled_from(Encoding),
    st.lists(st.lists(st.sampled_from(TOKENS), max_size=8), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 30),
    st.sampled_from(Unit),
)
def test_width_and_neighbours(tmp_path, encoding, records, newline, block_bytes, unit):
    """Every record keeps its width; what is neither a private code nor a blank stays."""

    def known(text):
        try:
            return bool(text.encode(encoding.value))
        except UnicodeEncodeError:
            return False

    lines = ["".join(filter(known, record)) for record in records]
    body = newline.join(lines).encode(encoding.value)
    size = 2 if unit is Unit.BYTES else 1
    fields = [("甲", 0, 6 * size), ("乙", 6 * size, 4 * size), ("丙", 12 * size, 100)]
    data, _ = fixed(tmp_path, body, encoding, fields, unit, block_bytes=block_bytes)
    made = data.decode(encoding.value, "surrogatepass").split(newline)
    for old, new in zip(lines, made, strict=True):
        measure = (
            len if unit is Unit.CHARACTERS else lambda text: len(text.encode(encoding.value, "surrogatepass"))
        )
        assert measure(new) == measure(old)
        kept = [
            c for c in old if c not in " 　" and private(c.encode(encoding.value), encoding.value) is None
        ]
        texts = "".join(TEXTS.values())
        assert [
            c for c in new if c not in " 　" + texts and not 0xE000 <= ord(c) <= 0xF8FF and ord(c) < 0xF0000
        ] == [c for c in kept if c not in texts]


def definition(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "項目.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_definition(tmp_path, encoding):
    path = definition(tmp_path, "項目,開始,長さ,備考\r\n氏名,11,20,x\r\n番号,1,10,\r\n\r\n", encoding)
    assert read_fields(path) == (Field("番号", 0, 10), Field("氏名", 10, 20))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "name,start,length\n",
        "name,start,length\na,0,1\n",
        "name,start,length\na,1,x\n",
        "name,start,length\na,1\n",
        "name,start,length\na,1,5\nb,5,1\n",
        'name,start,length\n"a,1,5\n',
        "name,start,length\na,1,9999999\n",
    ],
)
def test_a_wrong_definition_is_refused(tmp_path, text):
    with pytest.raises(UsageError, match="項目"):
        read_fields(definition(tmp_path, text))


def test_definitions_that_do_not_fit(tmp_path):
    with pytest.raises(UsageError, match="開けません"):
        read_fields(tmp_path / "ない.csv")
    with pytest.raises(UsageError, match="2 の倍数"):
        FixedLayout(Encoding.UTF16LE, (Field("a", 1, 2),), Unit.BYTES)
    with pytest.raises(UsageError, match="超えて"):
        check_fields((Field("a", 8, 4),), Unit.BYTES, 10)


def test_report_names_the_field(tmp_path):
    fixed(tmp_path, "\ue007".encode("cp932"), Encoding.CP932, [("氏,名", 0, 2)])
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert next(csv.DictReader(io.StringIO(text)))["column"] == "氏,名"


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.convert.blocks.LONGEST_LINE_BYTES", 10)
    with pytest.raises(ConvertError, match="改行"):
        run(tmp_path, b"a" * 100, Encoding.CP932, block_bytes=4)
