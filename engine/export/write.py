"""The files of an export, all or none: the font or bitmaps, the lists, the licence."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from engine.convert.table_files import apart_text
from engine.errors import UsageError
from engine.export.bitmaps import MAX_SIZE_PX, MIN_SIZE_PX, draw_bitmaps, write_zip
from engine.export.eudc_font import DEFAULT_FAMILY, build_eudc
from engine.export.licence import check_name, licence_document
from engine.export.listing import glyph_list
from engine.export.prepare import Prepared
from engine.output.sink import AtomicFile, OutputError, check_output

FONT_SUFFIXES = (".tte", ".ttf")
ZIP_SUFFIX = ".zip"

_OUR_BITMAP = re.compile(r"(?:U\+)?[0-9A-F]{4}\.bmp")


def companions(output: Path) -> dict[str, Path]:
    """Return the files that go with an export, by what they are: ``glyphs``, ``left_out`` and ``licence``."""
    endings = {"glyphs": "字形一覧.csv", "left_out": "未収録.csv", "licence": "利用条件.txt"}
    return {what: output.with_name(f"{output.stem}-{ending}") for what, ending in endings.items()}


def check_font_output(output: Path, *, force: bool) -> None:
    """Refuse a place for the font, or for what goes with it, before any work is done.

    Raises
    ------
    UsageError
        Wrong suffix, no such folder, or something is there and ``force`` is not given.
    """
    check_output(output, force=force, suffixes=FONT_SUFFIXES)
    _check_companions(output, force=force)


def check_bitmap_output(output: Path, size_px: int, *, force: bool) -> None:
    """Refuse a place for the bitmaps, or for what goes with them, before any work is done.

    Raises
    ------
    UsageError
        No such folder; something is there and ``force`` is not given, or it is not bitmaps of ours; the size
        is out of bounds.
    """
    if not MIN_SIZE_PX <= size_px <= MAX_SIZE_PX:
        raise UsageError(
            f"大きさは {MIN_SIZE_PX} から {MAX_SIZE_PX} までで指定してください（指定値: {size_px}）。"
        )
    if output.suffix.lower() == ZIP_SUFFIX:
        check_output(output, force=force, suffixes=(ZIP_SUFFIX,))
    else:
        _check_folder(output, force=force)
    _check_companions(output, force=force)


def _check_companions(output: Path, *, force: bool) -> None:
    for path in companions(output).values():
        check_output(path, force=force, suffixes=(path.suffix,))


def _check_folder(folder: Path, *, force: bool) -> None:
    if folder.suffix:
        raise UsageError(
            f"出力先には、フォルダーの名前か {ZIP_SUFFIX} のファイル名を指定してください: {folder}"
        )
    if not folder.exists():
        if not folder.parent.is_dir():
            raise UsageError(f"出力先のフォルダーがありません。先に作ってください: {folder.parent}")
        return
    if not folder.is_dir():
        raise UsageError(f"同じ名前のファイルがあります。別の名前にしてください: {folder}")
    names = [entry.name for entry in folder.iterdir()]
    if names and not force:
        raise UsageError(
            f"出力先のフォルダーが空ではありません。置き換えるには --force を付けてください: {folder}"
        )
    if not all(_OUR_BITMAP.fullmatch(name) for name in names):
        raise UsageError(
            f"出力先に、外字の画像のほかのファイルがあります。別のフォルダーにしてください: {folder}"
        )


def write_font(
    prepared: Prepared, output: Path, *, family: str = DEFAULT_FAMILY, force: bool = False
) -> list[Path]:
    """Write the font with its lists and licence.

    Parameters
    ----------
    prepared : Prepared
    output : Path
        ``.tte`` or ``.ttf``.
    family : str
        Name of the font.
    force : bool
        Whether existing files may be replaced.

    Returns
    -------
    list of Path
        The font first.

    Raises
    ------
    UsageError
        The place is refused; a name contains that of the original.
    OutputError
        A file cannot be written.
    FontBuildError, ReferenceSetError
        The font cannot be built.
    """
    check_font_output(output, force=force)
    check_name(output.name, prepared.origin, "ファイル名")
    check_name(family, prepared.origin, "フォントの名前")
    data = build_eudc(prepared.font_path, prepared.plan.replacements, prepared.origin, family=family)
    with ExitStack() as stack:
        stack.enter_context(AtomicFile(output, force=force)).write(data)
        _write_companions(stack, prepared, output, force=force)
    return [output, *companions(output).values()]


def write_bitmaps(prepared: Prepared, output: Path, *, size_px: int, force: bool = False) -> list[Path]:
    """Write the bitmaps into a folder or ZIP, with their lists and licence beside it.

    Parameters
    ----------
    prepared : Prepared
    output : Path
        A folder that is not there yet, is empty or (with ``force``) holds bitmaps of ours; or a ``.zip``.
    size_px : int
        Side of each bitmap.
    force : bool
        Whether existing files may be replaced.

    Returns
    -------
    list of Path
        The folder or ZIP first.

    Raises
    ------
    UsageError
        The place or the size is refused; the name contains that of the original.
    OutputError
        A file cannot be written.
    """
    check_bitmap_output(output, size_px, force=force)
    check_name(output.name, prepared.origin, "出力先の名前")
    files = draw_bitmaps(prepared.font_path, prepared.plan.replacements, size_px)
    with ExitStack() as stack:
        if output.suffix.lower() == ZIP_SUFFIX:
            write_zip(stack.enter_context(AtomicFile(output, force=force)), files)
        else:
            _write_folder(output, files)
        _write_companions(stack, prepared, output, force=force)
    return [output, *companions(output).values()]


def _write_companions(stack: ExitStack, prepared: Prepared, output: Path, *, force: bool) -> None:
    paths = companions(output)
    for what, content in (
        ("glyphs", glyph_list(prepared.plan).encode("utf-8-sig", "backslashreplace")),
        ("left_out", apart_text(prepared.plan.left_out).encode("utf-8-sig", "backslashreplace")),
        ("licence", licence_document(prepared.origin, output.name)),
    ):
        stack.enter_context(AtomicFile(paths[what], force=force)).write(content)


def _write_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Fill a folder beside its place, then let it take the place of the one that was there."""
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        try:
            part.mkdir()
            for name, content in files:
                (part / name).write_bytes(content)
            if folder.exists():
                folder.replace(old)
            part.replace(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            if old.exists() and not folder.exists():
                old.replace(folder)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"出力できません（{error.strerror or type(error).__name__}）。"
            f"書き込みの権限と空き容量を確かめ、フォルダーを開いていれば閉じてください: {folder}"
        ) from error
