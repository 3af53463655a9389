"""Files to hand in: dot fonts of real characters, some of which come again in other files."""

from __future__ import annotations

import random
from pathlib import Path

from engine.demo import build_dots
from engine.reference.fetch import debian_font
from engine.settings import Settings

_CODEC = "euc_jis_2004"
_PLANE_1_BYTES = 2


def dot_files(settings: Settings, folder: Path, *, count: int, glyphs: int, seed: int = 1) -> list[Path]:
    """Write BDF files of characters of JIS X 0213, 16 dots a side.

    Parameters
    ----------
    settings : Settings
        Where fonts are kept.
    folder : Path
    count, glyphs : int
        Files, and characters in each.
    seed : int
    """
    chance = random.Random(seed)
    jiskan = debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz", settings.cache_dir)
    kanji = [chr(code) for code in range(0x4E00, 0x9FA6) if _is_on_plane_1(chr(code))]
    found = []
    for number in range(1, count + 1):
        path = folder / f"外字{number:03}.bdf"
        build_dots(jiskan, "".join(chance.sample(kanji, glyphs)), path)
        found.append(path)
    return found


def _is_on_plane_1(character: str) -> bool:
    try:
        return len(character.encode(_CODEC)) == _PLANE_1_BYTES
    except UnicodeEncodeError:
        return False
