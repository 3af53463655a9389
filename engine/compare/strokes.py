"""The structure of one drawing: centre lines, their direction and thickness, ends, joints and stroke pieces.

Everything is found on a picture enlarged two times, because the thin strokes of a Mincho are 1.5 px wide in a
normalised picture and the gap between two of them may be narrower still. Positions are reported in pixels of
the normalised picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.register import blurred
from engine.compare.thin import thin

ENLARGE = 2
"""How many times larger than the normalised picture the drawing is thinned."""

INK_LEVEL = 112
"""A pixel of the enlarged 0–255 picture is ink from here on."""

SPUR_PX = 2.2
"""A side branch of the centre line up to this length is a corner or a serif, no stroke. Half the width of the
heaviest vertical of a text weight."""

_TENSOR_PX = 1.5
"""Window in which the direction of a line is taken: about one stroke."""

_MEETING = 3
_AROUND = np.ones((3, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Strokes:
    """Centre lines of one drawing as points and as a graph; all (x, y) in pixels of the picture.

    The points are one for each pixel of the picture that a centre line passes through.

    Attributes
    ----------
    picture : (S, S) uint8
        The drawing, 0 = paper.
    points : (P, 2) float32
    cells : (P,) int64
        Flat index of each point's pixel; ascending.
    turn : (P, 2) float32
        Cosine and sine of twice the direction of the line; shorter than 1 where the direction is unclear.
    half_px : (P,) float32
        Half of the stroke's thickness.
    piece : (P,) int32
        Number of the stroke piece (between ends and joints), positive; 0 at joints.
    part : (P,) int32
        Number of the connected part of the drawing, positive.
    lengths_px : (Q,) float32
        Length of each piece, by its number.
    ends : (E, 2) float32
        Where a line stops free.
    ways : (E, 2) float32
        Unit direction in which it would go on.
    end_pieces : (E,) int32
    joints : (J, 2) float32
        Where three or more pieces meet.
    """

    picture: NDArray[np.uint8]
    points: NDArray[np.float32]
    cells: NDArray[np.int64]
    turn: NDArray[np.float32]
    half_px: NDArray[np.float32]
    piece: NDArray[np.int32]
    part: NDArray[np.int32]
    lengths_px: NDArray[np.float32]
    ends: NDArray[np.float32]
    ways: NDArray[np.float32]
    end_pieces: NDArray[np.int32]
    joints: NDArray[np.float32]


def describe_strokes(pictures: NDArray[np.uint8]) -> list[Strokes]:
    """Find the structure of several drawings.

    Parameters
    ----------
    pictures : (N, S, S) uint8
        Normalised pictures, 0 = paper, with free borders.

    Returns
    -------
    list of Strokes
    """
    large = np.stack([_enlarged(picture) for picture in pictures])
    masks = large >= INK_LEVEL
    masks[:, (0, -1)] = False
    masks[:, :, (0, -1)] = False
    # As in thin: one tall picture costs little more than one of its parts; free borders keep them apart.
    side = masks.shape[2]
    bones = _without_spurs(thin(masks).reshape(-1, side))
    labels, joint, lengths, count = _pieces(bones)
    _, parts = cv2.connectedComponentsWithAlgorithm(bones.view(np.uint8), 8, cv2.CV_32S, cv2.CCL_GRANA)
    depth = cv2.distanceTransform(masks.reshape(-1, side).view(np.uint8), cv2.DIST_L2, 3)
    joints = _joints(joint, labels)
    rows, cols = np.nonzero(bones)
    ends = np.nonzero(count == 1)
    turns = _turns(pictures)
    found = []
    for number, picture in enumerate(pictures):
        top = number * side
        inside = slice(*np.searchsorted(rows, (top, top + side)))
        row, col = _one_per_cell(rows[inside], cols[inside])
        of_end = slice(*np.searchsorted(ends[0], (top, top + side)))
        end_row, end_col = ends[0][of_end], ends[1][of_end]
        of_joint = joints[(joints[:, 1] >= top) & (joints[:, 1] < top + side)]
        points, end_points = _place(col, row - top), _place(end_col, end_row - top)
        at = (row - top) // ENLARGE, col // ENLARGE
        found.append(
            Strokes(
                picture=picture,
                points=points,
                cells=at[0] * picture.shape[1] + at[1],
                turn=turns[number][at],
                half_px=np.asarray(depth[row, col] / ENLARGE, np.float32),
                piece=labels[row, col],
                part=np.asarray(parts[row, col], np.int32),
                lengths_px=lengths,
                ends=end_points,
                ways=_ways(end_points, labels[end_row, end_col], points, labels[row, col]),
                end_pieces=labels[end_row, end_col],
                joints=_place(of_joint[:, 0], of_joint[:, 1] - top),
            )
        )
    return found


def _joints(joint: NDArray[np.uint8], pieces: NDArray[np.int32]) -> NDArray[np.float64]:
    """Middle of each group of joint pixels that three or more pieces meet at, (J, 2) x and y."""
    count, labels = cv2.connectedComponentsWithAlgorithm(joint, 8, cv2.CV_16U, cv2.CCL_GRANA)
    beside = np.asarray(cv2.dilate(labels, np.ones((3, 3), np.uint8)), np.uint16)
    touching = (beside > 0) & (pieces > 0)
    pairs = np.unique(beside[touching].astype(np.int64) << 32 | pieces[touching])
    meeting = np.bincount(pairs >> 32, minlength=count)[1:]
    rows, cols = np.nonzero(joint)
    group = labels[rows, cols].astype(np.int64) - 1
    size = np.bincount(group, minlength=count - 1)
    middles = [np.bincount(group, axis, count - 1) / size for axis in (cols, rows)]
    return np.stack(middles, axis=1)[meeting >= _MEETING]


def _one_per_cell(
    rows: NDArray[np.int64], cols: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keep the first point in each pixel of the normalised picture, in the order of the pixels."""
    _, first = np.unique((rows // ENLARGE) * (1 << 16) + cols // ENLARGE, return_index=True)
    return rows[first], cols[first]


def _enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = picture.shape[0] * ENLARGE
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _turns(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Twice the direction of the line at every pixel, as a vector: (N, S, S, 2) float32.

    Notes
    -----
    From the structure tensor: the gradient is across the line, so its doubled direction is turned by half a
    circle. The vector is short where gradients disagree, as at a joint.
    """
    soft = blurred(pictures.astype(np.float32), 0.7)
    gx = np.stack([cv2.Sobel(one, cv2.CV_32F, 1, 0, ksize=3) for one in soft])
    gy = np.stack([cv2.Sobel(one, cv2.CV_32F, 0, 1, ksize=3) for one in soft])
    tensor = blurred(np.stack([gx * gx - gy * gy, 2 * gx * gy, gx * gx + gy * gy]), _TENSOR_PX)
    return np.asarray(-np.moveaxis(tensor[:2] / np.maximum(tensor[2], 1e-3), 0, -1), np.float32)


def _neighbours(bone: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Number of neighbours of each pixel of a centre line; 0 elsewhere."""
    line = bone.view(np.uint8)
    count = cv2.filter2D(line, cv2.CV_8U, _AROUND, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(cv2.subtract(count, line) * line, np.uint8)


def _pieces(
    bone: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8]]:
    """Cut centre lines at their joints: labels, joint mask, length of each piece in px, neighbour counts."""
    count = _neighbours(bone)
    joint = (count >= 3).view(np.uint8)
    line = bone.view(np.uint8) & ~joint & 1
    pieces, labels = cv2.connectedComponentsWithAlgorithm(line, 8, cv2.CV_32S, cv2.CCL_GRANA)
    lengths = np.asarray(np.bincount(labels.ravel(), minlength=pieces) / ENLARGE, np.float32)
    lengths[0] = 0
    return np.asarray(labels, np.int32), joint, lengths, count


def _without_spurs(bone: NDArray[np.bool_]) -> NDArray[np.bool_]:
    labels, joint, lengths, count = _pieces(bone)
    near_joint = cv2.dilate(joint, np.ones((3, 3), np.uint8)) > 0
    at_end, at_joint = np.zeros(len(lengths), bool), np.zeros(len(lengths), bool)
    at_end[labels[count == 1]] = True
    at_joint[labels[near_joint]] = True
    spur = at_end & at_joint & (lengths <= SPUR_PX)
    spur[0] = False
    return bone & ~spur[labels]


def _place(cols: NDArray[np.generic], rows: NDArray[np.generic]) -> NDArray[np.float32]:
    """Pixels of the enlarged picture → (x, y) in the picture itself."""
    return np.asarray((np.stack([cols, rows], axis=1) + 0.5) / ENLARGE - 0.5, np.float32)


_WAY_PX = 5.0


def _ways(
    ends: NDArray[np.float32],
    end_pieces: NDArray[np.int32],
    points: NDArray[np.float32],
    piece: NDArray[np.int32],
) -> NDArray[np.float32]:
    """Direction in which each line would go on beyond its end, (E, 2) unit vectors; zero for a lone point."""
    of_end = np.isin(piece, end_pieces)
    points, piece = points[of_end], piece[of_end]
    apart = ends[:, None] - points[None]
    near = (piece[None] == end_pieces[:, None]) & (np.hypot(apart[..., 0], apart[..., 1]) <= _WAY_PX)
    total = (apart * near[..., None]).sum(axis=1)
    return np.asarray(total / np.maximum(np.hypot(total[:, 0], total[:, 1]), 1e-6)[:, None], np.float32)
