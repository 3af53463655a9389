"""A data file of any size with its private codes replaced, everything else byte for byte as it was."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from engine.convert.blocks import BLOCK_BYTES
from engine.convert.code_map import CodeMap
from engine.convert.encoding import (
    CODES,
    Encoding,
    Found,
    Positions,
    code_index,
    code_of_index,
    find_private,
)
from engine.convert.files import Paths, check_room, reading, writing
from engine.convert.journal import JournalWriter
from engine.convert.layout import Layout, Padding
from engine.convert.report import NO_FIELD, NO_ROOM, NO_TEXT, NOT_IN_MAP, ExceptionReport
from engine.convert.rewrite import Edits, Rewriter
from engine.output.sink import AtomicFile

Progress = Callable[[str, int, int], None]
"""Stage, megabytes done, megabytes in all."""

_REPLACE, _OTHER_COLUMN, _NO_FIELD, _NO_TARGET, _NO_ROOM = range(5)
"""What becomes of a private code."""


@dataclass(slots=True)
class Summary:
    """What a conversion did.

    Attributes
    ----------
    replaced : Counter of int
        By code point.
    exceptions : Counter of str
        By reason.
    other_columns : int
        Private codes in columns that were not to be converted.
    input_bytes, output_bytes : int
    """

    replaced: Counter[int] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    other_columns: int = 0
    input_bytes: int = 0
    output_bytes: int = 0


def convert_file(
    paths: Paths,
    code_map: CodeMap,
    encoding: Encoding,
    layout: Layout,
    *,
    to: Encoding | None = None,
    columns: frozenset[int] | None = None,
    force: bool = False,
    block_bytes: int = BLOCK_BYTES,
    progress: Progress | None = None,
) -> Summary:
    """Convert one file.

    Parameters
    ----------
    paths : Paths
    code_map : CodeMap
    encoding : Encoding
        Of the input; a byte order mark is kept.
    layout : Layout
        Not used before.
    to : Encoding, optional
        Of the output, one of Unicode's; None: as the input.
    columns : frozenset of int, optional
        Convert only in these, 1 first; None: everywhere.
    force : bool
        Whether existing files may be replaced.
    block_bytes : int
        What is read at once. The result does not depend on it.
    progress : callable, optional

    Returns
    -------
    Summary

    Raises
    ------
    UsageError, ConvertError, OutputError
        Where one of these is raised, there is no output.
    """
    paths.check(force=force)
    with contextlib.ExitStack() as stack:
        with reading(paths.source):
            source = stack.enter_context(paths.source.open("rb"))
            total = os.fstat(source.fileno()).st_size
        check_room(paths.output, total)
        # What is opened last takes its place first: the output never stands there without its journal.
        output = stack.enter_context(AtomicFile(paths.output, force=force))
        report = stack.enter_context(AtomicFile(paths.report, force=force))
        journal = stack.enter_context(AtomicFile(paths.journal, force=force))
        with writing(paths.output):
            rewriter = Rewriter(output, JournalWriter(journal), encoding, to or encoding)
            run = _Run(rewriter, ExceptionReport(report), layout, code_map, columns)
            for block in _blocks(source, layout, block_bytes, rewriter, paths):
                run.convert(block)
                if progress is not None:
                    progress("変換しています", rewriter.input_bytes >> 20, total >> 20)
            return run.close()


def _blocks(
    source: BinaryIO, layout: Layout, block_bytes: int, rewriter: Rewriter, paths: Paths
) -> Iterator[bytes]:
    """Read blocks behind the byte order mark."""
    with reading(paths.source):
        bom = rewriter.encoding.bom
        head = source.read(len(bom))
        if bom and head == bom:
            rewriter.pass_on(bom)
        else:
            source.seek(0)
        yield from layout.blocks(source, block_bytes)


class _Run:
    """One conversion under way."""

    def __init__(
        self,
        rewriter: Rewriter,
        report: ExceptionReport,
        layout: Layout,
        code_map: CodeMap,
        columns: frozenset[int] | None,
    ) -> None:
        self.encoding = rewriter.encoding
        self.rewriter = rewriter
        self._summary = Summary()
        self._report, self._layout = report, layout
        self._columns = None if columns is None else np.array(sorted(columns), np.int64)
        self._reasons = dict(code_map.reasons)
        self._texts: dict[int, str] = {}
        self._pair_of_code = np.full(CODES, -1, np.int64)
        target = rewriter.target
        for code, text in sorted(code_map.texts.items()):
            old, new = _encoded(chr(code), self.encoding), _encoded(text, target)
            index = code_index(code)
            if new is None:
                self._reasons[code] = f"出力の文字コード（{target.value}）では表せない変換先"
            elif old is not None and index is not None:
                pair = rewriter.pair(old, new)
                self._pair_of_code[index], self._texts[pair] = pair, text

    def convert(self, block: bytes) -> None:
        """Convert one block."""
        units = self.encoding.units(block)
        self._layout.begin(units)
        found = find_private(units, self.encoding, self._layout.floors)
        starts, widths, pairs = self._edits(found, block)
        size = self.encoding.unit_bytes
        edits = Edits(starts * size, (starts + widths) * size, pairs)
        damage = self.rewriter.write(block, edits, found.starts * size)
        if len(damage):
            self._tell_no_text(block, damage)
        self._layout.end()

    def close(self) -> Summary:
        """Complete the journal."""
        self.rewriter.close()
        self._summary.exceptions = self._report.reasons
        self._summary.input_bytes = self.rewriter.input_bytes
        self._summary.output_bytes = self.rewriter.output_bytes
        return self._summary

    def _edits(self, found: Found, block: bytes) -> tuple[Positions, Positions, Positions]:
        """Return place, width and pair of what is replaced in a block; report what is not."""
        starts, widths, pairs = found.starts, found.widths, self._pair_of_code[found.codes]
        if not len(starts):
            return starts, widths, pairs
        fates = np.where(pairs >= 0, _REPLACE, _NO_TARGET)
        if self._columns is not None or self._layout.fixed or fates.any():
            columns = self._layout.locate(starts, widths).columns
            fates[columns == 0] = _NO_FIELD
            if self._columns is not None:
                fates[~np.isin(columns, self._columns)] = _OTHER_COLUMN
        blanks = self._keep_widths(found, pairs, fates)
        self._tell(found, fates, block)
        replaced = fates == _REPLACE
        starts, widths, pairs = starts[replaced], widths[replaced], pairs[replaced]
        values, counts = np.unique(found.codes[replaced], return_counts=True)
        self._summary.replaced.update(
            {code_of_index(v): n for v, n in zip(values.tolist(), counts.tolist(), strict=True)}
        )
        if blanks is None:
            return starts, widths, pairs
        size = self.encoding.unit_bytes
        news = [text.encode(self.rewriter.target.value) for text in blanks.blanks]
        ends = (blanks.starts + blanks.widths).tolist()
        added = [
            self.rewriter.pair(block[start * size : end * size], new)
            for start, end, new in zip(blanks.starts.tolist(), ends, news, strict=True)
        ]
        # Blanks come first: they may be put in where the first code of the next field begins.
        starts = np.concatenate((blanks.starts, starts))
        order = np.argsort(starts, kind="stable")
        widths = np.concatenate((blanks.widths, widths))[order]
        return starts[order], widths, np.concatenate((np.array(added, np.int64), pairs))[order]

    def _keep_widths(self, found: Found, pairs: Positions, fates: Positions) -> Padding | None:
        """Ask the layout what must happen to the blanks of fields; mark codes that have no room."""
        which = np.flatnonzero(fates == _REPLACE)
        if not self._layout.fixed or not len(which):
            return None
        texts = [self._texts[pair] for pair in pairs[which].tolist()]
        padding = self._layout.pad(found.starts[which], found.widths[which], texts)
        if padding is None:
            return None
        fates[which[padding.refused]] = _NO_ROOM
        return padding if len(padding.starts) else None

    def _tell(self, found: Found, fates: Positions, block: bytes) -> None:
        """Report the codes that stay."""
        self._summary.other_columns += int((fates == _OTHER_COLUMN).sum())
        left = np.flatnonzero(fates > _OTHER_COLUMN)
        if not len(left):
            return
        starts, widths = found.starts[left], found.widths[left]
        places = self._layout.locate(starts, widths)
        size = self.encoding.unit_bytes
        words = {_NO_FIELD: NO_FIELD, _NO_ROOM: NO_ROOM}
        self._report.write(
            (
                row,
                self._layout.column_name(column),
                code,
                block[start * size : (start + width) * size],
                words.get(fate) or self._reasons.get(code, NOT_IN_MAP),
            )
            for row, column, code, start, width, fate in zip(
                places.rows.tolist(),
                places.columns.tolist(),
                map(code_of_index, found.codes[left].tolist()),
                starts.tolist(),
                widths.tolist(),
                fates[left].tolist(),
                strict=True,
            )
        )

    def _tell_no_text(self, block: bytes, spans: Positions) -> None:
        starts = spans[:, 0] // self.encoding.unit_bytes
        places = self._layout.locate(starts, np.ones(len(starts), np.int64))
        names = map(self._layout.column_name, places.columns.tolist())
        olds = [block[first:last] for first, last in spans.tolist()]
        self._report.write(
            (row, name, None, old, NO_TEXT)
            for row, name, old in zip(places.rows.tolist(), names, olds, strict=True)
        )


def _encoded(text: str, encoding: Encoding) -> bytes | None:
    try:
        data = text.encode(encoding.value)
    except UnicodeEncodeError:
        return None
    return data if data.decode(encoding.value) == text else None
