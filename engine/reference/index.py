"""The index of a reference set: every glyph rendered, normalised and described, in files that open instantly.

Decision record: plain ``.npy`` files and a manifest, memory-mapped. At 60,000 glyphs an exact search needs no
other structure (60 MB of vectors), and Parquet loads 20 times slower. The folder's name holds a digest of
everything that the content depends on (table, font, description model, format), so that an index is never
used with anything but what it was built from: a change builds another one beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.describe.model import DescriptionModel, load_model
from engine.describe.normalise import SIDE_PX, normalise
from engine.errors import ReferenceSetError
from engine.glyph.raster import OutlineRasteriser
from engine.reference.font import glyph_ids, locate_font
from engine.reference.nonkanji import load_non_kanji
from engine.reference.pictures import pack, unpack
from engine.reference.refset import ReferenceSet, file_sha256
from engine.settings import Settings

FORMAT = 1
EM_PX = 96
_BLOCK = 512
_FILES = ("vectors", "fine", "pictures", "drawing")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class ReferenceIndex:
    """What the search and the comparison need of every reference glyph.

    Rows 0 … M−1 are the rows of the reference table; rows from M on are the non-kanji.

    Attributes
    ----------
    folder : Path
    manifest : dict
        What the index was built from.
    vectors : (R, E) float32
        Coarse descriptions; zero where the font has no glyph.
    fine : (R, F) float16
        Fine descriptions.
    pictures : (R, S·S/2) uint8
        Normalised pictures, two pixels a byte.
    drawing : (R,) int32
        Equal numbers: the font draws the very same glyph. −1: it draws none.
    characters : tuple of str
        Of the non-kanji rows.
    """

    folder: Path
    manifest: dict[str, object]
    vectors: NDArray[np.float32]
    fine: NDArray[np.float16]
    pictures: NDArray[np.uint8]
    drawing: NDArray[np.int32]
    characters: tuple[str, ...]

    @property
    def non_kanji_start(self) -> int:
        """First row that is not kanji (M)."""
        return len(self.vectors) - len(self.characters)

    def squares(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the normalised pictures of some rows, (K, S, S) uint8."""
        return unpack(self.pictures[rows], SIDE_PX)


def open_index(
    refset: ReferenceSet,
    settings: Settings,
    *,
    model: DescriptionModel | None = None,
    progress: Progress | None = None,
) -> ReferenceIndex:
    """Open the index of a reference set; build it first where there is none that fits.

    Parameters
    ----------
    refset : ReferenceSet
    settings : Settings
        Where fonts and indexes are.
    model : DescriptionModel, optional
        The one shipped with the engine where None.
    progress : callable, optional
        Called with (text, done, total) while building.

    Raises
    ------
    FontMissingError
        The font is nowhere on this machine.
    ReferenceSetError
        The index cannot be written.
    """
    model = model or load_model()
    font = locate_font(refset, settings)
    basis = _basis(refset, font, model, settings)
    folder = settings.cache_dir / "index" / f"{refset.id}-{_digest(basis)}"
    opened = _open(folder, basis)
    if opened is None:
        build_index(refset, font, folder, model, basis, progress)
        opened = _open(folder, basis)
    if opened is None:
        msg = (
            f"索引 {folder} を作りましたが、読めません。"
            "ディスクの空きを確かめ、フォルダーを消してやり直してください。"
        )
        raise ReferenceSetError(msg)
    return opened


def _basis(
    refset: ReferenceSet, font: Path, model: DescriptionModel, settings: Settings
) -> dict[str, object]:
    """Everything that the content of an index depends on."""
    import cv2

    return {
        "format": FORMAT,
        "reference": refset.id,
        "table_sha256": refset.table.sha256,
        "font_sha256": _font_sha256(font, settings),
        "model": model.identity,
        "em_px": EM_PX,
        "side_px": SIDE_PX,
        "opencv": cv2.__version__,
    }


def _digest(basis: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()[:12]


def _font_sha256(font: Path, settings: Settings) -> str:
    """SHA-256 of the font, remembered by path, size and time: hashing 46 MB would dominate a cold start."""
    state = font.stat()
    key = hashlib.sha256(f"{font.resolve()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()
    note = settings.cache_dir / "font-digests" / key
    with contextlib.suppress(OSError):
        digest = note.read_text(encoding="ascii")
        if len(digest) == 64:
            return digest
    digest = file_sha256(font)
    with contextlib.suppress(OSError):  # a read-only cache only costs time
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(digest, encoding="ascii")
    return digest


def _open(folder: Path, basis: dict[str, object]) -> ReferenceIndex | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _FILES}
    except (OSError, ValueError):
        return None
    rows = manifest.get("rows")
    if manifest.get("basis") != basis or any(len(array) != rows for array in arrays.values()):
        return None
    return ReferenceIndex(
        folder,
        manifest,
        arrays["vectors"],
        arrays["fine"],
        arrays["pictures"],
        arrays["drawing"],
        tuple(manifest["non_kanji"]),
    )


def build_index(
    refset: ReferenceSet,
    font: Path,
    folder: Path,
    model: DescriptionModel,
    basis: dict[str, object],
    progress: Progress | None = None,
) -> None:
    """Render and describe every glyph; write the index all or nothing.

    Parameters
    ----------
    refset : ReferenceSet
    font : Path
    folder : Path
        Where the index is to stand; replaced where it exists.
    model : DescriptionModel
    basis : dict
        Goes into the manifest.
    progress : callable, optional

    Raises
    ------
    ReferenceSetError
        A data file of the set is not the one that its definition names, or the folder cannot be written.
    """
    from engine.reference.table import load_table

    # The index is filed under the declared checksums: this is the one place where they must be true.
    refset.verify()
    report = progress or (lambda _text, _done, _total: None)
    table = load_table(refset)
    glyphs = glyph_ids(refset, font, table.mj)
    non_kanji = load_non_kanji()
    count = len(table) + len(non_kanji.characters)
    text = f"索引を作っています（{refset.title}）"
    report(text, 0, count)
    vectors = np.zeros((count, model.coarse.dimension), np.float32)
    fine = np.zeros((count, model.fine.dimension), np.float16)
    pictures = np.zeros((count, SIDE_PX * SIDE_PX // 2), np.uint8)
    drawing = np.full(count, -1, np.int32)

    def describe(rows: NDArray[np.int64], squares: NDArray[np.uint8]) -> int:
        # What is described is what will be compared: the pictures as they come out of the packing.
        packed = pack(squares)
        squares = unpack(packed, SIDE_PX)
        pictures[rows] = packed
        vectors[rows] = model.coarse.apply(squares)
        fine[rows] = model.fine.apply(squares)
        return len(rows)

    rasteriser = OutlineRasteriser(font, em_px=EM_PX)
    seen: dict[bytes, int] = {}
    done = 0
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
        tasks = []
        for start in range(0, len(table), _BLOCK):
            rows, squares = [], []
            for row in range(start, min(start + _BLOCK, len(table))):
                ink = rasteriser.render(int(glyphs[row])) if glyphs[row] else None
                if ink is None or not ink.any():
                    continue
                look = hashlib.blake2b(ink.tobytes() + repr(ink.shape).encode(), digest_size=16).digest()
                drawing[row] = seen.setdefault(look, len(seen))
                rows.append(row)
                squares.append(normalise(ink))
            if rows:
                tasks.append(threads.submit(describe, np.array(rows), np.stack(squares)))
            while tasks and (tasks[0].done() or len(tasks) > 8):
                done += tasks.pop(0).result()
                report(text, done, count)
        for start in range(0, len(non_kanji.characters), _BLOCK):
            squares_block = non_kanji.squares[start : start + _BLOCK]
            rows_block = np.arange(start, start + len(squares_block)) + len(table)
            drawing[rows_block] = len(seen) + rows_block
            tasks.append(threads.submit(describe, rows_block, squares_block))
        for task in tasks:
            done += task.result()
            report(text, done, count)
    manifest = {
        "basis": basis,
        "rows": count,
        "glyphs": int((drawing[: len(table)] >= 0).sum()),
        "drawings": len(seen),
        "font": font.name,
        "versions": {"numpy": np.__version__},
        "non_kanji": list(non_kanji.characters),
    }
    _write(folder, {"vectors": vectors, "fine": fine, "pictures": pictures, "drawing": drawing}, manifest)
    report(text, count, count)


def _write(folder: Path, arrays: dict[str, NDArray[np.generic]], manifest: dict[str, object]) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix="building-", dir=folder.parent))
    except OSError as error:
        msg = (
            f"索引を書けません（{folder.parent}: {error.strerror}）。"
            "GAIJI_CACHE_DIR に書ける場所を指定してください。"
        )
        raise ReferenceSetError(msg) from error
    try:
        for name, array in arrays.items():
            np.save(beside / f"{name}.npy", array)
        (beside / "manifest.json").write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        if folder.exists():
            shutil.rmtree(folder)
        beside.replace(folder)
    except OSError as error:
        if not (folder / "manifest.json").exists():  # else another process was faster: its index is as good
            msg = f"索引を書けません（{folder}: {error.strerror}）。ディスクの空きを確かめてください。"
            raise ReferenceSetError(msg) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
