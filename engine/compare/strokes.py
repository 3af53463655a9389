"""The structure of drawings: centre lines, their direction and thickness, ends, joints and stroke pieces.

Everything is found on a picture enlarged two times, because the thin strokes of a Mincho are 1.5 px wide in a
normalised picture and the gap between two of them may be narrower still. Positions are reported in pixels of
the normalised picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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

_WAY_PX = 5.0
"""The last stretch of a line, which says where it would go on."""

_MEETING = 3
_TURNED_AT_ONCE = 8
"""Pictures whose structure tensors stay in the cache together."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Centre lines of several drawings as points and as a graph; all (x, y) in pixels of their pictures.

    The points are one for each pixel of a picture that a centre line passes through. What is found of the
    drawings lies one behind the other in the same arrays, so that a step is taken for all of them at once.

    Attributes
    ----------
    pictures : (N, S, S) uint8
        The drawings, 0 = paper.
    points : (P, 2) float32
    drawing : (P,) int64
        Which of the drawings each point is of; ascending.
    cuts : (N + 1,) int64
        Drawing n has the points from ``cuts[n]`` to ``cuts[n + 1]``.
    cells : (P,) int64
        Flat index of each point's pixel in the stack of pictures; ascending.
    turn : (P, 2) float32
        Cosine and sine of twice the direction of the line; shorter than 1 where the direction is unclear.
    half_px : (P,) float32
        Half of the stroke's thickness.
    piece : (P,) int32
        Number of the stroke piece (between ends and joints), positive and of one drawing only; 0 at joints.
    lengths_px : (Q,) float32
        Length of each piece, by its number.
    ends : (E, 2) float32
        Where a line stops free.
    end_drawing : (E,) int64
    end_cuts : (N + 1,) int64
        As ``drawing`` and ``cuts``, of the ends.
    ways : (E, 2) float32
        Unit direction in which it would go on.
    end_pieces : (E,) int32
    """

    pictures: NDArray[np.uint8]
    points: NDArray[np.float32]
    drawing: NDArray[np.int64]
    cuts: NDArray[np.int64]
    cells: NDArray[np.int64]
    turn: NDArray[np.float32]
    half_px: NDArray[np.float32]
    piece: NDArray[np.int32]
    lengths_px: NDArray[np.float32]
    ends: NDArray[np.float32]
    end_drawing: NDArray[np.int64]
    end_cuts: NDArray[np.int64]
    ways: NDArray[np.float32]
    end_pieces: NDArray[np.int32]
    _lines: NDArray[np.uint8]
    """(N · L, L) The centre lines in the enlarged pictures, 1 = line."""
    _graph: _Graph
    _places: NDArray[np.int64]
    """(P,) Flat index of each point's pixel in the enlarged pictures."""

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def part(self) -> NDArray[np.int32]:
        """Number of the connected part of its drawing that each point belongs to, positive; (P,) int32."""
        _, parts = cv2.connectedComponentsWithAlgorithm(self._lines, 8, cv2.CV_32S, cv2.CCL_GRANA)
        return np.asarray(parts.ravel()[self._places], np.int32)

    @cached_property
    def joints(self) -> list[NDArray[np.float32]]:
        """Middle of each group of joint pixels that three or more pieces meet at: (J, 2) of each drawing."""
        width, graph = self._lines.shape[1], self._graph
        places = graph.places[graph.piece == 0]
        joint = np.zeros_like(self._lines)
        joint.ravel()[places] = 1
        count, groups = cv2.connectedComponentsWithAlgorithm(joint, 8, cv2.CV_32S, cv2.CCL_GRANA)
        group = np.asarray(groups.ravel()[places], np.int64)
        # Each pixel of a piece is beside one group at most: where there are two, the later one.
        beside = np.zeros(self._lines.size, np.int64)
        around = _around(width)
        order = np.argsort(group, kind="stable")
        beside[places[order][:, None] + around] = group[order][:, None]
        touched = beside[graph.places]
        touching = (touched > 0) & (graph.piece > 0)
        pairs = np.unique(touched[touching] << 32 | graph.piece[touching])
        meeting = np.bincount(pairs >> 32, minlength=count)[1:] >= _MEETING
        rows, cols = np.divmod(places, width)
        size = np.bincount(group, minlength=count)[1:]
        drawing = np.zeros(count, np.int64)
        drawing[group] = rows // width
        middles = [np.bincount(group, axis, count)[1:] / size for axis in (cols, rows % width)]
        found, owner = _in_picture(*(middle[meeting] for middle in middles)), drawing[1:][meeting]
        return [found[owner == number] for number in range(len(self))]


def describe_strokes(pictures: NDArray[np.uint8]) -> Strokes:
    """Find the structure of several drawings.

    Parameters
    ----------
    pictures : (N, S, S) uint8
        Normalised pictures, 0 = paper, with free borders.

    Returns
    -------
    Strokes
        Of each drawing the same whatever others are beside it.
    """
    large = np.stack([_enlarged(picture) for picture in pictures])
    masks = large >= INK_LEVEL
    masks[:, (0, -1)] = False
    masks[:, :, (0, -1)] = False
    # As in thin: one tall picture costs little more than one of its parts; free borders keep them apart.
    side, small = masks.shape[2], pictures.shape[2]
    lines = thin(masks).reshape(-1, side).view(np.uint8)
    graph = _without_spurs(lines)
    first, cells = _one_per_cell(graph.places, side, small)
    places, piece = graph.places[first], graph.piece[first]
    rows, cols = np.divmod(places, side)
    points = _in_picture(cols, rows % side)
    is_end = graph.count == 1
    end_places, end_pieces = graph.places[is_end], graph.piece[is_end]
    end_rows, end_cols = np.divmod(end_places, side)
    ends = _in_picture(end_cols, end_rows % side)
    depth = cv2.distanceTransform(masks.reshape(-1, side).view(np.uint8), cv2.DIST_L2, 3)
    numbers = np.arange(len(pictures) + 1)
    return Strokes(
        pictures=pictures,
        points=points,
        drawing=cells // small**2,
        cuts=np.searchsorted(cells, numbers * small**2),
        cells=cells,
        turn=_turns(pictures, cells),
        half_px=np.asarray(depth.ravel()[places] / ENLARGE, np.float32),
        piece=piece,
        lengths_px=graph.lengths_px,
        ends=ends,
        end_drawing=end_places // side**2,
        end_cuts=np.searchsorted(end_places, numbers * side**2),
        ways=_ways(ends, end_pieces, points, piece, len(graph.lengths_px)),
        end_pieces=end_pieces,
        _lines=lines,
        _graph=graph,
        _places=places,
    )


def _enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = picture.shape[0] * ENLARGE
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """Centre lines of a tall picture, cut at their joints.

    Attributes
    ----------
    places : (L,) int64
        Flat index of each pixel of a line; ascending.
    count : (L,) uint8
        Number of its neighbours on lines.
    piece : (L,) int32
        Number of its stroke piece; 0 at joints.
    pieces : (H, W) int32
        The same as a picture.
    lengths_px : (Q,) float32
    """

    places: NDArray[np.int64]
    count: NDArray[np.uint8]
    piece: NDArray[np.int32]
    pieces: NDArray[np.int32]
    lengths_px: NDArray[np.float32]


def _cut_at_joints(lines: NDArray[np.uint8], places: NDArray[np.int64]) -> _Graph:
    """Number the pieces between ends and joints.

    Notes
    -----
    One pixel in twenty lies on a line, so neighbours are looked up there only.
    """
    around = _around(lines.shape[1])
    count = lines.ravel()[places + around[:, None]].sum(axis=0, dtype=np.uint8)
    cut = lines.copy()
    cut.ravel()[places[count >= _MEETING]] = 0
    numbers, labels = cv2.connectedComponentsWithAlgorithm(cut, 8, cv2.CV_32S, cv2.CCL_GRANA)
    pieces: NDArray[np.int32] = np.asarray(labels, np.int32)
    piece = pieces.ravel()[places]
    lengths = np.asarray(np.bincount(piece, minlength=numbers) / ENLARGE, np.float32)
    lengths[0] = 0
    return _Graph(places, count, piece, pieces, lengths)


def _around(width: int) -> NDArray[np.int64]:
    """Steps from a pixel to its eight neighbours in a flat picture."""
    return np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])


def _without_spurs(lines: NDArray[np.uint8]) -> _Graph:
    """Take spurs away from the lines, in place, and cut what is left."""
    graph = _cut_at_joints(lines, np.flatnonzero(lines))
    at_end, at_joint = np.zeros((2, len(graph.lengths_px)), np.bool_)
    at_end[graph.piece[graph.count == 1]] = True
    joints = graph.places[graph.count >= _MEETING]
    at_joint[graph.pieces.ravel()[joints + _around(lines.shape[1])[:, None]]] = True
    spurs = at_end & at_joint & (graph.lengths_px <= SPUR_PX)
    spurs[0] = False
    is_spur = spurs[graph.piece]
    if not is_spur.any():
        return graph
    lines.ravel()[graph.places[is_spur]] = 0
    return _cut_at_joints(lines, graph.places[~is_spur])


def _one_per_cell(
    places: NDArray[np.int64], side: int, small: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the first point in each pixel of the normalised pictures: its index and the pixel's."""
    rows, cols = np.divmod(places, side)
    cells = rows // ENLARGE * small + cols // ENLARGE
    order = np.argsort(cells, kind="stable")
    in_order = cells[order]
    is_first = np.append(True, in_order[1:] != in_order[:-1])[: len(order)]
    return order[is_first], in_order[is_first]


def _turns(pictures: NDArray[np.uint8], cells: NDArray[np.int64]) -> NDArray[np.float32]:
    """Twice the direction of the line at some pixels of the pictures, as a vector: (P, 2) float32.

    Notes
    -----
    From the structure tensor: the gradient is across the line, so its doubled direction is turned by half a
    circle. The vector is short where gradients disagree, as at a joint.
    """
    turns = np.empty((len(cells), 2), np.float32)
    area = pictures[0].size
    for first in range(0, len(pictures), _TURNED_AT_ONCE):
        some = pictures[first : first + _TURNED_AT_ONCE]
        of_some = slice(*np.searchsorted(cells, (first * area, (first + len(some)) * area)))
        turns[of_some] = _turns_of_few(some, cells[of_some] - first * area)
    return turns


def _turns_of_few(pictures: NDArray[np.uint8], cells: NDArray[np.int64]) -> NDArray[np.float32]:
    soft = blurred(pictures.astype(np.float32), 0.7)
    gx, gy = np.empty_like(soft), np.empty_like(soft)
    for picture, across, down in zip(soft, gx, gy, strict=True):
        cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3, dst=across)
        cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3, dst=down)
    xx, yy = gx * gx, gy * gy
    gx *= gy
    tensor = blurred(np.stack([xx - yy, 2 * gx, xx + yy]), _TENSOR_PX)
    here = tensor.reshape(3, -1)[:, cells]
    return np.ascontiguousarray(-(here[:2] / np.maximum(here[2], 1e-3)).T)


def _in_picture(cols: NDArray[np.generic], rows: NDArray[np.generic]) -> NDArray[np.float32]:
    """Pixels of the enlarged picture → (x, y) in the picture itself."""
    return np.asarray((np.stack([cols, rows], axis=1) + 0.5) / ENLARGE - 0.5, np.float32)


def _ways(
    ends: NDArray[np.float32],
    end_pieces: NDArray[np.int32],
    points: NDArray[np.float32],
    piece: NDArray[np.int32],
    pieces: int,
) -> NDArray[np.float32]:
    """Direction in which each line would go on beyond its end, (E, 2) unit vectors; zero for a lone point."""
    # Each end with every point of its own piece, as two long lists.
    by_piece = np.argsort(piece, kind="stable")
    sizes = np.bincount(piece, minlength=pieces)
    starts, size = (np.cumsum(sizes) - sizes)[end_pieces], sizes[end_pieces]
    end = np.repeat(np.arange(len(ends)), size)
    step = np.arange(len(end)) - np.repeat(np.cumsum(size) - size, size)
    apart = ends[end] - points[by_piece[starts[end] + step]]
    apart[np.hypot(apart[:, 0], apart[:, 1]) > _WAY_PX] = 0
    total = np.stack([np.bincount(end, axis, len(ends)) for axis in apart.T], axis=1)
    return np.asarray(total / np.maximum(np.hypot(total[:, 0], total[:, 1]), 1e-6)[:, None], np.float32)
