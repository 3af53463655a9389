"""What two registered drawings still do not share: strokes and ink without a partner, holes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.register import Registration, blurred
from engine.compare.thin import thin

INK_LEVEL = 112
"""A pixel of a normalised 0–255 picture is ink from here on."""

NEAR_PX, FAR_PX = 1.6, 3.0
"""Two distances, of 64 px, beyond which a stroke's centre line counts as having no partner: about half a
stroke of a text-weight Mincho, and a whole one."""

FEATURES: tuple[str, ...] = (
    "correlation",
    "gaiji_far_run", "candidate_far_run", "gaiji_near_run", "candidate_near_run",
    "gaiji_far_share", "candidate_far_share", "gaiji_near_share", "candidate_near_share",
    "gaiji_farthest", "candidate_farthest",
    "gaiji_blob", "candidate_blob", "gaiji_blob_share", "candidate_blob_share",
    "holes_apart", "parts_apart",
    "skeleton_ratio", "weight_ratio",
    "affine_linear", "affine_shift", "flow_rms", "flow_max", "flow_bend",
    "cell_worst", "cell_second", "cell_mean",
)  # fmt: skip
"""Names of the columns of :func:`residual_features`."""

_CELLS = 8
_SOFT_PX = 1.0
_LITTLE_INK = 8.0 * 255
_PIECE_PX = 6
_FARTHEST_PX = 16.0


def residual_features(gaiji: NDArray[np.uint8], registration: Registration) -> NDArray[np.float32]:
    """Measure the candidates of one gaiji: :func:`residuals_of_pairs` with (S, S) uint8."""
    return residuals_of_pairs(gaiji[None], np.zeros(len(registration.warped), np.int64), registration)


def residuals_of_pairs(
    gaiji: NDArray[np.uint8], gaiji_of: NDArray[np.int64], registration: Registration
) -> NDArray[np.float32]:
    """Measure what each registered candidate leaves unexplained.

    Parameters
    ----------
    gaiji : (G, S, S) uint8
        Normalised pictures with free borders.
    gaiji_of : (K,) int64
        The gaiji of each candidate.
    registration : Registration
        The K candidates laid over them.

    Returns
    -------
    (K, F) float32
        Columns :data:`FEATURES`. ``gaiji_*`` is ink or centre line of the gaiji without a partner in the
        candidate, ``candidate_*`` the reverse. Lengths in pixels of the normalised picture, shares 0–1. The
        same for a pair whatever other pairs are measured with it.
    """
    count, side = len(registration.warped), gaiji.shape[-1]
    ink, others = gaiji >= INK_LEVEL, registration.warped >= INK_LEVEL
    bones = thin(np.concatenate([ink, others]))
    to_ink, to_others = _distance_to(ink), _distance_to(others)
    # First of each two from here on: what the gaiji has and the candidate lacks, then the reverse.
    ink_of = ink[gaiji_of]
    lines = _Places.of(np.concatenate([bones[: len(gaiji)][gaiji_of], bones[len(gaiji) :]]))
    apart_px = np.concatenate([to_others, to_ink[gaiji_of]])
    gap_px = apart_px.ravel()[lines.index]
    far, near = lines.where(gap_px > FAR_PX), lines.where(gap_px > NEAR_PX)
    alone = _Places.of(np.concatenate([ink_of, others]) & (apart_px > NEAR_PX))
    bone_px, ink_px = (
        lines.count.clip(min=1),
        np.concatenate([_area(ink)[gaiji_of], _area(others)]).clip(min=1),
    )
    soft = blurred(gaiji.astype(np.float32), _SOFT_PX)[gaiji_of]
    other_soft = blurred(registration.warped.astype(np.float32), _SOFT_PX)
    cells = _unlike_cells(soft, other_soft)
    affine = np.abs(registration.affine)
    columns = (
        correlation(soft, other_soft),
        *_halves(_longest(far, side)), *_halves(_longest(near, side)),
        *_halves(far.count / bone_px), *_halves(near.count / bone_px),
        *_halves(lines.largest(gap_px).clip(max=_FARTHEST_PX)),
        *_halves(_longest(alone, side)), *_halves(alone.count / ink_px),
        _pieces(~others, 4) - _pieces(~ink, 4)[gaiji_of],
        _pieces(others, 8) - _pieces(ink, 8)[gaiji_of],
        np.log(bone_px[count:] / bone_px[:count]), np.log(ink_px[count:] / ink_px[:count]),
        affine[:, :4].max(axis=1, initial=0), affine[:, 4:].max(axis=1, initial=0),
        registration.flow_rms_px, registration.flow_max_px, registration.flow_bend,
        cells[:, 0], cells[:, 1], cells.mean(axis=1),
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """The few set pixels of several masks.

    Attributes
    ----------
    index : (P,) int64
        Flat, ascending.
    owner : (P,) int64
        Mask of each.
    count : (N,) int64
        Number of them in each mask.
    """

    index: NDArray[np.int64]
    owner: NDArray[np.int64]
    count: NDArray[np.int64]

    @classmethod
    def of(cls, masks: NDArray[np.bool_]) -> _Places:
        """Find them: (N, S, S) bool."""
        index = np.flatnonzero(masks)
        owner = index // masks[0].size
        return cls(index, owner, np.bincount(owner, minlength=len(masks)))

    def where(self, keep: NDArray[np.bool_]) -> _Places:
        """Return some of them."""
        owner = self.owner[keep]
        return _Places(self.index[keep], owner, np.bincount(owner, minlength=len(self.count)))

    def largest(self, values: NDArray[Any]) -> NDArray[Any]:
        """Largest of their values in each mask, (N,); 0 in empty ones."""
        found = np.zeros(len(self.count), values.dtype)
        some = self.count > 0
        if some.any():
            found[some] = np.maximum.reduceat(values, (np.cumsum(self.count) - self.count)[some])
        return found


def _halves(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    return values[: len(values) // 2], values[len(values) // 2 :]


def _area(masks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Set pixels of each mask: (N, S, S) bool → (N,)."""
    return np.array([cv2.countNonZero(mask) for mask in masks.view(np.uint8)], np.int64)


def _distance_to(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance of each pixel to the nearest ink of its mask, in pixels; (N, S, S) float32."""
    distance_px = np.empty(masks.shape, np.float32)
    for paper, result in zip((~masks).view(np.uint8), distance_px, strict=True):
        cv2.distanceTransform(paper, cv2.DIST_L2, 3, dst=result)
    return distance_px


def _longest(places: _Places, side: int) -> NDArray[np.int64]:
    """Pixels of the largest 8-connected piece of each mask, (N,).

    The masks are searched as one tall picture; their free borders keep them apart.
    """
    some = places.count > 0
    if not some.any():
        return np.zeros_like(places.count)
    slot = np.cumsum(some) - 1  # empty masks are left out of the tall picture
    index = places.index + (slot[places.owner] - places.owner) * side * side
    tall = np.zeros((int(some.sum()) * side, side), np.uint8)
    tall.ravel()[index] = 1
    label = _labels(tall, 8).ravel()[index]
    return places.largest(np.bincount(label)[label])


def _pieces(masks: NDArray[np.bool_], connectivity: int) -> NDArray[np.int64]:
    """Count the connected pieces of each mask that are more than a speck: (N, S, S) bool → (N,)."""
    count, rows, cols = masks.shape
    apart = np.zeros((count, rows + 1, cols), np.uint8)  # a row between each two
    apart[:, :rows] = masks
    labels = _labels(apart.reshape(-1, cols), connectivity)
    # Pieces are numbered from the top of the tall picture to its bottom.
    last = np.maximum.accumulate(labels.reshape(count, -1).max(axis=1))
    pieces = np.flatnonzero(np.bincount(labels.ravel())[1:] >= _PIECE_PX) + 1
    return np.bincount(np.searchsorted(last, pieces), minlength=count)


def _labels(mask: NDArray[np.uint8], connectivity: int) -> NDArray[np.int32]:
    """Number the connected pieces of a mask; 0 is what is not in it."""
    # BBDT is the fastest of OpenCV's algorithms at this size; areas come cheaper by counting labels.
    _, labels = cv2.connectedComponentsWithAlgorithm(mask, connectivity, cv2.CV_32S, cv2.CCL_GRANA)
    return np.asarray(labels, np.int32)


def correlation(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pearson correlation of pictures in pairs, (K,) float32; 0 with an even picture.

    Parameters
    ----------
    some : (K or 1, S, S) float32
    others : (K, S, S) float32
    """
    a, b = (each.reshape(len(each), -1) for each in (some, others))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.asarray((a * b).sum(axis=1) / np.maximum(scale, 1e-9), np.float32)


def _unlike_cells(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each cell's ink that differs, (K, 64) float32, descending; little ink weighs little."""
    count, side = some.shape[:2]
    step = side // _CELLS

    def summed(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        rows = pictures.reshape(count, _CELLS, step, side).sum(axis=2)
        cells = rows.reshape(count, _CELLS, _CELLS, step).sum(axis=3)
        return np.asarray(cells.reshape(count, -1), np.float32)

    share = summed(np.abs(some - others)) / (summed(np.maximum(some, others)) + _LITTLE_INK)
    return -np.sort(-share, axis=1)
