"""What is shown of a character, from the whole reference set."""

from __future__ import annotations

import pytest

from api.pictures.character import character_of
from engine.errors import UsageError
from engine.reference.shrink import load_shrink


@pytest.fixture(scope="module")
def shrink(refset):
    return load_shrink(refset)


def test_a_kanji(table, shrink):
    found = character_of(table, shrink, "MJ026190")
    assert (found.text, found.strokes, found.radical) == ("邉", 17, "辵（162）＋13 画")
    codes = dict(found.codes)
    assert codes["UCS"] == "U+9089"
    assert codes["IVS"].startswith("U+9089_E01")
    assert codes["X 0213"] == "1-78-21"
    assert "ヘン" in found.readings
    assert "辺" in [each.character for each in found.shrunk]
    assert all(each.ground for each in found.shrunk)
    assert "MJ026190" not in found.siblings
    assert len(found.siblings) == 15


def test_a_hentaigana(table, shrink):
    found = character_of(table, shrink, "MJ090001")
    assert found.is_hentaigana
    assert found.readings
    assert any(remark.startswith("字母") for remark in found.remarks)


def test_every_row_can_be_shown(table, shrink):
    for mj in table.mj[::997]:
        assert character_of(table, shrink, mj).mj == mj


def test_a_character_that_screens_have_no_font_for_is_shown_by_its_code(table, shrink):
    last = max((code, mj) for code, mj in zip(table.code_points.tolist(), table.mj, strict=True))
    assert character_of(table, shrink, last[1]).shown == f"U+{last[0]:04X}"
    assert character_of(table, shrink, "MJ026190").shown == "邉"


def test_no_such_name(table, shrink):
    with pytest.raises(UsageError):
        character_of(table, shrink, "MJ999999")
