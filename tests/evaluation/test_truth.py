"""The answer key: groups by character and by shape."""

from __future__ import annotations

import pytest

from engine.evaluation.opening import open_truth
from engine.evaluation.truth import MjRecord, build_truth

RECORDS = [
    MjRecord("MJ000001", 0x8FBB, 0x8FBB, 6),
    MjRecord("MJ000002", 0x8FBB, None, 5),
    MjRecord("MJ000003", 0xFA19, 0xFA19, 10),
    MjRecord("MJ000004", 0x795E, 0x795E, 9),
    MjRecord("MJ000005", None, None, None),
    MjRecord("MJ000006", 0x4E00, 0x4E00, 1),
]


def test_groups_of_a_small_table() -> None:
    truth = build_truth(
        RECORDS, [("MJ000001", "MJ000006"), ("MJ000006", "MJ000005"), ("MJ000002", "MJ999999")]
    )
    assert truth.of_code(0x8FBB) == {"MJ000001", "MJ000002"}
    assert truth.same_shape["MJ000001"] == {"MJ000001", "MJ000005", "MJ000006"}, (
        "groups join through a member"
    )
    assert truth.same_shape["MJ000002"] == {"MJ000002"}, "a name that the table lacks is no twin"
    assert truth.implemented[0x8FBB] == {"MJ000001", "MJ000005", "MJ000006"}
    assert truth.of_code(0x3400) == frozenset()


def test_a_compatibility_ideograph_is_a_sibling_but_has_its_own_code() -> None:
    truth = build_truth(RECORDS)
    assert truth.of_code(0xFA19) == {"MJ000003"}
    assert truth.of_character(0xFA19) == truth.of_character(0x795E) == {"MJ000003", "MJ000004"}


def test_family_of_an_mj_without_a_code_is_its_shape() -> None:
    assert build_truth(RECORDS).family("MJ000005") == {"MJ000005"}


@pytest.mark.parametrize(
    ("names", "strokes", "differ"),
    [
        (["MJ000002"], 6, True),
        (["MJ000001"], 6, False),
        (["MJ000005"], 6, False),
        (["MJ000002"], None, False),
    ],
)
def test_an_unknown_stroke_count_is_no_difference(
    names: list[str], strokes: int | None, differ: bool
) -> None:
    assert build_truth(RECORDS).differ_in_strokes(names, strokes) is differ


def test_the_real_table_gives_a_full_key(refset) -> None:
    truth = open_truth(refset)
    assert len(truth.records) == 59_161
    assert truth.records["MJ026190"].ucs == 0x9089
    assert len(truth.of_code(0x8FBB)) == 2, "辻 has two drawings, one and two dots"
    assert "MJ003719" in truth.same_shape["MJ003718"], "declared identical"
    assert any(record.hentaigana for record in truth.records.values())
