import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lookup.ids import IdsError, Layout, leaves, parse_ids


def test_a_row_is_one_tree_however_it_is_written():
    one = Layout("⿰", "彳", Layout("⿰", "圭", "亍"))
    assert parse_ids("⿲彳圭亍") == parse_ids("⿰彳⿰圭亍") == parse_ids("⿰⿰彳圭亍") == one
    assert parse_ids("⿱彳⿰圭亍") != one


def test_parts_without_a_code_point_and_marks():
    assert leaves(parse_ids("⿱{88}艮")) == ["{88}", "艮"]
    assert parse_ids("〾人") == "人"
    assert leaves(parse_ids("⿰訁\u31ef牙㇒")) == ["訁", "牙"]
    assert parse_ids("\u2ffe邑") == Layout("\u2ffe", "邑", None)


@pytest.mark.parametrize("text", ["", "⿰木", "木目", "⿰木目目", "⿰{8木", "⿰" * 60 + "木" * 61])
def test_what_is_no_ids(text):
    with pytest.raises(IdsError):
        parse_ids(text)


TREES = st.recursive(
    st.sampled_from("木目口日{").map(lambda leaf: "{7}" if leaf == "{" else leaf),
    lambda inner: st.builds(lambda o, a, b: o + a + b, st.sampled_from("⿰⿱⿴⿸"), inner, inner),
    max_leaves=12,
)


@given(TREES)
def test_no_leaf_is_lost(text):
    written = text.replace("{7}", "七")
    assert leaves(parse_ids(written)) == [sign for sign in written if sign not in "⿰⿱⿴⿸"]
