"""Which index rows are one and the same shape: results are tied sets, not always one MJ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

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
        Equal numbers: the font draws both rows identically, or the set declares them identical.
    """
    shape = np.array(index.drawing, np.int64)  # a copy in memory: single look-ups in a mapped file are slow
    missing = shape < 0
    shape[missing] = shape.max() + 1 + np.arange(int(missing.sum()))
    for names in set(identical.values()):
        members = np.isin(shape, shape[table.rows(sorted(names))])
        shape[members] = shape[members].min()
    return shape
