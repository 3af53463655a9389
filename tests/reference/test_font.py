import dataclasses
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from engine.errors import FontMissingError, ReferenceSetError, UsageError
from engine.glyph.raster import OutlineRasteriser
from engine.reference import font as font_module
from engine.reference.font import (
    find_font,
    glyph_ids,
    import_font,
    imported_font,
    inspect_font,
    locate_font,
    obtain_font,
    system_font_folders,
)
from engine.reference.refset import GlyphsBy


@pytest.fixture
def bare(tiny_settings, tmp_path, monkeypatch):
    """Settings with an empty cache, on a system whose only font folder is ``tmp_path / "fonts"``."""
    (tmp_path / "fonts").mkdir()
    monkeypatch.setattr(font_module, "system_font_folders", lambda: (tmp_path / "fonts", tmp_path / "none"))
    return dataclasses.replace(tiny_settings, cache_dir=tmp_path / "cache")


def edited(font, path, edit):
    """Save a copy of a font after ``edit`` changed it."""
    with TTFont(font) as loaded:
        edit(loaded)
        loaded.save(path)
    return path


def rename(family):
    def edit(font):
        for record in font["name"].names:
            if record.nameID == 1:
                record.string = family

    return edit


def keep(count):
    """Leave the first ``count`` code points in the font's character maps."""

    def edit(font):
        for table in font["cmap"].tables:
            table.cmap = dict(sorted(table.cmap.items())[:count])

    return edit


# --- Which glyph draws which name ---


def test_every_name_of_the_table_has_a_glyph_of_that_name(refset, table, reference_font):
    ids = glyph_ids(refset, reference_font)
    assert ids.shape == (len(table),)
    assert np.count_nonzero(ids) == refset.font.glyphs == 59_161
    assert len(set(ids.tolist())) == len(ids)
    rasteriser = OutlineRasteriser(reference_font)
    assert ids[table.row("MJ008095")] == rasteriser.glyph_id("mj008095")


def test_names_are_answered_in_the_order_asked(refset, reference_font):
    ids = glyph_ids(refset, reference_font, ["MJ008095", "MJ000001", "XX000001"])
    assert ids[0] > ids[1] > 0
    assert ids[2] == 0


def test_code_points_of_a_column(tiny_refset, tiny_font):
    ids = glyph_ids(tiny_refset, tiny_font)
    # Glyphs were added in the order of the rows; GJ000003 has no code point in the font.
    assert ids.tolist() == [1, 2, 0, *range(3, 24)]
    assert glyph_ids(tiny_refset, tiny_font, ["GJ090001", "GJ000003"]).tolist() == [23, 0]


def test_a_name_without_a_row_has_no_code_point(tiny_refset, tiny_font):
    with pytest.raises(UsageError, match="GJ999999"):
        glyph_ids(tiny_refset, tiny_font, ["GJ999999"])


def test_a_column_that_the_table_lacks_is_named(tiny_refset, tiny_font):
    spec = dataclasses.replace(tiny_refset.font, column="elsewhere")
    with pytest.raises(ReferenceSetError, match="elsewhere"):
        glyph_ids(dataclasses.replace(tiny_refset, font=spec), tiny_font)


def test_addressing_is_a_matter_of_configuration(tiny_refset, tiny_font):
    spec = dataclasses.replace(
        tiny_refset.font, by=GlyphsBy.NAME, prefix=(("GJ0000", "glyph000"),), column=""
    )
    ids = glyph_ids(
        dataclasses.replace(tiny_refset, font=spec), tiny_font, ["GJ000001", "GJ000003", "GJ000004"]
    )
    assert ids.tolist() == [1, 0, 3]


# --- Where the font is ---


def test_import_comes_before_the_system(tiny_refset, tiny_font, bare, tmp_path):
    system = tmp_path / "fonts" / "deep" / "TinyMincho.TTF"  # Windows keeps the case it was given
    system.parent.mkdir()
    shutil.copy(tiny_font, system)
    assert find_font(tiny_refset, bare) == system
    imported = import_font(system, tiny_refset, bare)
    assert imported.path == imported_font(tiny_refset, bare) == locate_font(tiny_refset, bare)
    assert imported.path.read_bytes() == tiny_font.read_bytes()
    assert imported.warnings == ()


def test_a_fetched_package_is_found(tiny_refset, tiny_font, bare):
    spec = dataclasses.replace(tiny_refset.font, debian_package="fonts-tiny")
    packaged = dataclasses.replace(tiny_refset, font=spec)
    target = bare.cache_dir / "debian" / "fonts-tiny" / "usr" / "share" / "fonts" / "truetype" / spec.file
    target.parent.mkdir(parents=True)
    shutil.copy(tiny_font, target)
    assert find_font(tiny_refset, bare) is None
    assert find_font(packaged, bare) == target == obtain_font(packaged, bare)


def test_a_missing_font_says_what_to_do_on_each_system(refset, tiny_refset, bare):
    with pytest.raises(FontMissingError) as caught:
        locate_font(refset, bare)
    text = str(caught.value)
    for part in (
        "ipamjm.ttf",
        "apt-get install fonts-ipamj-mincho",
        "Windows",
        "macOS",
        "reference import --font",
    ):
        assert part in text
    with pytest.raises(FontMissingError) as caught:
        obtain_font(tiny_refset, bare)
    assert "apt-get" not in str(caught.value)


def test_a_failed_fetch_says_why_and_what_to_do(refset, bare, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FontMissingError, match="Debian・Ubuntu ではありません") as caught:
        obtain_font(refset, bare)
    assert "reference import --font" in str(caught.value)


def test_folders_of_each_system(tmp_path):
    linux = system_font_folders("linux", {"XDG_DATA_DIRS": "/usr/share:/opt/share"}, tmp_path)
    assert linux == (
        tmp_path / ".local/share/fonts",
        tmp_path / ".fonts",
        Path("/usr/share/fonts"),
        Path("/opt/share/fonts"),
    )
    assert system_font_folders("darwin", {}, tmp_path)[0] == tmp_path / "Library" / "Fonts"
    windows = system_font_folders("win32", {"WINDIR": "D:/Windows", "LOCALAPPDATA": "D:/Local"}, tmp_path)
    assert windows == (Path("D:/Local/Microsoft/Windows/Fonts"), Path("D:/Windows/Fonts"))


# --- Whether it is the right font ---


def test_the_right_font_has_no_warning(refset, reference_font):
    report = inspect_font(reference_font, refset)
    assert report.sha256 == refset.font.sha256
    assert report.version == "Version 005.01"
    assert "IPAmjMincho" in report.families
    assert report.warnings == ()


def test_another_version_is_taken_with_a_warning(tiny_refset, tiny_font, bare, tmp_path):
    newer = edited(
        tiny_font, tmp_path / "newer.ttf", lambda f: f["name"].setName("Version 2.0", 5, 3, 1, 0x409)
    )
    report = import_font(newer, tiny_refset, bare)
    assert report.version == "Version 2.0"
    assert len(report.warnings) == 1
    fewer = edited(newer, tmp_path / "fewer.ttf", keep(22))
    assert "1 字" in inspect_font(fewer, tiny_refset).warnings[1]


@pytest.mark.parametrize("edit", [rename("Another"), keep(20)])
def test_another_font_is_refused(tiny_refset, tiny_font, bare, tmp_path, edit):
    other = edited(tiny_font, tmp_path / "other.ttf", edit)
    with pytest.raises(ReferenceSetError, match="見本明朝 ではありません"):
        import_font(other, tiny_refset, bare)
    assert find_font(tiny_refset, bare) is None


def test_a_real_font_that_is_not_the_reference_is_refused(refset, debian_font):
    other = debian_font("fonts-ipaexfont-mincho", "ipaexm.ttf")
    with pytest.raises(ReferenceSetError, match="IPAmj明朝 ではありません"):
        inspect_font(other, refset)


def test_damaged_files_are_refused(tiny_refset, tiny_font, bare, tmp_path):
    good = tiny_font.read_bytes()
    path = tmp_path / "damaged.ttf"
    generator = np.random.default_rng(20260701)
    refused = 0
    for round_ in range(40):
        data = bytearray(good[: generator.integers(0, len(good))] if round_ % 2 else good)
        for place in generator.integers(0, max(len(data), 1), 20):
            if data:
                data[place] ^= int(generator.integers(1, 256))
        path.write_bytes(data)
        try:
            inspect_font(path, tiny_refset)
        except ReferenceSetError:
            refused += 1
    assert refused >= 20  # every truncated one; a mutation may hit only an outline


def test_what_cannot_be_opened_is_named(tiny_refset, tmp_path, monkeypatch):
    with pytest.raises(ReferenceSetError, match=r"gone\.ttf"):
        inspect_font(tmp_path / "gone.ttf", tiny_refset)
    with pytest.raises(ReferenceSetError, match="読めません"):
        inspect_font(tmp_path, tiny_refset)
    (tmp_path / "large.ttf").write_bytes(b"0" * 2048)
    monkeypatch.setattr(font_module, "MAX_FONT_MB", 0.001)
    with pytest.raises(ReferenceSetError, match="大きすぎます"):
        inspect_font(tmp_path / "large.ttf", tiny_refset)


def test_a_cache_that_cannot_be_written_is_named(tiny_refset, tiny_font, bare):
    bare.cache_dir.write_text("a file where the folder should be")
    with pytest.raises(ReferenceSetError, match="GAIJI_CACHE_DIR"):
        import_font(tiny_font, tiny_refset, bare)


def test_looking_for_the_font_starts_nothing(tiny_refset, bare, monkeypatch):
    def forbidden(*_, **__):
        pytest.fail("a program was started")

    monkeypatch.setattr(subprocess, "run", forbidden)
    assert find_font(tiny_refset, bare) is None
