"""The font of a reference set: where it is, whether it is the right one, and which glyph draws which name."""

from __future__ import annotations

import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import FontMissingError, ReferenceSetError
from engine.reference.codes import code_point
from engine.reference.fetch import fetch_debian_package, package_dir
from engine.reference.refset import FontSpec, GlyphsBy, ReferenceSet, file_sha256
from engine.settings import Settings

MAX_FONT_MB = 256
"""Largest file that is looked into; IPAmj 明朝 has 33 MB, a Super-OTC of all of CJK about 150."""

MIN_SHARE = 0.95
"""Share of the expected glyphs below which a font is another font, not another version of it."""

_FAMILY_IDS = (1, 16)
_VERSION_ID = 5


@dataclass(frozen=True, slots=True)
class FontReport:
    """What a font file is, seen from a reference set.

    Attributes
    ----------
    path : Path
    sha256, version : str
    families : tuple of str
    glyphs : int
        Names of the table that it draws.
    warnings : tuple of str
        Japanese; why it is not exactly the font that the set was made with.
    """

    path: Path
    sha256: str
    version: str
    families: tuple[str, ...]
    glyphs: int
    warnings: tuple[str, ...]


def imported_font(refset: ReferenceSet, settings: Settings) -> Path:
    """Return the place of an imported font, whether it is there or not."""
    return settings.cache_dir / "fonts" / refset.id / refset.font.file


def system_font_folders(
    platform: str = sys.platform, environ: Mapping[str, str] | None = None, home: Path | None = None
) -> tuple[Path, ...]:
    """Return the folders where an operating system keeps fonts, the user's own first.

    Parameters
    ----------
    platform : str
        As ``sys.platform``.
    environ : mapping of str to str, optional
        Environment variables; those of the process where None.
    home : Path, optional
        The user's home folder; the process's where None.
    """
    env = os.environ if environ is None else environ
    home = Path.home() if home is None else home
    if platform == "win32":
        local = Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local")
        windows = Path(env.get("WINDIR") or "C:/Windows")
        return (local / "Microsoft" / "Windows" / "Fonts", windows / "Fonts")
    if platform == "darwin":
        return (home / "Library" / "Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    data_home = Path(env.get("XDG_DATA_HOME") or home / ".local" / "share")
    data_dirs = (env.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    folders = [
        data_home / "fonts",
        home / ".fonts",
        *(Path(folder) / "fonts" for folder in data_dirs if folder),
    ]
    return tuple(dict.fromkeys(folders))


def find_font(refset: ReferenceSet, settings: Settings) -> Path | None:
    """Look for the set's font: imported, in the system's folders, in a fetched package; None if nowhere."""
    imported = imported_font(refset, settings)
    if imported.is_file():
        return imported
    folders = list(system_font_folders())
    if refset.font.debian_package:
        folders.append(
            package_dir(refset.font.debian_package, settings.cache_dir) / "usr" / "share" / "fonts"
        )
    for folder in folders:
        if (found := _find_file(folder, refset.font.file)) is not None:
            return found
    return None


def locate_font(refset: ReferenceSet, settings: Settings) -> Path:
    """Find the set's font on this machine.

    Raises
    ------
    FontMissingError
        It is nowhere; the message says how to get it.
    """
    found = find_font(refset, settings)
    if found is None:
        raise FontMissingError(_how_to_get(refset.font))
    return found


def obtain_font(
    refset: ReferenceSet, settings: Settings, *, report: Callable[[str], None] = lambda _: None
) -> Path:
    """Find the set's font, or fetch its Debian package.

    Raises
    ------
    FontMissingError
        It is nowhere and cannot be fetched.
    """
    found = find_font(refset, settings)
    if found is not None:
        return found
    package = refset.font.debian_package
    if not package:
        raise FontMissingError(_how_to_get(refset.font))
    try:
        fetched = _find_file(
            fetch_debian_package(package, settings.cache_dir, report=report), refset.font.file
        )
    except ReferenceSetError as error:
        msg = f"{error}\n{_how_to_get(refset.font)}"
        raise FontMissingError(msg) from error
    if fetched is None:
        msg = f"パッケージ {package} に {refset.font.file} がありません。\n{_how_to_get(refset.font)}"
        raise FontMissingError(msg)
    return fetched


def inspect_font(path: Path, refset: ReferenceSet) -> FontReport:
    """Check that a file is the font of the set, or another version of it.

    Raises
    ------
    ReferenceSetError
        It cannot be read, or is another font.
    """
    spec = refset.font
    digest = file_sha256(path)
    with open_font(path) as font:
        names = font["name"]
        families = tuple(
            dict.fromkeys(record.toUnicode() for record in names.names if record.nameID in _FAMILY_IDS)
        )
        version = names.getDebugName(_VERSION_ID) or ""
    glyphs = int(np.count_nonzero(glyph_ids(refset, path)))
    if digest == spec.sha256:
        return FontReport(path, digest, version, families, glyphs, ())
    if spec.family not in families or glyphs < MIN_SHARE * spec.glyphs:
        msg = (
            f"{path} は {spec.title} ではありません"
            f"（書体名 {'・'.join(families) or 'なし'}、参照表の字 {spec.glyphs} のうち {glyphs}）。"
            f"{spec.file} を指定してください。"
        )
        raise ReferenceSetError(msg)
    warnings = [f"{spec.title} {spec.version} とは別の版です（{version or '版の記載なし'}）。"]
    if glyphs < spec.glyphs:
        warnings.append(f"参照表の字のうち {spec.glyphs - glyphs} 字がこの版にありません。")
    return FontReport(path, digest, version, families, glyphs, tuple(warnings))


def import_font(path: Path, refset: ReferenceSet, settings: Settings) -> FontReport:
    """Check a font file and copy it into the cache, where it is found before all others.

    Returns
    -------
    FontReport
        Of the copy; its warnings are for the user.

    Raises
    ------
    ReferenceSetError
        The file cannot be read or is another font, or the cache cannot be written.
    """
    report = inspect_font(path, refset)
    target = imported_font(refset, settings)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=target.parent) as work:
            copy = Path(work) / target.name
            shutil.copyfile(path, copy)
            copy.replace(target)
    except OSError as error:
        msg = (
            f"{target} に書けません（{error.strerror}）。"
            "環境変数 GAIJI_CACHE_DIR に、書けるフォルダーを指定してください。"
        )
        raise ReferenceSetError(msg) from error
    return FontReport(target, report.sha256, report.version, report.families, report.glyphs, report.warnings)


def glyph_ids(refset: ReferenceSet, font_path: Path, names: Sequence[str] | None = None) -> NDArray[np.int32]:
    """Return the glyph id that draws each name of the table.

    Parameters
    ----------
    refset : ReferenceSet
        Says whether glyphs are addressed by name or by code point.
    font_path : Path
        The set's font.
    names : sequence of str, optional
        MJ names; every name of the table, in its order, where None.

    Returns
    -------
    (N,) int32
        0 where the font has no glyph.

    Raises
    ------
    ReferenceSetError
        The font cannot be read, or the table lacks the column of code points.

    Notes
    -----
    The names are read once from the font: asking FreeType for each would search all of them each time.
    """
    from engine.reference.table import load_table

    spec = refset.font
    columns = ("mj", spec.column) if spec.by is GlyphsBy.CODEPOINT else ("mj",)
    table = load_table(refset, columns)
    wanted = table.mj if names is None else names
    if spec.by is GlyphsBy.NAME:
        by_name = _ids_by_name(font_path)
        return np.array([by_name.get(_glyph_name(name, spec), 0) for name in wanted], np.int32)
    if spec.column not in table.column_names:
        msg = f"参照表 {refset.table.path} に、フォントの符号位置の列 {spec.column} がありません。"
        raise ReferenceSetError(msg)
    codes = table.column(spec.column).to_pylist()
    by_code = _ids_by_code(font_path)
    return np.array([by_code.get(code_point(codes[row]), 0) for row in table.rows(wanted)], np.int32)


def _ids_by_name(path: Path) -> dict[str, int]:
    with open_font(path) as font:
        order = font.getGlyphOrder()
    return {name: glyph for glyph, name in reversed(list(enumerate(order)))}


def _ids_by_code(path: Path) -> dict[int, int]:
    with open_font(path) as font:
        return {code: int(font.getGlyphID(name)) for code, name in (font.getBestCmap() or {}).items()}


def _glyph_name(name: str, spec: FontSpec) -> str:
    for ours, theirs in spec.prefix:
        if name.startswith(ours):
            return theirs + name[len(ours) :]
    return name


@contextmanager
def open_font(path: Path) -> Iterator[Any]:
    """Open a font with fontTools; whatever a damaged file makes it raise becomes one error.

    Parameters
    ----------
    path : Path

    Yields
    ------
    fontTools.ttLib.TTFont
        Lazily loaded.

    Raises
    ------
    ReferenceSetError
        The file cannot be read, or is no font; also for what goes wrong inside the ``with`` block.
    """
    from fontTools.ttLib import TTFont, TTLibError

    try:
        size_mb = path.stat().st_size / 2**20
        if size_mb > MAX_FONT_MB:
            msg = f"{path} は大きすぎます（{size_mb:.0f} MB、上限 {MAX_FONT_MB} MB）。"
            raise ReferenceSetError(msg)
        # Our own stream: given a path, TTFont leaves the file open when it fails.
        with path.open("rb") as stream, TTFont(stream, lazy=True) as font:
            yield font
    except OSError as error:
        msg = f"フォント {path} を読めません（{error.strerror or error}）。"
        raise ReferenceSetError(msg) from error
    except (
        TTLibError,
        struct.error,
        LookupError,
        ValueError,
        TypeError,
        AssertionError,
        OverflowError,
    ) as error:
        msg = f"フォント {path} が壊れているか、TrueType・OpenType ではありません（{error}）。"
        raise ReferenceSetError(msg) from error


def _find_file(folder: Path, name: str) -> Path | None:
    """Find a file by name, whatever its case, below ``folder``; the first in sorted order."""
    wanted = name.casefold()
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            if file.casefold() == wanted:
                return Path(parent) / file
    return None


def _how_to_get(spec: FontSpec) -> str:
    lines = [f"{spec.title}（{spec.file}）が見つかりません。次のどれかをしてください。"]
    if spec.debian_package:
        lines += [
            f"・Debian・Ubuntu: 「sudo apt-get install {spec.debian_package}」を実行する",
            "  （管理者でないときは「python -m engine.reference.fetch --role reference」）",
        ]
    source = f"{spec.download} から入手し、" if spec.download else "フォントを入手し、"
    lines += [
        f"・Windows・macOS・その他: {source}フォントとしてインストールする",
        f"・ファイルがあるとき: 「gaiji reference import --font {spec.file}」を実行する",
    ]
    return "\n".join(lines)
