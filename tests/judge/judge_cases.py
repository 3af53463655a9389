"""Compared candidates made by hand, for the tests of the criteria."""

import numpy as np

from engine.compare.pair import INPUTS
from engine.compare.shortlist import Compared
from engine.judge.judge import Kinds


def case(
    *log_odds,
    kind="kanji",
    similarity=0.8,
    correlation=0.9,
    stroke=0,
    share=0.0,
    size=6.0,
    others=None,
    shapes=None,
    offered=True,
    identical=None,
    related=None,
    families=None,
    strokes=12,
):
    """Compared candidates; ``kind`` is that of the first, the others are kanji."""
    count = len(log_odds)
    inputs = np.zeros((count, len(INPUTS)), np.float32)
    inputs[0, INPUTS.index("candidate_far_run")] = stroke
    inputs[0, INPUTS.index("gaiji_near_share")] = share
    inputs[:, INPUTS.index("gaiji_size")] = size
    inputs[:, INPUTS.index("correlation")] = correlation
    first = np.arange(count) == 0
    compared = Compared(
        np.arange(count),
        np.where(first, similarity, similarity if others is None else others).astype(np.float32),
        inputs,
        np.array(log_odds, np.float32),
        np.array(log_odds if identical is None else identical, np.float32),
        np.array(log_odds if related is None else related, np.float32),
        np.zeros((count, 64, 64), np.uint8),
    )
    kinds = Kinds(
        first & (kind == "hentaigana"),
        first & (kind == "non_kanji"),
        ~first | offered,
        np.array(shapes if shapes else range(count)),
        np.array(families if families else range(count)),
        np.full(count, strokes, np.int16),
    )
    return compared, kinds
