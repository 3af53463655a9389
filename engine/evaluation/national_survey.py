"""Write the synthetic national survey: ``python -m engine.evaluation.national_survey --glyphs 10000 -o DIR``.

In DIR afterwards:

* ``images.parquet``: what ``gaiji batch`` reads: ``image`` (PNG), ``source``, ``gaiji_code``,
  ``municipality``, ``system``, ``font``, ``kind``;
* ``truth.parquet``: one row for each gaiji in the same order, with the ``class`` that it was made for and the
  numbers of its ``picture`` and its ``shape``;
* ``shapes.parquet``: for each shape what would be right;
* ``survey.json``: what was asked and what came out.

Everything is a function of the arguments. Each shape is drawn once and each picture once, into a spool file;
the survey is then put together from numbers and that file, so that no picture stays in memory. Municipality
codes have a valid check digit but numbers from 900 on, which no real municipality has.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.errors import GaijiError, UsageError
from engine.evaluation.national_shapes import Shape, Shapes
from engine.intake.key import check_digit
from engine.settings import Settings
from engine.synth.survey import (
    DUPLICATE_SHARE,
    NATIONAL,
    STRATA,
    PlannedGlyph,
    SurveyPlan,
    plan_survey,
)
from engine.synth.survey_picture import draw, encode

if TYPE_CHECKING:
    import pyarrow as pa

IMAGES, TRUTH, SHAPES, REPORT = "images.parquet", "truth.parquet", "shapes.parquet", "survey.json"
_ROW_GROUP = 4_096
_PREFECTURES = 47
_PRIVATE = (0xE000, 0xF8FF)
_PRIVATE_15 = 0xF0000
_SYSTEMS: dict[str, tuple[str, ...]] = {
    "1": ("住基ネット",),
    "2": ("既存住基",),
    "3": ("戸籍", "税務", "福祉"),
}
_OWN_FONT = "EUDC"
_TOLD_EVERY = 5_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """What was written.

    Attributes
    ----------
    glyphs, pictures, shapes, municipalities : int
        Gaiji, different pictures, different shapes.
    duplicate_share : float
        Share of gaiji whose picture was there before.
    seed : int
    classes : dict of str to int
        Gaiji by the class that they were made for.
    kinds : dict of str to int
        Gaiji by kind submitted.
    bytes : int
        Of all pictures, each counted once.
    """

    glyphs: int
    pictures: int
    shapes: int
    municipalities: int
    duplicate_share: float
    seed: int
    classes: dict[str, int]
    kinds: dict[str, int]
    bytes: int


def write_survey(
    folder: Path, plan: SurveyPlan, shapes: Shapes, *, seed: int, progress: Progress | None = None
) -> SurveyReport:
    """Draw the pictures of a plan and write the survey.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty.
    plan : SurveyPlan
    shapes : Shapes
    seed : int
        Chooses the shapes and how each picture is drawn.
    progress : callable, optional
        Called with (text, done, total).

    Raises
    ------
    UsageError
        The folder holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"出力先に、ほかのファイルがあります。空のフォルダーにしてください: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    tell: Progress = progress or (lambda _text, _done, _total: None)
    with tempfile.TemporaryFile(dir=folder) as spool:
        ends, shape_of, drawn = _draw_pictures(folder, plan, shapes, seed, spool, tell)
        classes = _write_glyphs(folder, plan, spool, ends, shape_of, tell)
    labels = list(map(_label, STRATA))
    report = SurveyReport(
        glyphs=len(plan),
        pictures=plan.distinct,
        shapes=drawn,
        municipalities=plan.municipalities,
        duplicate_share=1 - plan.distinct / len(plan),
        seed=seed,
        classes={label: classes[label] for label in dict.fromkeys(labels)},
        kinds={str(kind + 1): int(count) for kind, count in enumerate(np.bincount(plan.kind))},
        bytes=int(ends[-1]),
    )
    text = json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"
    (folder / REPORT).write_text(text, encoding="utf-8")
    return report


def _label(stratum: Any) -> str:
    return "・".join(part.value for part in (stratum.verdict, stratum.subclass) if part)


def _draw_pictures(
    folder: Path, plan: SurveyPlan, shapes: Shapes, seed: int, spool: BinaryIO, tell: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
    """Draw every picture; return where each ends in the spool, its shape, and the number of shapes."""
    import pyarrow.parquet as pq

    ends = np.zeros(plan.distinct, np.int64)
    shape_of = np.zeros(plan.distinct, np.int32)
    number = -1
    rows: list[dict[str, Any]] = []
    with pq.ParquetWriter(folder / SHAPES, _shapes_schema(), compression="zstd") as writer:
        for at, of_stratum in itertools.groupby(plan.pictures(), key=attrgetter("stratum")):
            source = shapes.of(STRATA[at], np.random.default_rng([seed, 1, at]))
            for _, of_shape in itertools.groupby(of_stratum, key=attrgetter("shape")):
                shape, number = next(source), number + 1
                rows.append(_shape_row(number, at, shape))
                seen: set[bytes] = set()
                for picture in of_shape:
                    rng = np.random.default_rng([seed, 2, picture.number])
                    png = _another(shape, picture.size, rng, seen)
                    spool.write(png)
                    ends[picture.number] = spool.tell()
                    shape_of[picture.number] = number
                    if picture.number % 500 == 0:
                        tell("図形を描いています", picture.number, plan.distinct)
            writer.write_table(_table(rows, _shapes_schema()))
            rows = []
    spool.flush()
    return ends, shape_of, number + 1


def _another(shape: Shape, size: int, rng: np.random.Generator, seen: set[bytes]) -> bytes:
    """Draw a shape unlike all before; the same again where its dots leave no other way."""
    for _ in range(8):
        picture = draw(shape.ink, size, rng)
        inked = np.argwhere(picture < 128)
        low, high = inked.min(axis=0, initial=picture.shape[0]), inked.max(axis=0, initial=0) + 1
        cut = picture[low[0] : high[0], low[1] : high[1]]
        pattern = repr(cut.shape).encode() + np.packbits(cut < 128).tobytes()
        if pattern not in seen:
            break
    seen.add(pattern)
    return encode(picture)


def _write_glyphs(
    folder: Path,
    plan: SurveyPlan,
    spool: BinaryIO,
    ends: NDArray[np.int64],
    shape_of: NDArray[np.int32],
    tell: Progress,
) -> Counter[str]:
    """Write pictures and truth of every gaiji; count the classes."""
    import pyarrow.parquet as pq

    counted: Counter[str] = Counter()
    labels = list(map(_label, STRATA))
    with (
        pq.ParquetWriter(folder / IMAGES, _images_schema(), compression="zstd") as pictures,
        pq.ParquetWriter(folder / TRUTH, _truth_schema(), compression="zstd") as truth,
    ):
        done = 0
        for rows in _chunks(_keyed(plan), _ROW_GROUP):
            images, truths = [], []
            for key, glyph in rows:
                start = int(ends[glyph.picture - 1]) if glyph.picture else 0
                spool.seek(start)
                png = spool.read(int(ends[glyph.picture]) - start)
                images.append({**key, "image": png})
                at = int(plan.stratum_of[glyph.picture])
                stratum = STRATA[at]
                truths.append(
                    {
                        **key,
                        "class": stratum.verdict.value,
                        "subclass": stratum.subclass.value if stratum.subclass else "",
                        "picture": glyph.picture,
                        "shape": int(shape_of[glyph.picture]),
                    }
                )
                counted[labels[at]] += 1
            pictures.write_table(_table(images, _images_schema()))
            truth.write_table(_table(truths, _truth_schema()))
            done += len(rows)
            tell("書いています", done, len(plan))
    return counted


def _keyed(plan: SurveyPlan) -> Iterator[tuple[dict[str, str], PlannedGlyph]]:
    """Every glyph with its key: codes run on within one font of one system of one municipality."""
    used: Counter[tuple[str, str, str]] = Counter()
    municipality = ""
    for glyph in plan.glyphs():
        code = _municipality_code(glyph.municipality)
        if code != municipality:
            used.clear()
            municipality = code
        systems = _SYSTEMS[glyph.kind]
        system = systems[glyph.municipality % len(systems)]
        font = _OWN_FONT if glyph.vendor is None else f"V{glyph.vendor + 1:02d}外字"
        turn = used[code, system, font]
        used[code, system, font] += 1
        gaiji_code = f"U+{_private(turn):04X}"
        source = f"{code}/{system}/{font}/{gaiji_code}"
        yield (
            {
                "source": source,
                "gaiji_code": gaiji_code,
                "municipality": code,
                "system": system,
                "font": font,
                "kind": glyph.kind,
            },
            glyph,
        )


def _private(turn: int) -> int:
    first, last = _PRIVATE
    return first + turn if turn <= last - first else _PRIVATE_15 + turn - (last - first) - 1


def _municipality_code(number: int) -> str:
    five = f"{number % _PREFECTURES + 1:02d}{900 + number // _PREFECTURES:03d}"
    return five + check_digit(five)


def _shape_row(number: int, stratum: int, shape: Shape) -> dict[str, Any]:
    expected = shape.expected
    return {
        "shape": number,
        "class": STRATA[stratum].verdict.value,
        "subclass": expected.subclass.value if expected.subclass else "",
        "mj": shape.mj,
        "material": shape.material,
        "verdicts": sorted(verdict.value for verdict in expected.verdicts),
        "exact": sorted(expected.exact),
        "same_ucs": sorted(expected.same_ucs),
        "nameable": sorted(expected.nameable),
    }


def _chunks(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while some := list(itertools.islice(items, size)):
        yield some


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=schema)


def _key_fields() -> list[Any]:
    import pyarrow as pa

    names = ("source", "gaiji_code", "municipality", "system", "font", "kind")
    return [pa.field(name, pa.string()) for name in names]


def _images_schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema([*_key_fields(), pa.field("image", pa.binary())])


def _truth_schema() -> pa.Schema:
    import pyarrow as pa

    texts = [pa.field(name, pa.string()) for name in ("class", "subclass")]
    return pa.schema([*_key_fields(), *texts, *(pa.field(name, pa.int32()) for name in ("picture", "shape"))])


def _shapes_schema() -> pa.Schema:
    import pyarrow as pa

    texts = [pa.field(name, pa.string()) for name in ("class", "subclass", "mj", "material")]
    lists = [pa.field(name, pa.list_(pa.string())) for name in ("verdicts", "exact", "same_ucs", "nameable")]
    return pa.schema([pa.field("shape", pa.int32()), *texts, *lists])


def open_shapes(settings: Settings, reference: str | None = None) -> Shapes:
    """Open the fonts and the answer key; fonts that are missing are fetched when first used.

    Raises
    ------
    ReferenceSetError
        Table or font of the reference set are missing or damaged.
    """
    from engine.evaluation.opening import open_materials
    from engine.reference.refset import find_reference_set
    from engine.reference.table import load_table

    table = load_table(find_reference_set(settings, reference), ("mj", "kind", "juki"))
    juki = frozenset(itertools.compress(table.mj, table.charset_mask("juki")))
    return Shapes(open_materials(settings, reference), juki)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a survey; the report and the seconds that it took go to standard output, as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.national_survey", description="合成した全国調査を書き出す。"
    )
    parser.add_argument("--glyphs", type=int, default=NATIONAL, help="外字の数（既定は総務省の調査と同じ）")
    parser.add_argument("--seed", type=int, default=0, help="乱数の種")
    parser.add_argument(
        "--duplicates", type=float, default=DUPLICATE_SHARE, help="前の外字と同じ図形の割合（0〜0.95）"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="出力先のフォルダー（空であること）")
    parser.add_argument("--force", action="store_true", help="出力先のフォルダーを消してから書く")
    given = parser.parse_args(arguments)
    begin = time.perf_counter()
    try:
        plan = plan_survey(given.glyphs, seed=given.seed, duplicate_share=given.duplicates)
        shapes = open_shapes(Settings.from_environment())
        if given.force and (given.output / REPORT).is_file():
            shutil.rmtree(given.output)
        report = write_survey(given.output, plan, shapes, seed=given.seed, progress=_to_stderr)
    except (GaijiError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    seconds = time.perf_counter() - begin
    measured = {**asdict(report), "seconds": round(seconds, 1), "glyphs_per_s": round(len(plan) / seconds)}
    sys.stdout.write(json.dumps(measured, ensure_ascii=False, indent=1) + "\n")
    return 0


def _to_stderr(text: str, done: int, total: int) -> None:
    if done % _TOLD_EVERY == 0 or done == total:
        sys.stderr.write(f"{text} {done:,} / {total:,}\n")


if __name__ == "__main__":
    sys.exit(main())
