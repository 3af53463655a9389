"""One pass over the results of many municipalities; of a row only what it adds is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from engine.aggregate.unknown import Unknown, is_unknown
from engine.aggregate.usage import Places, Usage
from engine.batch.dataset import MANIFEST, marks_of_part, part_rows, rows
from engine.errors import UsageError
from engine.intake.duplicates import Duplicates
from engine.report.survey import Survey, count
from engine.result import Identification, Review, Subclass, Verdict

Progress = Callable[[str, int, int], None]
_Located = tuple[int, Identification, str]

_AT_ONCE = 2_000
"""Unknown rows of one file whose pictures are read again together."""
_STAGE = "結果を数えています"
_READ = (
    "source", "gaiji_code", "class", "subclass", "mj", "review", "candidates", "ucs", "ivs", "juki", "koseki",
    "status", "municipality", "kind", "same_as",
)  # fmt: skip
"""Columns of a dataset that something is counted of."""


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What the rows added up to.

    Attributes
    ----------
    survey : Survey
    usage : Usage
    unknown : Unknown
    places : Places
        The municipalities; a file whose rows name none counts as one of its own.
    rows : int
    """

    survey: Survey
    usage: Usage
    unknown: Unknown
    places: Places
    rows: int


def collect(
    results: Sequence[Path], *, inputs: Sequence[Path] = (), progress: Progress | None = None
) -> Collected:
    """Read results once and add them up.

    Parameters
    ----------
    results : sequence of Path
        Folders that ``gaiji batch`` wrote, and files that ``gaiji identify`` wrote.
    inputs : sequence of Path
        Where the pictures of the latter are looked for; datasets bring what is needed of theirs.
    progress : callable, optional
        Called with (text, rows done, 0).

    Raises
    ------
    GaijiError
        Something is no result, not complete, or damaged.
    """
    places = Places()
    run = _Run(places, Usage(places), Unknown(places), inputs, progress)
    distinct = list(dict.fromkeys(path.resolve() for path in results))
    if not distinct:
        raise UsageError("結果を一つ以上指定してください。")
    survey = count(row for path in distinct for row in run.rows_of(path))
    return Collected(survey, run.usage, run.unknown, places, run.done)


@dataclass(slots=True)
class _Run:
    places: Places
    usage: Usage
    unknown: Unknown
    inputs: Sequence[Path]
    progress: Progress | None
    done: int = 0

    def rows_of(self, path: Path) -> Iterator[Identification]:
        if path.is_dir():
            yield from self._of_dataset(path)
        else:
            yield from self._of_file(path)

    def _of_dataset(self, folder: Path) -> Iterator[Identification]:
        if not (folder / MANIFEST).is_file():
            raise UsageError(f"gaiji batch の結果のフォルダーではありません: {folder}")
        known: dict[str, int] = {}
        found = (
            _identification(values) for batch in rows(folder) for values in batch.select(_READ).to_pylist()
        )
        first = 0
        with contextlib.closing(found):
            for number, size in enumerate(part_rows(folder)):
                unknown: list[_Located] = []
                for at, row in enumerate(islice(found, size), first):
                    municipality = self._note(row, folder)
                    if is_unknown(row):
                        unknown.append((at, row, municipality))
                    yield row
                first += size
                if unknown:
                    marks = marks_of_part(folder, number)
                    index_of = {int(each): index for index, each in enumerate(marks.numbers)}
                    self.unknown.add(
                        [(row, municipality) for _, row, municipality in unknown],
                        marks,
                        [index_of.get(at) for at, _, _ in unknown],
                        known,
                    )

    def _of_file(self, path: Path) -> Iterator[Identification]:
        from engine.output.load import read_results

        unknown: list[_Located] = []
        for at, row in enumerate(read_results(path)):
            municipality = self._note(row, path)
            if is_unknown(row):
                unknown.append((at, row, municipality))
            yield row
        known: dict[str, int] = {}
        for start in range(0, len(unknown), _AT_ONCE):
            self._read_again(path, unknown[start : start + _AT_ONCE], known)

    def _read_again(self, path: Path, unknown: Sequence[_Located], known: dict[str, int]) -> None:
        """Take the pictures of unknown rows from where the rows say they came from."""
        from engine.report.pictures import read_pictures

        wanted = [row for _, row, _ in unknown]
        pictures = read_pictures(wanted, folders=self.inputs, beside=[path.parent])
        glyphs = [pictures.glyph(row) for row in wanted]
        seen = Duplicates()
        likeness = iter(seen.compare([glyph for glyph in glyphs if glyph is not None]))
        marks = seen.marks_since(0)
        index_of = {int(number): index for index, number in enumerate(marks.numbers)}
        indices: list[int | None] = []
        number = 0
        for glyph in glyphs:
            if glyph is None:
                indices.append(None)
                continue
            same = next(likeness).same
            indices.append(index_of.get(number if same is None else same))
            number += 1
        self.unknown.add([(row, where) for _, row, where in unknown], marks, indices, known)

    def _note(self, row: Identification, path: Path) -> str:
        municipality = row.municipality or f"（{path.name}）"
        self.places.bit(municipality)
        self.usage.add(row, municipality)
        self.done += 1
        if self.progress is not None and self.done % 1000 == 0:
            self.progress(_STAGE, self.done, 0)
        return municipality


def _identification(values: dict[str, Any]) -> Identification:
    """Return a row of a dataset with what is counted of it."""
    return Identification(
        source=values["source"],
        gaiji_code=values["gaiji_code"],
        verdict=Verdict(values["class"]) if values["class"] else None,
        subclass=Subclass(values["subclass"]) if values["subclass"] else None,
        mj=values["mj"],
        review=Review(values["review"]),
        candidates=tuple(values["candidates"].split(" ", 1)[:1]) if values["candidates"] else (),
        ucs=values["ucs"],
        ivs=values["ivs"],
        juki=values["juki"],
        koseki=values["koseki"],
        status=values["status"],
        municipality=values["municipality"],
        kind=values["kind"],
        same_as=values["same_as"],
    )
