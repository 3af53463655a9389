"""What two registered drawings still do not share: strokes without a partner, ink without a partner, holes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.register import Registration, blurred
from engine.compare.thin import thin

INK_LEVEL = 112
"""A pixel of a normalised 0–255 picture is ink from here on."""

NEAR_PX, FAR_PX = 1.6, 3.0
"""Two distances, of 64 px, beyond which a stroke's centre line counts as having no partner: about half a stroke
of a text-weight Mincho, and a whole one. (Measured before: runs beyond 3 px of 96 tell a whole stroke.)"""

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


def _distance_to(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Distance of each pixel to the nearest ink, in pixels."""
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3), np.float32)


def _areas(mask: NDArray[np.bool_], connectivity: int) -> NDArray[np.int64]:
    """Pixels of each connected piece of a mask."""
    # BBDT is the fastest of OpenCV's algorithms at this size; the areas come cheaper by counting labels.
    _, labels = cv2.connectedComponentsWithAlgorithm(
        mask.view(np.uint8), connectivity, cv2.CV_16U, cv2.CCL_GRANA
    )
    return np.bincount(labels.ravel())[1:]


def _longest(mask: NDArray[np.bool_]) -> int:
    """Pixels of the largest 8-connected piece."""
    return int(_areas(mask, 8).max()) if mask.any() else 0


def _pieces(mask: NDArray[np.bool_], *, smallest_px: int, connectivity: int) -> int:
    return int((_areas(mask, connectivity) >= smallest_px).sum())


def _cells(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    step = picture.shape[0] // _CELLS
    return np.asarray(picture.reshape(_CELLS, step, _CELLS, step).sum(axis=(1, 3)), np.float32)


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
    side = gaiji.shape[0]
    ink = gaiji >= INK_LEVEL
    others = registration.warped >= INK_LEVEL
    bones, *others_bones = thin(np.concatenate([ink[None], others]))
    bone_count = max(1, int(bones.sum()))
    to_ink = _distance_to(ink)
    near_ink = to_ink <= NEAR_PX
    soft = blurred(gaiji.astype(np.float32), _SOFT_PX)
    other_softs = blurred(registration.warped.astype(np.float32), _SOFT_PX)
    holes = _pieces(~ink, smallest_px=6, connectivity=4)
    parts = _pieces(ink, smallest_px=6, connectivity=8)
    ink_count = max(1, int(ink.sum()))
    rows = np.empty((len(registration.warped), len(FEATURES)), np.float32)
    for k in range(len(registration.warped)):
        other, other_bones = others[k], others_bones[k]
        other_bone_count = max(1, int(other_bones.sum()))
        to_other = _distance_to(other)
        there, back = to_other * bones, to_ink * other_bones
        there_far, back_far = there > FAR_PX, back > FAR_PX
        there_near, back_near = there > NEAR_PX, back > NEAR_PX
        alone, other_alone = ink & (to_other > NEAR_PX), other & ~near_ink
        other_soft = other_softs[k]
        a, b = soft - soft.mean(), other_soft - other_soft.mean()
        scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
        apart = _cells(np.abs(soft - other_soft))
        mass = _cells(np.maximum(soft, other_soft))
        cell = np.sort((apart / (mass + 8.0 * 255)).ravel())[::-1]
        affine = registration.affine[k]
        rows[k] = (
            float((a * b).sum()) / scale if scale > 0 else 0.0,
            _longest(there_far), _longest(back_far), _longest(there_near), _longest(back_near),
            there_far.sum() / bone_count, back_far.sum() / other_bone_count,
            there_near.sum() / bone_count, back_near.sum() / other_bone_count,
            min(16.0, float(there.max())), min(16.0, float(back.max())),
            _longest(alone), _longest(other_alone),
            alone.sum() / ink_count, other_alone.sum() / max(1, int(other.sum())),
            _pieces(~other, smallest_px=6, connectivity=4) - holes,
            _pieces(other, smallest_px=6, connectivity=8) - parts,
            np.log(other_bone_count / bone_count),
            np.log(max(1, int(other.sum())) / ink_count),
            float(np.abs(affine[:4]).max()), float(np.abs(affine[4:]).max()) / side * 64,
            registration.flow_rms_px[k], registration.flow_max_px[k], registration.flow_bend[k],
            cell[0], cell[1], cell.mean(),
        )  # fmt: skip
    return rows
