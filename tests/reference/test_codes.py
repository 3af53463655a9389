import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reference.codes import code_point, to_characters, to_code, unified

CHARACTERS = st.characters(exclude_categories=["Cs"])


def test_a_character_and_a_sequence():
    assert to_characters("U+8FBB") == "辻"
    assert to_characters("U+8FBB_E0102") == "辻\U000e0102"
    assert to_code("辻\U000e0102") == "U+8FBB_E0102"
    assert code_point("U+8FBB_E0102") == 0x8FBB


def test_a_compatibility_ideograph_has_a_unified_one():
    assert unified(0xFA19) == 0x795E
    assert unified(0x2F800) == 0x4E3D
    assert unified(0x8FBB) == 0x8FBB


def test_nothing_is_normalised():
    assert to_characters("U+FA19") == "\ufa19"
    assert to_code("\ufa19") == "U+FA19"


def test_no_code_is_no_text():
    assert to_characters("") == ""
    assert to_code("") == ""
    assert code_point(None) == code_point("") == 0


@given(st.text(CHARACTERS, max_size=3))
def test_there_and_back(text):
    assert to_characters(to_code(text)) == text


@pytest.mark.parametrize("code", ["8FBB", "辻", "U+", "U+XYZ", "U+8FBB_", "U+110000"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(ValueError):
        to_characters(code)
