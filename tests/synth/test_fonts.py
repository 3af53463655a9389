"""Real fonts: the code tables and the placement of glyphs in their bodies."""

from __future__ import annotations

import numpy as np
import pytest

from engine.synth.fonts import DotFont, JisPlane, OutlineFont, jis_to_unicode


@pytest.mark.parametrize(
    ("row", "cell", "plane", "char"),
    [
        (16, 1, JisPlane.X0208, "亜"),
        (84, 6, JisPlane.X0208, "熙"),
        (14, 1, JisPlane.X0213_PLANE_1, "俱"),
        (14, 1, JisPlane.X0208, None),
        (1, 1, JisPlane.X0213_PLANE_2, "𠂉"),
        (4, 87, JisPlane.X0213_PLANE_1, "か゚"),
    ],
)
def test_jis_rows_and_cells(row: int, cell: int, plane: JisPlane, char: str | None) -> None:
    assert jis_to_unicode(row, cell, plane) == char


def test_a_jis_dot_font_draws_the_right_characters(debian_font) -> None:
    font = DotFont(debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz"), JisPlane.X0213_PLANE_1)
    assert font.size_px == 16
    assert {ord("亜"), ord("あ"), ord("俱")} <= font.codes()
    assert ord("\u3000") not in font.codes(), "the ideographic space has no dots"
    one = font.body(ord("一"))
    assert one.shape == (16, 16)
    assert set(np.unique(one)) == {0, 255}
    assert np.flatnonzero(one.any(axis=1)).size <= 3, "一 is a bar"
    with pytest.raises(KeyError):
        font.body(ord("A"))


def test_the_body_keeps_the_place_of_small_marks(debian_font) -> None:
    font = OutlineFont(debian_font("fonts-horai-umefont", "ume-tmo3.ttf"), em_px=100)
    full_stop = font.body(ord("。"))
    assert full_stop.shape == (100, 100)
    rows, cols = np.nonzero(full_stop)
    assert rows.min() > 60
    assert cols.max() < 40
    kanji = font.body(ord("国"))
    assert kanji.shape == (100, 100)
    assert font.tight(ord("国")).shape < kanji.shape


def test_blank_glyphs_are_not_drawn(debian_font) -> None:
    font = OutlineFont(debian_font("fonts-horai-umefont", "ume-tmo3.ttf"))
    assert ord("国") in font.codes()
    assert ord(" ") not in font.codes()


def test_variation_sequences_have_glyphs_of_their_own(debian_font) -> None:
    font = OutlineFont(debian_font("fonts-hanazono", "HanaMinA.ttf"), em_px=48)
    variations = font.variations()
    assert len(variations) > 5_000
    base, selector = min(variations)
    assert 0xE0100 <= selector <= 0xE01EF
    assert variations[base, selector] != font.glyph_id(base)
