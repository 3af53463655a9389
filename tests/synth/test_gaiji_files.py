"""Files of gaiji that we make are read back as they were drawn."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.glyph.model import Glyph
from engine.glyph.read import ReadOptions, read_glyphs
from engine.synth.gaiji_files import write_bdf


def framed(ink: np.ndarray) -> np.ndarray:
    """Give a picture ink in two corners: FreeType cuts what is blank at the edges."""
    ink[0, 0] = ink[-1, -1] = 255
    return ink


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    inks=st.lists(
        arrays.arrays(np.uint8, (24, 24), elements=st.sampled_from([0, 255])).map(framed),
        min_size=1,
        max_size=4,
    )
)
def test_dots_of_a_bdf_come_back(inks, tmp_path):
    path = tmp_path / "a.bdf"
    write_bdf([(0xE000 + number, ink) for number, ink in enumerate(inks)], 24, path)
    items = list(read_glyphs([path], ReadOptions()))
    assert [item.gaiji_code for item in items] == [f"U+{0xE000 + number:04X}" for number in range(len(inks))]
    for item, ink in zip(items, inks, strict=True):
        assert isinstance(item, Glyph)
        assert np.array_equal(item.ink, ink)
