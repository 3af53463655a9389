"""Pictures of a draft: examples of rules, and gaiji of the municipality beside their MJ."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.policy.draft.model import name

if TYPE_CHECKING:
    from engine.glyph.model import Glyph
    from engine.judge.example import Example
    from engine.result import Identification
    from engine.sheet.face import ReferenceFace

GlyphOf = Callable[["Identification"], "Glyph | None"]

TILE_PX = 160
TILE_MM = 17.0
_MARGIN_PX, _NEAR_PX, _APART_PX = 12, 6, 44
_EDGE = np.array([201, 208, 216], np.uint8)

Tiles = Sequence[NDArray[np.uint8]]


class Pictures:
    """Draws strips of tiles: gaiji, the glyph it is compared with, both laid over each other.

    Parameters
    ----------
    face : ReferenceFace
        Draws the reference glyphs and the examples of the criteria.
    glyph_of : callable
        The gaiji of a row; None where there is no picture of it.
    """

    def __init__(self, face: ReferenceFace, glyph_of: GlyphOf) -> None:
        from engine.sheet.example import ExamplePainter

        self._face = face
        self._glyph_of = glyph_of
        self._painter = ExamplePainter(face)

    def examples(self, examples: Sequence[Example]) -> tuple[bytes, float, list[int]] | None:
        """Draw examples of the criteria side by side: PNG, width in mm, places of those that can be drawn."""
        drawn = [(at, tiles) for at, each in enumerate(examples) if (tiles := self._tiles_of(each))]
        if not drawn:
            return None
        return (*strip([tiles for _, tiles in drawn]), [at for at, _ in drawn])

    def gaiji(self, rows: Sequence[Identification]) -> tuple[bytes, float, list[Identification]] | None:
        """Draw gaiji side by side: PNG, its width in mm, and those of the rows that are on it."""
        drawn = [(row, tiles) for row in rows if (tiles := self._tiles(row))]
        if not drawn:
            return None
        return (*strip([tiles for _, tiles in drawn]), [row for row, _ in drawn])

    def _tiles_of(self, example: Example) -> list[NDArray[np.uint8]]:
        return self._painter.draw(example).tiles(TILE_PX)

    def _tiles(self, row: Identification) -> list[NDArray[np.uint8]]:
        from engine.report.tiles import is_dotted
        from engine.sheet.overlay import fit, laid_over, overlay

        glyph = self._glyph_of(row)
        if glyph is None or not glyph.ink.any():
            return []
        first = fit(glyph.ink, TILE_PX, margin_px=_MARGIN_PX, dots=is_dotted(glyph))
        ink = self._face.ink(row.mj) if row.mj else None
        if ink is None:
            return [first]
        both = overlay(*laid_over(glyph.ink, ink, TILE_PX, margin_px=_MARGIN_PX))
        return [first, fit(ink, TILE_PX, margin_px=_MARGIN_PX), both]


def called(row: Identification) -> str:
    """Name a gaiji, and the MJ that it is drawn with, in a caption."""
    code = row.gaiji_code or row.source.rpartition("/")[2]
    system = f"{name(row.system)} " if row.system else ""
    return f"{system}{name(code)}" + (f" と {name(row.mj)}" if row.mj else "")


def strip(groups: Sequence[Tiles]) -> tuple[bytes, float]:
    """Put groups of tiles on one line: PNG, and the width in mm at which a tile is as large as a stamp.

    Parameters
    ----------
    groups : sequence of sequences of (H, W) or (H, W, 3) uint8
        Grey tiles are ink (255 = ink).
    """
    from PIL import Image

    columns: list[NDArray[np.uint8]] = []
    for number, tiles in enumerate(groups):
        for at, tile in enumerate(tiles):
            gap = _NEAR_PX if at else (_APART_PX if number else 0)
            if gap:
                columns.append(np.full((TILE_PX, gap, 3), 255, np.uint8))
            columns.append(_framed(tile))
    picture = np.concatenate(columns, axis=1)
    target = io.BytesIO()
    Image.fromarray(picture).save(target, "PNG", optimize=True)
    return target.getvalue(), round(picture.shape[1] / TILE_PX * TILE_MM, 1)


def _framed(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colour = np.repeat((255 - tile)[:, :, None], 3, axis=2) if tile.ndim == 2 else tile.copy()
    colour[[0, -1]] = _EDGE
    colour[:, [0, -1]] = _EDGE
    return np.asarray(colour, np.uint8)
