"""What the sets are drawn from: the evaluation fonts, the reference font and the answer key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import UsageError
from engine.evaluation.alike import ShapeIndex
from engine.evaluation.truth import Truth
from engine.glyph.model import Ink
from engine.glyph.raster import OutlineRasteriser
from engine.synth.donors import Donors, collect_donors
from engine.synth.fonts import DotFont, GlyphFont, JisPlane, OutlineFont
from engine.synth.outline import contours

REFERENCE = "reference"
"""Key of the reference set's own font."""
_SHAPE_PX = 96
_DONOR_GLYPHS = 150


@dataclass(frozen=True, slots=True)
class FontSource:
    """Where a font comes from.

    Attributes
    ----------
    package : str
        Debian package.
    filename : str
        Of the font inside the package.
    plane : JisPlane or None
        The code of a dot font; None for an outline font.
    """

    package: str
    filename: str
    plane: JisPlane | None = None


SOURCES: Mapping[str, FontSource] = {
    "ume-mincho": FontSource("fonts-horai-umefont", "ume-tmo3.ttf"),
    "ume-gothic": FontSource("fonts-horai-umefont", "ume-tgo4.ttf"),
    "sawarabi-mincho": FontSource("fonts-sawarabi-mincho", "sawarabi-mincho-medium.ttf"),
    "jiskan16-1": FontSource("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz", JisPlane.X0213_PLANE_1),
    "jiskan16-2": FontSource("xfonts-jisx0213", "jiskan16-2000-2.pcf.gz", JisPlane.X0213_PLANE_2),
    "shinonome16-gothic": FontSource("xfonts-shinonome", "shnmk16.pcf.gz", JisPlane.X0208),
    "shinonome16-mincho": FontSource("xfonts-shinonome", "shnmk16min.pcf.gz", JisPlane.X0208),
    # Only hentaigana of A, and of B only the Han that MJ lacks: neither is used in training.
    "hanamin-a": FontSource("fonts-hanazono", "HanaMinA.ttf"),
    "hanamin-b": FontSource("fonts-hanazono", "HanaMinB.ttf"),
}
"""Evaluation fonts by key. No figure may come from a font that the engine was trained on."""


class Materials:
    """Fonts and answer key, opened when first used.

    Parameters
    ----------
    truth : Truth
    reference_font : Path
    glyph_ids : mapping of str to int
        MJ name → glyph id in the reference font.
    locate : callable
        (package, file name) → path of an evaluation font; may fetch it.
    """

    def __init__(
        self,
        truth: Truth,
        reference_font: Path,
        glyph_ids: Mapping[str, int],
        locate: Callable[[str, str], Path],
    ) -> None:
        self.truth = truth
        self.reference_font = reference_font
        self.glyph_ids = glyph_ids
        self._locate = locate
        self._fonts: dict[tuple[str, int], GlyphFont] = {}
        self._rasterisers: dict[int, OutlineRasteriser] = {}
        self._kanji_codes: dict[str, list[int]] = {}
        self._kanji_names: list[str] | None = None
        self._shapes: ShapeIndex | None = None
        self._donors: dict[str, Donors] = {}

    def font(self, key: str) -> GlyphFont:
        """Evaluation font of either kind.

        Raises
        ------
        FontMissingError
            It is not on this machine and cannot be fetched.
        """
        source = SOURCES[key]
        if source.plane is None:
            return self.outline_font(key, _SHAPE_PX)
        if (key, 0) not in self._fonts:
            self._fonts[key, 0] = DotFont(self._path(key), source.plane)
        return self._fonts[key, 0]

    def outline_font(self, key: str, em_px: int) -> OutlineFont:
        """Outline font that draws ``em_px`` pixels per em; the reference font under :data:`REFERENCE`.

        Raises
        ------
        FontMissingError
            It is not on this machine and cannot be fetched.
        UsageError
            ``key`` is a dot font.
        """
        if (key, em_px) not in self._fonts:
            self._fonts[key, em_px] = OutlineFont(self._path(key), em_px=em_px)
        font = self._fonts[key, em_px]
        if not isinstance(font, OutlineFont):
            msg = f"「{key}」はアウトラインフォントではありません。"
            raise UsageError(msg)
        return font

    def _path(self, key: str) -> Path:
        if key == REFERENCE:
            return self.reference_font
        source = SOURCES[key]
        return self._locate(source.package, source.filename)

    def reference_glyph(self, mj: str, em_px: int) -> Ink:
        """Tight drawing of an MJ by the reference font; KeyError where it has none."""
        if em_px not in self._rasterisers:
            self._rasterisers[em_px] = OutlineRasteriser(self.reference_font, em_px=em_px)
        return self._rasterisers[em_px].render(self.glyph_ids[mj])

    def kanji_names(self) -> list[str]:
        """MJ kanji that the reference font draws, in order of their names."""
        if self._kanji_names is None:
            records = self.truth.records
            self._kanji_names = [
                name for name in sorted(self.glyph_ids) if name in records and not records[name].hentaigana
            ]
        return self._kanji_names

    def kanji_codes(self, key: str) -> list[int]:
        """Code points that the font draws and for which an MJ is the implemented one, in order."""
        if key not in self._kanji_codes:
            font: GlyphFont = self.outline_font(key, _SHAPE_PX) if key == REFERENCE else self.font(key)
            self._kanji_codes[key] = sorted(
                code
                for code in font.codes()
                if any(not self.truth.records[mj].hentaigana for mj in self.truth.implemented.get(code, ()))
            )
        return self._kanji_codes[key]

    def donors(self, key: str) -> Donors:
        """Strokes and components of kanji all over a font, for putting them into others; collected once."""
        if key not in self._donors:
            font, codes = self.outline_font(key, _SHAPE_PX), self.kanji_codes(key)
            some = codes[:: max(1, len(codes) // _DONOR_GLYPHS)]
            self._donors[key] = collect_donors(
                (contours(font, code) for code in some), np.random.default_rng(0)
            )
        return self._donors[key]

    def shapes(self) -> ShapeIndex:
        """Every kanji of the reference font, for finding accidental look-alikes (some seconds, once)."""
        if self._shapes is None:
            self._shapes = ShapeIndex(self.kanji_names(), self.reference_glyph)
        return self._shapes
