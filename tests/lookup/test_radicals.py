import unicodedata

import pytest

from engine.errors import ReferenceSetError
from engine.lookup.radicals import RADICALS, as_ideograph, radical_book, radical_character


@pytest.fixture(scope="module")
def book():
    return radical_book()


def test_every_radical_is_found_by_number_sign_and_character(book):
    for number in range(1, RADICALS + 1):
        assert book.numbers(str(number)) == (number,)
        assert number in book.numbers(chr(0x2F00 + number - 1))
        assert number in book.numbers(radical_character(number))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("氵", (85,)), ("さんずい", (85,)), ("艹", (140,)), ("くさかんむり", (140,)), ("阝", (163, 170)),
        ("月", (74, 130)), ("⺼", (130,)), ("にくづき", (130,)), ("王", (96,)), ("しんにょう", (162,)),
        ("ひへん", (72, 86)), ("0", ()), ("215", ()), ("0162", ()), ("鬱", ()), ("", ()),
    ],
)  # fmt: skip
def test_what_people_write(book, text, numbers):
    assert book.numbers(text) == numbers


@pytest.mark.parametrize(
    ("part", "form"),
    [("水", "氵"), ("氵", "水"), ("辶", "辵"), ("艹", "艸"), ("忄", "心"), ("阝", "阜"), ("阝", "邑"),
     ("月", "⺼"), ("肉", "⺼"), ("王", "𤣩"), ("⽔", "氵"), ("日", "曰")],
)  # fmt: skip
def test_forms_of_one_part(book, part, form):
    assert form in book.forms(part)
    assert as_ideograph(part) in book.forms(part)


@pytest.mark.parametrize(
    ("part", "other"), [("月", "肉"), ("王", "玉"), ("阜", "邑"), ("曰", "日"), ("木", "本")]
)
def test_what_is_another_part(book, part, other):
    assert other not in book.forms(part)


def test_names_are_hiragana_and_forms_no_longer_than_a_character(book):
    for text in book.numbers_of:
        assert len(text) == 1 or all("HIRAGANA" in unicodedata.name(sign) for sign in text)


def test_a_damaged_list_is_told(tmp_path):
    path = tmp_path / "radicals.toml"
    for text in ("radical = [", "radical = []\npart = []\n", "radical = [{ names = [] }]\npart = []\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ReferenceSetError):
            radical_book.__wrapped__(path)
    with pytest.raises(ReferenceSetError):
        radical_book(tmp_path / "none.toml")
