import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from engine.describe.model import DescriptionModel, load_model
from engine.errors import FontMissingError, ReferenceSetError
from engine.reference.index import open_index
from engine.reference.nonkanji import load_non_kanji
from engine.reference.pictures import pack, unpack
from engine.reference.shapes import plain_character, shapes
from engine.reference.table import load_table
from engine.settings import Settings


@pytest.fixture(scope="module")
def index(refset, settings, reference_font):
    return open_index(refset, settings)


@pytest.fixture(scope="module")
def tiny_index(tiny_refset, tiny_settings):
    return open_index(tiny_refset, tiny_settings)


def test_pictures_come_back_to_within_half_a_level():
    squares = np.random.default_rng(1).integers(0, 256, (3, 64, 64)).astype(np.uint8)
    back = unpack(pack(squares), 64)
    assert np.abs(back.astype(int) - squares).max() <= 8
    assert (unpack(pack(back), 64) == back).all()
    assert unpack(pack(np.full((1, 2, 2), 255, np.uint8)), 2).min() == 255


def test_every_mj_glyph_is_in_the_index(index, table):
    assert index.non_kanji_start == len(table) == 59161
    assert (index.drawing[: len(table)] >= 0).all()
    norms = np.linalg.norm(index.vectors[::501], axis=1)
    np.testing.assert_allclose(norms, 1, rtol=1e-4)


def test_non_kanji_stand_behind_the_table(index):
    assert len(index.characters) == len(load_non_kanji().characters) > 2000
    assert {"あ", "ア", "Ａ", "１", "〒", "㈱"} <= set(index.characters)


def test_a_glyph_finds_itself(index, table):
    from engine.search.exact import nearest

    rows = np.arange(0, len(table), 997)
    _, found = nearest(index.vectors, np.array(index.vectors[rows]), 1)
    assert (index.drawing[found[:, 0]] == index.drawing[rows]).all()


def test_equal_outlines_share_a_drawing(index, table):
    from engine.reference.identical import IdenticalBasis, load_identical

    drawn = load_identical(table.refset, [IdenticalBasis.DRAWN])
    for names in drawn.values():
        assert len(set(index.drawing[table.rows(names)].tolist())) == 1, names


def test_declared_identical_glyphs_share_a_shape(index, table):
    from engine.reference.identical import load_identical

    shape = shapes(index, table, load_identical(table.refset))
    first, second = table.rows(["MJ003718", "MJ003719"])
    assert index.drawing[first] != index.drawing[second]
    assert shape[first] == shape[second]
    assert 59000 < len(set(shape.tolist())) < len(shape)


def test_a_second_reference_set_needs_configuration_only(tiny_index, tiny_refset):
    table = load_table(tiny_refset)
    missing = table.row("GJ000003")
    assert tiny_index.drawing[missing] == -1
    assert not tiny_index.vectors[missing].any()
    assert (np.delete(tiny_index.drawing[: len(table)], missing) >= 0).all()


def test_opening_again_builds_nothing(tiny_index, tiny_refset, tiny_settings):
    calls = []
    again = open_index(tiny_refset, tiny_settings, progress=lambda *step: calls.append(step))
    assert again.folder == tiny_index.folder
    assert calls == []


def test_another_model_builds_another_index(tiny_index, tiny_refset, tiny_settings):
    model = load_model()
    other = DescriptionModel(model.coarse, model.fine, "0123456789ab")
    calls = []
    built = open_index(tiny_refset, tiny_settings, model=other, progress=lambda *step: calls.append(step))
    assert built.folder != tiny_index.folder
    assert calls[0][1] == 0
    assert calls[-1][1] == calls[-1][2]


@pytest.mark.parametrize("damage", ["manifest", "array", "missing"])
def test_a_damaged_index_is_built_again(tiny_refset, tiny_settings, damage):
    folder = open_index(tiny_refset, tiny_settings).folder
    if damage == "manifest":
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest["basis"]["font_sha256"] = "0" * 64
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    elif damage == "array":
        (folder / "vectors.npy").write_bytes(b"torn")
    else:
        (folder / "fine.npy").unlink()
    calls = []
    again = open_index(tiny_refset, tiny_settings, progress=lambda *step: calls.append(step))
    assert calls
    assert again.vectors.shape[0] == again.manifest["rows"]


def test_without_the_font_the_message_says_what_to_do(tiny_settings, tiny_refset, tmp_path):
    empty = Settings(tiny_settings.data_dirs, tmp_path, tiny_settings.reference)
    with pytest.raises(FontMissingError, match="gaiji reference import"):
        open_index(tiny_refset, empty)


def test_a_cache_that_cannot_be_written_is_named(tiny_refset, tiny_settings, tiny_font, tmp_path):
    from engine.reference.index import build_index

    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ReferenceSetError, match="GAIJI_CACHE_DIR"):
        build_index(tiny_refset, tiny_font, blocked / "index" / "x", load_model(), {})


@pytest.mark.parametrize(("one", "other"), [("ァ", "ア"), ("ぁ", "あ"), ("Ａ", "A"), ("ｱ", "ア")])
def test_size_and_width_of_a_non_kanji_do_not_count(one, other):
    assert plain_character(one) == plain_character(other)


@pytest.mark.parametrize(("one", "other"), [("は", "ば"), ("ア", "あ"), ("O", "0"), ("a", "A")])
def test_different_non_kanji_stay_different(one, other):
    assert plain_character(one) != plain_character(other)


def test_an_altered_table_is_not_indexed(tiny_settings, tiny_refset, tiny_font, tmp_path):
    from engine.reference.index import build_index
    from engine.reference.refset import load_reference_set

    copy = tmp_path / "tiny"
    shutil.copytree(tiny_refset.folder, copy)
    rows = pq.read_table(copy / "table.parquet")
    pq.write_table(rows, copy / "table.parquet", compression="gzip")  # same rows, not the same file
    with pytest.raises(ReferenceSetError, match=r"table\.parquet が壊れています"):
        build_index(load_reference_set(copy), tiny_font, tmp_path / "index", load_model(), {})
    assert not (tmp_path / "index").exists()
