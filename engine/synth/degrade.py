"""What happens to a glyph before it reaches us: dots, scanners, photocopiers, JPEG.

Functions from an ink map (0 = paper, 255 = ink) to an ink map, and :func:`scan` and :func:`picture` from an
ink map to a picture (255 = paper, 0 = ink). All are pure; those that draw lots take a
``numpy.random.Generator``.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.box import bounding_box
from engine.glyph.model import Ink

Picture = NDArray[np.uint8]
"""A grey picture as a scanner or a file gives it: (H, W) uint8, 255 = white paper, 0 = black."""

_STROKE_COVERAGE = 0.5
"""A dot is inked from this share of its area on: the plain threshold."""
_THIN_COVERAGE = 0.2
"""… or from this share on, where it is the crest of a stroke thinner than a dot."""
_CREST_CONTRAST = 0.12
"""How far (share of a dot's area) a crest must stand above one of its two neighbours across the stroke."""


def picture(ink: Ink) -> Picture:
    """Black ink on white paper.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255

    Returns
    -------
    (H, W) uint8, paper = 255
    """
    return 255 - ink


def pad(ink: Ink, margin_px: int) -> Ink:
    """Add ``margin_px`` of paper on every side."""
    return np.pad(ink, margin_px)


def crop(ink: Ink, *, threshold: int = 1) -> Ink:
    """Cut to the box of all pixels at or above ``threshold``; (0, 0) where there are none."""
    box = bounding_box(ink >= threshold)
    return box.cut(ink).copy() if box else np.zeros((0, 0), np.uint8)


def resize(ink: Ink, size_px: int) -> Ink:
    """Scale so that the longer side is ``size_px``, keeping the aspect ratio.

    Notes
    -----
    Area averaging when shrinking (as a scanner's sensor does), bilinear when growing.
    """
    height, width = ink.shape
    if height == 0 or width == 0:
        msg = "ink: expected at least one pixel, got an empty array"
        raise ValueError(msg)
    scale = size_px / max(height, width)
    target = (max(1, round(width * scale)), max(1, round(height * scale)))
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, target, interpolation=mode), np.uint8)


def rotate(ink: Ink, degrees: float) -> Ink:
    """Turn counter-clockwise about the centre; the canvas grows so that no ink is cut off."""
    return affine(ink, degrees=degrees)


def affine(
    ink: Ink, *, degrees: float = 0.0, scale_x: float = 1.0, scale_y: float = 1.0, shear: float = 0.0
) -> Ink:
    """Scale, shear and turn about the centre; the canvas grows so that no ink is cut off.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
    degrees : float
        Counter-clockwise rotation, applied last.
    scale_x, scale_y : float
        Horizontal and vertical factors.
    shear : float
        Columns moved to the right per row upwards.

    Returns
    -------
    (H', W') uint8, ink = 255
    """
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1.0, -shear], [0.0, 1.0]]) @ np.diag([scale_x, scale_y])
    height, width = ink.shape
    extent = np.abs(matrix) @ np.array([width, height], np.float64)
    out_width, out_height = (max(1, int(side)) for side in np.ceil(extent - 1e-6))
    shift = np.array([(out_width - 1) / 2, (out_height - 1) / 2]) - matrix @ np.array(
        [(width - 1) / 2, (height - 1) / 2]
    )
    full = np.column_stack([matrix, shift])
    return np.asarray(cv2.warpAffine(ink, full, (out_width, out_height), flags=cv2.INTER_LINEAR), np.uint8)


def blur(ink: Ink, sigma_px: float) -> Ink:
    """Gaussian blur; ``sigma_px`` ≤ 0 changes nothing."""
    if sigma_px <= 0:
        return ink.copy()
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), sigma_px), np.uint8)


def weight(ink: Ink, px: float) -> Ink:
    """Thicken (``px`` > 0) or thin (``px`` < 0) every stroke by ``|px|`` pixels on each side.

    Notes
    -----
    Grey dilation or erosion with a disc; the fraction of a pixel is a blend of two discs, so anti-aliased
    edges stay so. The canvas grows by the pixels added.
    """
    if px == 0:
        return ink.copy()
    whole, part = divmod(abs(px), 1.0)
    low, high = int(whole), int(whole) + 1
    grown = pad(ink, high) if px > 0 else ink
    work = cv2.dilate if px > 0 else cv2.erode
    small = work(grown, _disc(low)) if low else grown
    if part == 0:
        return np.asarray(small, np.uint8)
    large = work(grown, _disc(high))
    return np.asarray(cv2.addWeighted(small, 1 - part, large, part, 0), np.uint8)


def _disc(radius_px: int) -> NDArray[np.uint8]:
    side = 2 * radius_px + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def dots(ink: Ink, size: int) -> Ink:
    """Draw the picture as a dot font of ``size`` × ``size`` dots.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
        The whole picture is fitted into the square, so pass a body (em square) to keep the glyph's margins,
        or a tight bitmap to let it fill the square. At least four times ``size`` looks best.
    size : int
        Dots a side.

    Returns
    -------
    (size, size) uint8, only 0 and 255

    Notes
    -----
    Half coverage inks a dot. A Mincho's horizontal strokes are thinner than a dot at 16–32 dots and would
    vanish, so a dot with less coverage is inked too where it is the crest of such a stroke: not below the
    neighbours on either side of it (up and down, or left and right) and clearly above one of them. A designer
    keeps every stroke in the same way.
    """
    fitted = resize(ink, size)
    square = np.zeros((size, size), np.uint8)
    top, left = (size - fitted.shape[0]) // 2, (size - fitted.shape[1]) // 2
    square[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    coverage = square.astype(np.float32) / np.float32(255)
    inked = (coverage >= _STROKE_COVERAGE) | _crest(coverage) | _crest(coverage.T).T
    return inked.astype(np.uint8) * np.uint8(255)


def _crest(coverage: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Dots on the crest of a thin stroke that runs along the rows."""
    above = np.pad(coverage, ((1, 0), (0, 0)))[:-1]
    below = np.pad(coverage, ((0, 1), (0, 0)))[1:]
    # ">= above" and "> below": of two equal rows the lower one is taken, never both.
    crest = (coverage >= above) & (coverage > below)
    contrast = coverage - np.minimum(above, below)
    return np.asarray(crest & (coverage >= _THIN_COVERAGE) & (contrast >= _CREST_CONTRAST), np.bool_)


def enlarge_dots(ink: Ink, factor: int) -> Ink:
    """Draw every dot as a ``factor`` × ``factor`` square."""
    return np.repeat(np.repeat(ink, factor, axis=0), factor, axis=1)


@dataclass(frozen=True, slots=True)
class ScanRange:
    """What a scanner may do; each value is drawn evenly from its range.

    Attributes
    ----------
    degrees : float
        Largest rotation either way.
    blur_px : (float, float)
        Sigma of the optics, in output pixels.
    noise : (float, float)
        Standard deviation of the sensor's noise, in grey levels.
    paper, ink : (float, float)
        Grey levels of the paper and of full ink.
    unevenness : float
        Largest change of the paper's grey from one edge to the other, in grey levels.
    weight_px : (float, float)
        Ink spread (or loss) on each side of a stroke, in output pixels.
    margin : (float, float)
        Paper around the glyph, as a share of its longer side.
    """

    degrees: float = 2.0
    blur_px: tuple[float, float] = (0.3, 0.9)
    noise: tuple[float, float] = (2.0, 9.0)
    paper: tuple[float, float] = (195.0, 250.0)
    ink: tuple[float, float] = (15.0, 90.0)
    unevenness: float = 30.0
    weight_px: tuple[float, float] = (-0.2, 0.3)
    margin: tuple[float, float] = (0.08, 0.25)


def scan(
    ink: Ink,
    rng: np.random.Generator,
    *,
    size_px: int | None = None,
    limits: ScanRange = ScanRange(),
) -> Picture:
    """Print the glyph on greyish paper and scan it.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
        Best drawn larger than ``size_px``.
    rng : numpy.random.Generator
    size_px : int, optional
        Longer side of the glyph's canvas in the scan; as drawn when left out.
    limits : ScanRange

    Returns
    -------
    (H', W') uint8, paper ≈ 195–250, ink ≈ 15–90
        Rotated, blurred, unevenly lit, noisy; not binarised.
    """
    turned = rotate(ink, rng.uniform(-limits.degrees, limits.degrees))
    drawn = resize(turned, size_px) if size_px else turned
    side = max(drawn.shape)
    drawn = pad(drawn, max(2, round(side * rng.uniform(*limits.margin))))
    drawn = weight(drawn, rng.uniform(*limits.weight_px))
    drawn = blur(drawn, rng.uniform(*limits.blur_px))
    coverage = drawn.astype(np.float32) / 255
    paper_level = rng.uniform(*limits.paper)
    ink_level = rng.uniform(*limits.ink)
    shade = paper_level + uneven_light(drawn.shape, rng, limits.unevenness)
    grey = shade * (1 - coverage) + ink_level * coverage
    grey += rng.normal(0, rng.uniform(*limits.noise), drawn.shape)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def uneven_light(shape: tuple[int, ...], rng: np.random.Generator, unevenness: float) -> NDArray[np.float64]:
    """A slope and a bow over the page, zero in the middle on average."""
    rows = np.linspace(-0.5, 0.5, shape[0])[:, None]
    cols = np.linspace(-0.5, 0.5, shape[1])[None, :]
    direction = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, unevenness) * (np.cos(direction) * cols + np.sin(direction) * rows)
    bow = rng.uniform(-unevenness, 0) * (rows**2 + cols**2 - 1 / 6)
    return np.asarray(slope + bow, np.float64)


def salt_and_pepper(ink: Ink, rng: np.random.Generator, *, share: float) -> Ink:
    """Turn ``share`` of all pixels to full ink or to paper, half each; works on pictures too."""
    lots = rng.random(ink.shape)
    out = ink.copy()
    out[lots < share / 2] = 255
    out[(lots >= share / 2) & (lots < share)] = 0
    return out


def jpeg(grey: Picture, quality: int) -> Picture:
    """Through a JPEG file and back.

    Parameters
    ----------
    grey : (H, W) uint8, paper = 255
    quality : int
        1–100.
    """
    done, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    if not done:
        msg = f"grey: cannot be written as JPEG, got shape {grey.shape}"
        raise ValueError(msg)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)
