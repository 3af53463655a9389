"""The output of a conversion: edits made, in the same encoding or another, and noted in the journal."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from engine.convert.encoding import Encoding, Positions
from engine.convert.journal import JournalWriter, Trailer
from engine.convert.transcode import REPLACEMENT, find_special, plain_text

_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_NOTHING = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True)
class Edits:
    """What is replaced in a block.

    Attributes
    ----------
    starts, ends : (N,) int64
        In bytes, ascending, not overlapping; an edit may be empty.
    pairs : (N,) int64
        From :meth:`Rewriter.pair`.
    """

    starts: Positions
    ends: Positions
    pairs: Positions


class Rewriter:
    """Writes blocks with their edits, keeps the checksums, and completes the journal.

    Parameters
    ----------
    output : BinaryIO
    journal : JournalWriter
    encoding, target : Encoding
        Of input and output.
    """

    def __init__(
        self, output: BinaryIO, journal: JournalWriter, encoding: Encoding, target: Encoding
    ) -> None:
        self.encoding, self.target = encoding, target
        self.input_bytes = self.output_bytes = 0
        self._output, self._journal = output, journal
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._pairs: list[tuple[bytes, bytes]] = []
        self._gap = 0
        self._read, self._written = hashlib.sha256(), hashlib.sha256()

    def pair(self, old: bytes, new: bytes) -> int:
        """Return the number of what stood there and what stands there now."""
        number = self._numbers.setdefault((old, new), len(self._pairs))
        if number == len(self._pairs):
            self._pairs.append((old, new))
        return number

    def pass_on(self, bom: bytes) -> None:
        """Write the byte order mark, in the encoding of the output."""
        self._take(bom)
        self._emit(self.target.bom)
        self._gap += len(self.target.bom)

    def write(self, block: bytes, edits: Edits, found: Positions) -> Positions:
        """Write a block.

        Parameters
        ----------
        block : bytes
        edits : Edits
        found : (M,) int64
            Places of all private codes of the block, edited or not, in bytes.

        Returns
        -------
        (K, 2) int64
            Begin and end of bytes that are no text, where the output is in another encoding.
        """
        self._take(block)
        if self.target is not self.encoding:
            return self._transcode(block, edits, found)
        if len(edits.starts):
            self._splice(block, edits)
        else:
            self._emit(block)
            self._gap += len(block)
        return _NOTHING

    def close(self) -> None:
        """Complete the journal."""
        pairs = tuple((old.hex(), new.hex()) for old, new in self._pairs)
        trailer = Trailer(
            self.encoding.value, self.target.value, pairs, self._journal.entries,
            self.input_bytes, self.output_bytes, self._read.hexdigest(), self._written.hexdigest(),
        )  # fmt: skip
        self._journal.close(trailer)

    def _splice(self, block: bytes, edits: Edits) -> None:
        news = self._news(edits.pairs)
        made = b"".join(news)
        width = len(news[0])
        if all(len(new) == width for new in news) and ((edits.ends - edits.starts) == width).all():
            # Most often all have the same width as what they replace: put them in their places at once.
            units = np.frombuffer(block, np.uint8).copy()
            units[edits.starts[:, None] + np.arange(width)] = np.frombuffer(made, np.uint8).reshape(-1, width)
            self._emit(units.tobytes())
        else:
            view = memoryview(block)
            self._emit(_joined([view[first:last] for first, last in _spans(_edges(edits, len(block)))], news))
        gaps = edits.starts - np.concatenate((np.zeros(1, np.int64), edits.ends[:-1]))
        gaps[0] += self._gap
        self._journal.add(gaps, edits.pairs)
        self._gap = len(block) - int(edits.ends[-1])

    def _transcode(self, block: bytes, edits: Edits, found: Positions) -> Positions:
        text = plain_text(block, self.encoding)
        chosen = np.isin(found, edits.starts)
        target = self.target.value
        damage = _NOTHING
        if text is not None and int(chosen.sum()) == len(edits.starts):
            # The private codes are the private characters of the text, in the same order.
            places = itertools.compress((match.start() for match in _PRIVATE.finditer(text)), chosen.tolist())
            edges = [0, *(edge for place in places for edge in (place, place + 1)), len(text)]
            parts = [text[first:last].encode(target) for first, last in _spans(edges)]
        else:
            edits, damage = self._with_special(block, edits)
            source = self.encoding.value
            spans = _spans(_edges(edits, len(block)))
            parts = [block[first:last].decode(source).encode(target) for first, last in spans]
        self._emit(_joined(parts, self._news(edits.pairs)))
        if len(edits.pairs):
            gaps = np.array([len(part) for part in parts[:-1]], np.int64)
            gaps[0] += self._gap
            self._journal.add(gaps, edits.pairs)
            self._gap = 0
        self._gap += len(parts[-1])
        return damage

    def _with_special(self, block: bytes, edits: Edits) -> tuple[Edits, Positions]:
        """Add what the way back would not restore; return also where bytes are no text."""
        size = self.encoding.unit_bytes
        units = self.encoding.units(block)
        special = find_special(units, self.encoding)
        spans = np.column_stack((special.starts, special.starts + special.widths)) * size
        text = special.text
        if len(units) * size < len(block):  # half a code unit
            spans = np.vstack((spans, (len(units) * size, len(block))))
            text = np.append(text, False)
        added = []
        for (first, last), is_text in zip(spans.tolist(), text.tolist(), strict=True):
            old = block[first:last]
            read = old.decode(self.encoding.value) if is_text else REPLACEMENT
            added.append(self.pair(old, read.encode(self.target.value)))
        starts = np.concatenate((edits.starts, spans[:, 0]))
        order = np.argsort(starts, kind="stable")
        ends = np.concatenate((edits.ends, spans[:, 1]))[order]
        pairs = np.concatenate((edits.pairs, np.array(added, np.int64)))[order]
        return Edits(starts[order], ends, pairs), spans[~text]

    def _news(self, pairs: Positions) -> list[bytes]:
        return [self._pairs[pair][1] for pair in pairs.tolist()]

    def _take(self, data: bytes) -> None:
        self._read.update(data)
        self.input_bytes += len(data)

    def _emit(self, data: bytes) -> None:
        self._output.write(data)
        self._written.update(data)
        self.output_bytes += len(data)


def _edges(edits: Edits, size: int) -> list[int]:
    """Return begin and end of each part between edits, by turns."""
    return [0, *np.column_stack((edits.starts, edits.ends)).ravel().tolist(), size]


def _spans(edges: Sequence[int]) -> zip[tuple[int, int]]:
    return zip(edges[::2], edges[1::2], strict=True)


def _joined(parts: Sequence[bytes | memoryview], news: Sequence[bytes]) -> bytes:
    """Join parts with what stands between them."""
    between = itertools.chain.from_iterable(zip(parts[:-1], news, strict=True))
    return b"".join([*between, parts[-1]])
