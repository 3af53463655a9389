"""A picture of the gaiji that did not come back as they went: as handed in, the MJ before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.evaluation.trip import Disagreement, Trip, told
from engine.glyph.model import Ink
from engine.sheet.canvas import FAINT, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import fit

if TYPE_CHECKING:
    from PIL import Image

    from engine.settings import Settings

_TILE_PX, _GAP, _MARGIN = 112, 8, 24
_LINE_HEIGHT = _TILE_PX + 30
_WIDTH = 2 * _MARGIN + 3 * (_TILE_PX + _GAP) + 420
_SHOWN = 40
"""Disagreements of one form that are drawn; the list in words has them all."""


def disagreement_sheet(trips: Sequence[Trip], gaiji: dict[str, Ink], face: ReferenceFace) -> Image.Image:
    """Draw the disagreements, form by form.

    Parameters
    ----------
    trips : sequence of Trip
    gaiji : dict of str to (H, W) uint8
        The glyphs as first handed in, by code.
    face : ReferenceFace
        Draws the MJ and the labels.

    Returns
    -------
    Image, mode RGB.
    """
    shown = [(trip, trip.disagreements[:_SHOWN]) for trip in trips]
    height = 2 * _MARGIN + sum(44 + _LINE_HEIGHT * len(some) for _, some in shown)
    canvas = Canvas(_WIDTH, height, face)
    y = _MARGIN
    for trip, some in shown:
        more = f"（{len(some)} 字を表示）" if len(some) < len(trip.disagreements) else ""
        canvas.text(_MARGIN, y, f"{trip.name}: 違った字 {len(trip.disagreements)}{more}", 20, bold=True)
        y += 44
        for each in some:
            _draw(canvas, each, gaiji.get(each.code), face, y)
            y += _LINE_HEIGHT
    return canvas.image


def _draw(canvas: Canvas, each: Disagreement, ink: Ink | None, face: ReferenceFace, y: int) -> None:
    names = [row.mj if row is not None else "" for row in (each.due, each.found)]
    pictures = [ink, *(face.ink(mj) if mj else None for mj in names)]
    for place, (picture, label) in enumerate(zip(pictures, [each.code, *names], strict=True)):
        x = _MARGIN + place * (_TILE_PX + _GAP)
        if picture is None:
            canvas.missing(x, y, _TILE_PX, "なし")
        else:
            canvas.tile(x, y, fit(picture, _TILE_PX, margin_px=8))
        canvas.text(x, y + _TILE_PX + 2, label, 13, colour=FAINT, width_px=_TILE_PX)
    x = _MARGIN + 3 * (_TILE_PX + _GAP) + 8
    canvas.text(x, y + 20, f"前: {told(each.due)}", 17, width_px=400)
    canvas.text(x, y + 50, f"後: {told(each.found)}", 17, width_px=400)


def write_picture(trips: Sequence[Trip], eudc: Path, settings: Settings, target: Path) -> None:
    """Write :func:`disagreement_sheet` as a PNG.

    Parameters
    ----------
    trips : sequence of Trip
    eudc : Path
        The font that was handed in first.
    settings : Settings
    target : Path
        Replaced where it exists.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    from engine.glyph.codes import unicode_label
    from engine.output.sink import AtomicFile
    from engine.reference.refset import find_reference_set
    from engine.synth.fonts import OutlineFont

    font = OutlineFont(eudc)
    gaiji = {unicode_label(code): font.tight(code) for code in font.codes()}
    picture = disagreement_sheet(trips, gaiji, ReferenceFace.of(find_reference_set(settings), settings))
    with AtomicFile(target, force=True) as stream:
        picture.save(stream, format="PNG")
