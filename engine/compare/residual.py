"""What two registered drawings still do not share: strokes and ink without a partner, holes."""

from __future__ import annotations

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


def _distance_to(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance of each pixel to the nearest ink, in pixels."""
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3), np.float32)


def _longest(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Pixels of the largest 8-connected piece of each mask: (N, S, S) bool → (N,) float32.

    The masks are searched as one tall picture; their free borders keep them apart.
    """
    longest = np.zeros(len(masks), np.float32)
    some = masks.any(axis=(1, 2))
    if some.any():
        labels = _labels(masks[some].reshape(-1, masks.shape[2]), 8)
        areas = np.bincount(labels.ravel())
        areas[0] = 0
        longest[some] = areas[labels.reshape(int(some.sum()), -1)].max(axis=1)
    return longest


def _labels(mask: NDArray[np.bool_], connectivity: int) -> NDArray[np.int32]:
    """Number the connected pieces of a mask; 0 is what is not in it."""
    # BBDT is the fastest of OpenCV's algorithms at this size; areas come cheaper by counting labels.
    _, labels = cv2.connectedComponentsWithAlgorithm(
        mask.view(np.uint8), connectivity, cv2.CV_32S, cv2.CCL_GRANA
    )
    return np.asarray(labels, np.int32)


def _pieces(mask: NDArray[np.bool_], connectivity: int) -> int:
    """Number of connected pieces that are more than a speck."""
    return int((np.bincount(_labels(mask, connectivity).ravel())[1:] >= _PIECE_PX).sum())


def _correlation(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pearson correlation of one picture with each of the others, (K,) float32; 0 with an even picture."""
    a = one - one.mean()
    b = others - others.mean(axis=(1, 2), keepdims=True)
    scale = np.sqrt((a * a).sum() * (b * b).sum(axis=(1, 2)))
    return np.asarray((a * b).sum(axis=(1, 2)) / np.maximum(scale, 1e-9), np.float32)


def _unlike_cells(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share of each cell's ink that differs, (K, 64) float32, descending; little ink weighs little."""
    count, step = len(others), one.shape[0] // _CELLS

    def summed(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(pictures.reshape(count, _CELLS, step, _CELLS, step).sum(axis=(2, 4)), np.float32)

    share = summed(np.abs(one - others)) / (summed(np.maximum(one, others)) + _LITTLE_INK)
    return -np.sort(-share.reshape(count, -1), axis=1)


def residual_features(gaiji: NDArray[np.uint8], registration: Registration) -> NDArray[np.float32]:
    """Measure what each registered candidate leaves unexplained.

    Parameters
    ----------
    gaiji : (S, S) uint8
        Normalised picture.
    registration : Registration
        Its K candidates.

    Returns
    -------
    (K, F) float32
        Columns :data:`FEATURES`. ``gaiji_*`` is ink or centre line of the gaiji without a partner in the
        candidate, ``candidate_*`` the reverse. Lengths in pixels of the normalised picture, shares 0–1.
    """
    count, side = len(registration.warped), gaiji.shape[0]
    ink, others = gaiji >= INK_LEVEL, registration.warped >= INK_LEVEL
    bones = thin(np.concatenate([ink[None], others]))
    to_ink = _distance_to(ink)
    to_others = np.stack([_distance_to(other) for other in others])
    # First axis from here on: what the gaiji has and the candidate lacks, then the reverse.
    gap = np.stack([to_others * bones[0], to_ink * bones[1:]])
    far, near = gap > FAR_PX, gap > NEAR_PX
    alone = np.stack([ink & (to_others > NEAR_PX), others & (to_ink > NEAR_PX)])
    bone_px = np.stack([np.full(count, bones[0].sum()), bones[1:].sum(axis=(1, 2))]).clip(min=1)
    ink_px = np.stack([np.full(count, ink.sum()), others.sum(axis=(1, 2))]).clip(min=1)
    runs = _longest(np.concatenate([far, near, alone]).reshape(-1, side, side)).reshape(3, 2, count)
    soft = blurred(gaiji.astype(np.float32), _SOFT_PX)
    other_softs = blurred(registration.warped.astype(np.float32), _SOFT_PX)
    cells = _unlike_cells(soft, other_softs)
    holes, parts = _pieces(~ink, 4), _pieces(ink, 8)
    affine = np.abs(registration.affine)
    columns = (
        _correlation(soft, other_softs),
        *runs[0], *runs[1],
        *(far.sum(axis=(2, 3)) / bone_px),
        *(near.sum(axis=(2, 3)) / bone_px),
        *gap.max(axis=(2, 3)).clip(max=_FARTHEST_PX),
        *runs[2],
        *(alone.sum(axis=(2, 3)) / ink_px),
        [_pieces(~other, 4) - holes for other in others],
        [_pieces(other, 8) - parts for other in others],
        np.log(bone_px[1] / bone_px[0]),
        np.log(ink_px[1] / ink_px[0]),
        affine[:, :4].max(axis=1), affine[:, 4:].max(axis=1),
        registration.flow_rms_px, registration.flow_max_px, registration.flow_bend,
        cells[:, 0], cells[:, 1], cells.mean(axis=1),
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)
