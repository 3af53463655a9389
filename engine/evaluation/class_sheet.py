"""Contact sheets of a batch's rows: for each class some gaiji, drawn by lot, each beside its MJ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from engine.batch.dataset import rows
from engine.glyph.model import Ink
from engine.output.sink import AtomicFile
from engine.report.tiles import tile
from engine.settings import Settings

if TYPE_CHECKING:
    from PIL import Image

    from engine.sheet.face import ReferenceFace

_COLUMNS = 8
_TILE_PX = 72
_CELL_PX = (2 * _TILE_PX + 26, _TILE_PX + 38)
_TOP_PX = 48
_FIELDS = ("source", "gaiji_code", "class", "subclass", "mj", "confidence", "review", "status", "candidates")

Row = dict[str, str | float]


def write_class_sheets(
    folder: Path, images: Path, dataset: Path, settings: Settings, *, per_class: int, seed: int
) -> list[Path]:
    """Write one PNG for each class that occurs.

    Parameters
    ----------
    folder : Path
        For the files.
    images : Path
        The Parquet of pictures that the dataset was made from; its only input.
    dataset : Path
        What ``gaiji batch`` wrote.
    settings : Settings
        Where the font of the reference set is.
    per_class : int
        Gaiji of each class.
    seed : int

    Returns
    -------
    list of Path
    """
    from engine.reference.refset import find_reference_set
    from engine.sheet.face import ReferenceFace

    face = ReferenceFace.of(find_reference_set(settings), settings)
    counted, chosen = _draw_lots(dataset, per_class, np.random.default_rng(seed))
    inks = _inks(images, {place for rows_ in chosen.values() for place, _ in rows_})
    written = []
    for number, name in enumerate(sorted(chosen), 1):
        path = folder / f"class-{number}-{name}.png"
        title = f"{name}　{counted[name]:,} 字のうち {len(chosen[name]):,} 字"
        page = _page(title, chosen[name], inks, face)
        with AtomicFile(path, force=True) as stream:
            page.save(stream, format="PNG")
        written.append(path)
    return written


def _draw_lots(
    dataset: Path, per_class: int, rng: np.random.Generator
) -> tuple[Counter[str], dict[str, list[tuple[int, Row]]]]:
    """Numbers of rows by class, and some rows of each with their places (reservoir sampling)."""
    counted: Counter[str] = Counter()
    chosen: dict[str, list[tuple[int, Row]]] = {}
    place = 0
    for batch in rows(dataset):
        for row in batch.select(_FIELDS).to_pylist():
            name = "・".join(part for part in (row["class"] or row["status"], row["subclass"]) if part)
            if row["review"] == "auto" and row["class"]:
                name += "・自動"
            kept = chosen.setdefault(name, [])
            if len(kept) < per_class:
                kept.append((place, row))
            elif (at := int(rng.integers(counted[name] + 1))) < per_class:
                kept[at] = (place, row)
            counted[name] += 1
            place += 1
    return counted, {name: sorted(kept, key=lambda item: item[0]) for name, kept in chosen.items()}


def _inks(images: Path, places: set[int]) -> dict[int, Ink]:
    import pyarrow.parquet as pq

    found: dict[int, Ink] = {}
    start = 0
    with pq.ParquetFile(images) as file:
        for batch in file.iter_batches(columns=["image"]):
            column = batch.column("image")
            for place in places & set(range(start, start + len(batch))):
                data = np.frombuffer(column[place - start].as_py(), np.uint8)
                picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
                found[place] = 255 - picture
            start += len(batch)
    return found


def _page(
    title: str, chosen: Sequence[tuple[int, Row]], inks: dict[int, Ink], face: ReferenceFace
) -> Image.Image:
    from engine.sheet.canvas import FAINT, Canvas

    width, height = _CELL_PX
    lines = -(-len(chosen) // _COLUMNS)
    canvas = Canvas(_COLUMNS * width + 12, _TOP_PX + lines * height, face)
    canvas.text(12, 12, title, 20, bold=True)
    for number, (place, row) in enumerate(chosen):
        x, y = 12 + number % _COLUMNS * width, _TOP_PX + number // _COLUMNS * height
        ink = inks[place]
        if ink.any():
            canvas.tile(x, y, tile(ink, _TILE_PX, margin_px=3, dots=max(ink.shape) <= 64))
        else:
            canvas.missing(x, y, _TILE_PX, "空")
        mj = str(row["mj"]) or str(row["candidates"]).partition(" ")[0]
        drawn = face.ink(mj) if mj else None
        if drawn is not None:
            canvas.tile(x + _TILE_PX + 4, y, tile(drawn, _TILE_PX, margin_px=3))
        near = mj if row["mj"] or not mj else f"近い: {mj}"
        canvas.text(x, y + _TILE_PX + 3, f"{near} {row['confidence'] or 0:.2f}", 12, width_px=width - 12)
        told = str(row["gaiji_code"] or row["source"])
        canvas.text(x, y + _TILE_PX + 18, told, 11, colour=FAINT, width_px=width - 12)
    return canvas.image
