import shutil

import pytest

from engine.errors import GaijiError, ReferenceSetError
from engine.reference.refset import GlyphsBy, find_reference_set, load_reference_set
from engine.settings import Settings


@pytest.fixture
def copy(tiny_refset, tmp_path):
    """Give a copy of the made-up set that a test may damage."""
    folder = tmp_path / "copy"
    shutil.copytree(tiny_refset.folder, folder)
    return folder


def edit(folder, old, new):
    path = folder / "reference.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_committed_set_says_what_it_is(refset):
    assert refset.id == "mojikiban-006.02"
    assert refset.label == "mojikiban-006.02+criteria-v2"
    assert refset.license == "CC BY-SA 2.1 JP"
    assert "CC BY-SA 2.1 JP" in refset.license_file.read_text(encoding="utf-8")
    assert refset.counts == {"kanji": 58862, "hentaigana": 299}
    assert refset.table.rows == 59161
    assert refset.font.by is GlyphsBy.NAME
    assert refset.font.prefix == (("MJ", "mj"),)


def test_the_committed_files_are_those_of_the_manifest(refset):
    refset.verify()
    assert len(refset.files()) == 3


def test_another_set_needs_configuration_alone(tiny_settings, tiny_refset):
    assert find_reference_set(tiny_settings) == tiny_refset
    assert tiny_refset.font.by is GlyphsBy.CODEPOINT
    assert tiny_refset.shrink is None
    tiny_refset.verify()


def test_the_first_data_folder_wins(copy, tiny_refset):
    edit(copy, "tiny-1", "tiny-2")
    settings = Settings((copy.parent, tiny_refset.folder.parent), copy.parent)
    assert find_reference_set(settings, "copy").id == "tiny-2"
    assert find_reference_set(settings, "tiny").id == "tiny-1"


def test_a_missing_set_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(ReferenceSetError, match="GAIJI_DATA_DIR") as caught:
        find_reference_set(Settings((tmp_path,), tmp_path), "nowhere")
    assert str(tmp_path / "nowhere") in str(caught.value)


@pytest.mark.parametrize("name", ["", "..", "../tiny", "a/b", "/etc"])
def test_a_name_is_not_a_path(tiny_settings, name):
    with pytest.raises(GaijiError):
        find_reference_set(tiny_settings, name)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('id = "tiny-1"', "", "id は空でない文字列"),
        ('id = "tiny-1"', "id = 3", "id は空でない文字列"),
        ("rows = 24", "rows = -1", "files.table.rows は0 以上の整数"),
        ("rows = 24", "rows = true", "files.table.rows は0 以上の整数"),
        ("kanji = 23", 'kanji = "23"', "counts.kanji は0 以上の整数"),
        ('name = "table.parquet"', 'name = "../table.parquet"', "フォルダーを含まないファイル名"),
        ('name = "table.parquet"', 'name = "gone.parquet"', "ないか空です"),
        ('by = "codepoint"', 'by = "text"', "font.glyphs_by.by は"),
        ('column = "font_code"', "", "font.glyphs_by.column は"),
        ("[font.glyphs_by]", "[font.other]", "font.glyphs_by は表"),
        ("[counts]", "[counts", "読めません"),
    ],
)
def test_a_damaged_definition_is_named(copy, old, new, complaint):
    edit(copy, old, new)
    with pytest.raises(ReferenceSetError) as caught:
        load_reference_set(copy)
    assert complaint in str(caught.value)
    assert "reference.toml" in str(caught.value) or "gone.parquet" in str(caught.value)


def test_a_checksum_must_be_one(copy, tiny_refset):
    edit(copy, tiny_refset.table.sha256, tiny_refset.table.sha256[:-1])
    with pytest.raises(ReferenceSetError, match="64 桁の16進数"):
        load_reference_set(copy)


def test_verify_notices_one_changed_byte(copy):
    path = copy / "table.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ReferenceSetError, match=r"table\.parquet が壊れています"):
        load_reference_set(copy).verify()


def test_an_empty_file_is_noticed_at_once(copy):
    (copy / "table.parquet").write_bytes(b"")
    with pytest.raises(ReferenceSetError, match="ないか空です"):
        load_reference_set(copy)
