"""Draw the non-kanji that stand behind the reference glyphs in every index."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np

from engine.describe.normalise import normalise
from engine.reference.nonkanji import NonKanji
from engine.synth.fonts import JisPlane, OutlineFont, jis_to_unicode

FONTS: tuple[tuple[str, str], ...] = (
    ("fonts-ipaexfont-mincho", "ipaexm.ttf"),
    ("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc"),
    ("fonts-hanazono", "HanaMinA.ttf"),
)
"""Package and file of the fonts that draw them; all allowed for training."""

NON_KANJI_ROWS = range(1, 14)
"""Rows of JIS X 0213 plane 1 that hold kana, letters, digits and symbols."""

EXTRA = "㊤㊥㊦㊧㊨㋿☎✓✕✖➀➡"


def non_kanji_characters(kanji: frozenset[str]) -> list[str]:
    """Characters to draw: JIS X 0213 rows 1–13 and some marks, without those that are MJ characters."""
    found = set(EXTRA)
    for row in NON_KANJI_ROWS:
        for cell in range(1, 95):
            text = jis_to_unicode(row, cell, JisPlane.X0213_PLANE_1)
            if text and len(text) == 1 and unicodedata.category(text)[0] != "Z":
                found.add(text)
    # Combining marks and quotes are specks once cropped to their ink; they would attract every speck.
    return sorted(c for c in found - kanji if unicodedata.category(c) not in {"Mn", "Me"})


def draw_non_kanji(paths: list[Path], kanji: frozenset[str]) -> NonKanji:
    """Draw every character in every font that has it."""
    characters, squares = [], []
    for path in paths:
        font = OutlineFont(path, em_px=96)
        for character in non_kanji_characters(kanji):
            if ord(character) not in font.codes():
                continue
            ink = font.tight(ord(character))
            if ink.any():
                characters.append(character)
                squares.append(normalise(ink))
    return NonKanji(tuple(characters), np.stack(squares))
