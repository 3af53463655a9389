import dataclasses
from collections import Counter

import numpy as np
import pytest

from engine.errors import ReferenceSetError
from engine.glyph.raster import OutlineRasteriser
from engine.reference.font import glyph_ids
from engine.reference.identical import IdenticalBasis, load_identical, read_pairs


def test_fifteen_pairs_are_declared(refset, table):
    pairs = read_pairs(refset)
    assert Counter(basis for _, _, basis in pairs)[IdenticalBasis.DECLARED] == 15
    assert all(first in table and second in table and first < second for first, second, _ in pairs)
    for first, second, basis in pairs:
        if basis is IdenticalBasis.DECLARED:
            assert f"{first}・{second}は" in table.record(first).note


def test_drawn_pairs_are_drawn_alike(refset, reference_font):
    pairs = [pair[:2] for pair in read_pairs(refset) if pair[2] is IdenticalBasis.DRAWN]
    rasteriser = OutlineRasteriser(reference_font)
    for names in pairs:
        first, second = (rasteriser.render(int(glyph)) for glyph in glyph_ids(refset, reference_font, names))
        assert np.array_equal(first, second)


def test_pairs_that_share_a_name_are_one_set(refset):
    tied = load_identical(refset)
    assert tied["MJ090298"] == {"MJ090214", "MJ090224", "MJ090298"}
    assert tied["MJ003718"] == tied["MJ003719"] == {"MJ003718", "MJ003719"}
    assert "MJ026190" not in tied
    assert all(mj in group for mj, group in tied.items())


def test_grounds_can_be_chosen(refset):
    declared = load_identical(refset, [IdenticalBasis.DECLARED])
    assert len(declared) == 30
    assert "MJ090298" not in declared


def test_a_set_without_pairs(tiny_refset):
    assert load_identical(tiny_refset) == {}


@pytest.mark.parametrize(
    "text",
    [
        "mj_a,mj_b\n",
        "mj_a,mj_b,basis\nMJ000001,MJ000002\n",
        "mj_a,mj_b,basis\nMJ000001,MJ000002,guessed\n",
        "mj_a,mj_b,basis\nMJ000001,MJ000002,drawn\nMJ000003,MJ000004,drawn\n",
        "",
    ],
)
def test_a_damaged_file_is_refused(refset, tmp_path, text):
    path = tmp_path / "identical.csv"
    path.write_text(text, encoding="utf-8")
    damaged = dataclasses.replace(refset.identical, path=path, rows=1)
    with pytest.raises(ReferenceSetError, match="同一字形の表"):
        load_identical(dataclasses.replace(refset, identical=damaged))
