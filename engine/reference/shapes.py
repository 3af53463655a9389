"""Which index rows are one and the same shape: results are tied sets, not always one MJ."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.reference.codes import unified
from engine.reference.index import ReferenceIndex
from engine.reference.table import MojiTable


def shapes(
    index: ReferenceIndex, table: MojiTable, identical: Mapping[str, frozenset[str]]
) -> NDArray[np.int64]:
    """Number the shapes of an index.

    Parameters
    ----------
    index : ReferenceIndex
    table : MojiTable
    identical : mapping of str to frozenset of str
        From :func:`engine.reference.identical.load_identical`.

    Returns
    -------
    (R,) int64
        Equal numbers: the font draws both rows identically, the set declares them identical, or both are
        drawings of one non-kanji, whatever its size or width.
    """
    shape = np.array(index.drawing, np.int64)  # a copy in memory: single look-ups in a mapped file are slow
    missing = shape < 0
    shape[missing] = shape.max() + 1 + np.arange(int(missing.sum()))
    for names in set(identical.values()):
        members = np.isin(shape, shape[table.rows(sorted(names))])
        shape[members] = shape[members].min()
    first: dict[str, int] = {}
    for row, character in enumerate(index.characters, index.non_kanji_start):
        shape[row] = first.setdefault(plain_character(character), int(shape[row]))
    return shape


def families(index: ReferenceIndex, table: MojiTable) -> NDArray[np.int64]:
    """Number the characters of an index.

    Returns
    -------
    (R,) int64
        Equal numbers: one character, in whatever form. A compatibility ideograph counts with the unified one
        that it stands for; a glyph without a code point stands alone.
    """
    codes = [unified(int(code)) for code in table.code_points]
    family = np.array([code or -1 - row for row, code in enumerate(codes)], np.int64)
    plain = [plain_character(character) for character in index.characters]
    numbers: NDArray[np.int64] = np.unique(np.array(plain, np.str_), return_inverse=True)[1]
    return np.concatenate([family, _NON_KANJI + numbers]).astype(np.int64)


_NON_KANJI = 0x200000
"""Beyond every code point."""


def plain_character(character: str) -> str:
    """Return the character without what is lost when a picture is cropped to its ink: size and width.

    ァ and ｱ become ア, Ａ becomes A.
    """
    wide = unicodedata.normalize("NFKC", character)
    name = unicodedata.name(wide, "") if len(wide) == 1 else ""
    if " LETTER SMALL " in name and name.startswith(("HIRAGANA", "KATAKANA")):
        return unicodedata.lookup(name.replace(" LETTER SMALL ", " LETTER "))
    return wide
