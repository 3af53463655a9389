"""Gaiji as municipalities hand them in, made from fonts: outlines, dots, pictures, what cannot be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from engine.demo import DOT_CHARACTERS, OUTLINE_GLYPHS, build_dots
from engine.glyph.model import Glyph
from engine.glyph.read import read_glyphs
from engine.synth.gaiji_files import write_eudc

DebianFont = Callable[[str, str], Path]


def eudc(debian_font: DebianFont, folder: Path, codes: Sequence[int] = OUTLINE_GLYPHS) -> Path:
    """HanaMin's private-use glyphs as the EUDC.tte of a Windows machine."""
    path = folder / "EUDC.tte"
    write_eudc(debian_font("fonts-hanazono", "HanaMinA.ttf"), codes, path)
    return path


def dots(debian_font: DebianFont, folder: Path, characters: str = DOT_CHARACTERS) -> Path:
    path = folder / "dots16.bdf"
    build_dots(debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz"), characters, path)
    return path


def pictures(source: Path, path: Path, *, damaged: bool = True) -> Path:
    """Glyphs of a file as pictures in a ZIP; with ``damaged``, one that cannot be read beside them."""
    with zipfile.ZipFile(path, "w") as archive:
        for glyph in read_glyphs([source]):
            assert isinstance(glyph, Glyph)
            file = io.BytesIO()
            Image.fromarray(255 - glyph.ink).save(file, "PNG")
            archive.writestr(f"{glyph.gaiji_code[2:]}.png", file.getvalue())
        if damaged:
            archive.writestr("壊れた.png", b"\x89PNG\r\n\x1a\n\0\0\0\0")
    return path
