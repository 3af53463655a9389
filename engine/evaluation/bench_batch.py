"""Speed, memory and accuracy of ``gaiji batch`` on the synthetic national survey, beside two baselines.

    python -m engine.evaluation.bench_batch --glyphs 10000 100000 1166536 --jobs 2 -o out/bench-batch.json

For each size: the survey is made (its time is told apart), ``gaiji batch`` runs on it as a process of its own
while the memory of all its processes is sampled, and the rows are held against the truth. Then, on pictures
of the largest survey: where the time goes, approximate against exact search, and the same pictures through
the baselines (:mod:`engine.evaluation.baselines`).
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import GaijiError
from engine.evaluation.baselines import BASELINES, Match, open_reference
from engine.evaluation.bench import MemoryWatch
from engine.evaluation.case import CLAIMS, Expected
from engine.evaluation.national_accuracy import TrueGlyph, answers, score, true_glyphs
from engine.evaluation.national_survey import IMAGES, REPORT
from engine.glyph.model import Glyph
from engine.settings import Settings

_CLI = "from engine.cli.main import run; run()"
_SURVEY = "engine.evaluation.national_survey"
_BLOCK = 128
_PROFILED = 1_024
_SEARCHED = 4_096
_THRESHOLDS = 200
_SAMPLED_EVERY_S = 1.0

Block = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SizeResult:
    """One size, end to end.

    Attributes
    ----------
    glyphs, distinct : int
    generator_s : float or None
        What making the survey took; None where it was there.
    batch_s : float
        Wall time of ``gaiji batch`` from the start of its process to its end.
    glyphs_per_s, distinct_per_s : float
    duplicate_share : float
    peak_mb : float or None
        Largest memory of its processes together.
    summary : dict
        What ``gaiji batch --json`` said.
    accuracy : dict
        By the class that the gaiji were made for (:class:`engine.evaluation.national_accuracy.Score`).
    """

    glyphs: int
    distinct: int
    generator_s: float | None
    batch_s: float
    glyphs_per_s: float
    distinct_per_s: float
    duplicate_share: float
    peak_mb: float | None
    summary: dict[str, Any]
    accuracy: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MatcherResult:
    """The engine or a baseline on the same pictures.

    Attributes
    ----------
    name : str
    pictures : int
    per_s : float or None
        Pictures read and matched in a second by all processes together; None where it was measured above.
    first, among_ten : float
        Of the pictures that are an MJ: a right one comes first, or among the first ten.
    decided : float
        Of all pictures: "it is this MJ" said with a right MJ, or rightly not said. A baseline says so from
        that similarity on which is best for these very pictures.
    """

    name: str
    pictures: int
    per_s: float | None
    first: float
    among_ten: float
    decided: float


def measure_size(work: Path, glyphs: int, *, jobs: int, seed: int) -> tuple[SizeResult, Path, Path]:
    """Make a survey of one size (unless it is there), run ``gaiji batch`` on it, and hold it to the truth.

    Parameters
    ----------
    work : Path
        Folder for surveys and datasets.
    glyphs, jobs, seed : int

    Returns
    -------
    SizeResult, Path, Path
        The survey's and the dataset's folder with it.
    """
    survey, dataset = work / f"survey-{glyphs}-{seed}", work / f"result-{glyphs}-{seed}"
    generator_s = None
    if not (survey / REPORT).is_file():
        arguments = ["-m", _SURVEY, "--glyphs", str(glyphs), "--seed", str(seed), "-o", str(survey)]
        generator_s = _run(arguments)[1]
    given = ["-c", _CLI, "batch", str(survey / IMAGES), "-o", str(dataset)]
    output, seconds, peak_mb = _run([*given, "--jobs", str(jobs), "--force", "--quiet", "--json"])
    summary = json.loads(output)
    found = score(true_glyphs(survey), answers(dataset))
    rows, distinct = int(summary["rows"]), int(summary["distinct"])
    result = SizeResult(
        glyphs=rows,
        distinct=distinct,
        generator_s=generator_s,
        batch_s=seconds,
        glyphs_per_s=rows / seconds,
        distinct_per_s=distinct / seconds,
        duplicate_share=1 - distinct / rows,
        peak_mb=peak_mb,
        summary=summary,
        accuracy={name: each.to_json() for name, each in found.items()},
    )
    return result, survey, dataset


def _run(arguments: Sequence[str]) -> tuple[str, float, float | None]:
    """Output, seconds and peak memory in MB of a Python process."""
    begin = time.perf_counter()
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        watch = MemoryWatch(process.pid, _SAMPLED_EVERY_S)
        watch.start()
        output, _ = process.communicate()
        seconds = time.perf_counter() - begin
        watch.stop()
        if process.returncode not in (0, 1):  # 1: an input could not be read, which the summary tells
            raise subprocess.CalledProcessError(process.returncode, command)
    return output, seconds, watch.peak_mb


@dataclass(frozen=True, slots=True)
class Sampled:
    """One different picture of a survey.

    Attributes
    ----------
    row : int
        The first that shows it.
    png : bytes
    expected : Expected
    """

    row: int
    png: bytes
    expected: Expected


def sample(survey: Path, count: int, seed: int) -> list[Sampled]:
    """Draw different pictures of a survey, in the order of their rows."""
    import pyarrow.parquet as pq

    first: dict[int, tuple[int, TrueGlyph]] = {}
    for row, true in enumerate(true_glyphs(survey)):
        first.setdefault(true.picture, (row, true))
    every = sorted(first.values(), key=lambda item: item[0])
    chosen = np.random.default_rng(seed).permutation(len(every))[:count]
    wanted = {every[index][0]: every[index][1] for index in chosen.tolist()}
    found: list[Sampled] = []
    row = 0
    with pq.ParquetFile(survey / IMAGES) as file:
        for batch in file.iter_batches(columns=["image"]):
            column = batch.column("image")
            for at in sorted(wanted.keys() & set(range(row, row + len(batch)))):
                found.append(Sampled(at, column[at - row].as_py(), wanted[at].expected))  # noqa: PERF401
            row += len(batch)
    return found


def engine_result(sampled: Sequence[Sampled], dataset: Path) -> MatcherResult:
    """Return how the engine did on sampled pictures, from the rows of its run."""
    rows = {each.row for each in sampled}
    given = {row: answer for row, answer in enumerate(answers(dataset)) if row in rows}
    matches = [Match(given[each.row].candidates, 0.0) for each in sampled]
    said = [given[each.row].verdict in CLAIMS for each in sampled]
    named = [given[each.row].mj for each in sampled]
    right = [
        _rightly(each.expected, mj if claim else None)
        for each, claim, mj in zip(sampled, said, named, strict=True)
    ]
    return _matcher_result("gaiji", sampled, matches, float(np.mean(right)), None)


def baseline_result(name: str, sampled: Sequence[Sampled], settings: Settings, *, jobs: int) -> MatcherResult:
    """Run a baseline on sampled pictures, in as many processes as the engine had.

    Parameters
    ----------
    name : str
        A key of :data:`engine.evaluation.baselines.BASELINES`.
    sampled : sequence of Sampled
    settings : Settings
    jobs : int
    """
    from engine.pool import Lost, OrderedPool, PoolError

    pngs = [each.png for each in sampled]
    blocks = [tuple(pngs[start : start + _BLOCK]) for start in range(0, len(pngs), _BLOCK)]
    pool: OrderedPool[Block, tuple[list[Match], float]] = OrderedPool(
        functools.partial(open_baseline, name, settings), jobs=min(jobs, len(blocks))
    )
    matches: list[Match] = []
    seconds = 0.0
    with contextlib.closing(pool.map(blocks)) as results:
        for _, found in results:
            if isinstance(found, Lost):
                msg = f"比較のための処理が異常終了しました（終了コード {found.exit_code}）。"
                raise PoolError(msg)
            matches += found[0]
            seconds += found[1]
    decided = _best_decision(sampled, matches)
    return _matcher_result(name, sampled, matches, decided, min(jobs, len(blocks)) * len(pngs) / seconds)


def open_baseline(name: str, settings: Settings) -> Callable[[Block], tuple[list[Match], float]]:
    """Build a baseline; return the function that reads and matches a block, and tells its seconds."""
    import faiss

    faiss.omp_set_num_threads(1)
    matcher = BASELINES[name](*open_reference(settings))

    def work(block: Block) -> tuple[list[Match], float]:
        begin = time.perf_counter()
        found = matcher.match([glyph.ink for glyph in _read(block)])
        return found, time.perf_counter() - begin

    return work


def _read(pngs: Sequence[bytes]) -> Iterator[Glyph]:
    from engine.glyph.images import read_image
    from engine.glyph.limits import Limits

    for png in pngs:
        yield read_image(png, "survey", Limits())


def _rightly(expected: Expected, claimed: str | None) -> bool:
    """Whether it was right to say "it is this MJ", or (None) not to."""
    if claimed is None:
        return not CLAIMS & expected.verdicts
    return bool(CLAIMS & expected.verdicts) and claimed in expected.nameable


def _best_decision(sampled: Sequence[Sampled], matches: Sequence[Match]) -> float:
    levels = np.quantile([match.similarity for match in matches], np.linspace(0, 1, _THRESHOLDS))
    return max(
        float(
            np.mean(
                [
                    _rightly(each.expected, match.names[0] if match.similarity >= level else None)
                    for each, match in zip(sampled, matches, strict=True)
                ]
            )
        )
        for level in levels.tolist()
    )


def _matcher_result(
    name: str,
    sampled: Sequence[Sampled],
    matches: Sequence[Match],
    decided: float,
    per_s: float | None,
) -> MatcherResult:
    known = [
        (each.expected.nameable, match.names)
        for each, match in zip(sampled, matches, strict=True)
        if each.expected.nameable
    ]
    return MatcherResult(
        name=name,
        pictures=len(sampled),
        per_s=per_s,
        first=float(np.mean([bool(names) and names[0] in right for right, names in known])),
        among_ten=float(np.mean([not right.isdisjoint(names[:10]) for right, names in known])),
        decided=decided,
    )


def stages(sampled: Sequence[Sampled], settings: Settings) -> dict[str, float]:
    """Share of each package in identifying pictures of which none is a duplicate."""
    from engine.evaluation.bench_stages import stage_seconds
    from engine.identify import Identifier
    from engine.intake.duplicates import Duplicates

    identifier = Identifier.open(settings)
    pngs = [each.png for each in sampled]
    identifier.identify(list(_read(pngs[:_BLOCK])))  # pages of the index, caches

    def work() -> None:
        duplicates = Duplicates()
        for start in range(0, len(pngs), 2 * _BLOCK):
            glyphs = list(_read(pngs[start : start + 2 * _BLOCK]))
            duplicates.compare(glyphs)
            identifier.identify(glyphs)

    seconds = stage_seconds(work)
    total = sum(seconds.values())
    return {name: each / total for name, each in sorted(seconds.items(), key=lambda item: -item[1])}


def searches(sampled: Sequence[Sampled], settings: Settings) -> list[dict[str, Any]]:
    """Approximate against exact search, with the descriptions of sampled pictures as queries."""
    from engine.describe.model import load_model
    from engine.describe.normalise import normalise_many
    from engine.evaluation.bench_search import compare_searches
    from engine.reference.index import open_index
    from engine.reference.refset import find_reference_set

    index = open_index(find_reference_set(settings), settings)
    rows = np.flatnonzero(np.asarray(index.drawing) >= 0)
    squares = normalise_many([glyph.ink for glyph in _read([each.png for each in sampled])])
    queries = load_model().coarse.apply(squares)
    return [asdict(each) for each in compare_searches(np.asarray(index.vectors[rows]), queries)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print JSON; progress goes to standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.bench_batch", description="gaiji batch の速さ・メモリ・精度を測る。"
    )
    parser.add_argument("--glyphs", type=int, nargs="+", default=[10_000], help="測る字数（いくつでも）")
    parser.add_argument("--jobs", type=int, default=2, help="プロセス数")
    parser.add_argument("--seed", type=int, default=0, help="乱数の種")
    parser.add_argument(
        "--pictures", type=int, default=2_000, help="比較の方法に通す図形の数。0 なら比べない"
    )
    parser.add_argument("--work", type=Path, help="調査と結果を置くフォルダー（省くと、終わったら消す）")
    parser.add_argument("-o", "--output", type=Path, help="結果（JSON）の出力先")
    given = parser.parse_args(arguments)
    try:
        with contextlib.ExitStack() as stack:
            work = given.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gaiji-bench-")))
            work.mkdir(parents=True, exist_ok=True)
            measured = _measure(work, sorted(given.glyphs), given.jobs, given.seed, given.pictures)
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = json.dumps(measured, ensure_ascii=False, indent=1) + "\n"
    if given.output is not None:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _measure(work: Path, sizes: Sequence[int], jobs: int, seed: int, pictures: int) -> dict[str, Any]:
    settings = Settings.from_environment()
    results = []
    survey = dataset = work
    for glyphs in sizes:
        _tell(f"{glyphs:,} 字を同定しています")
        result, survey, dataset = measure_size(work, glyphs, jobs=jobs, seed=seed)
        _tell(f"{result.glyphs:,} 字を毎秒 {result.glyphs_per_s:.0f} 字（{result.batch_s:.0f} 秒）")
        results.append(asdict(result))
    measured: dict[str, Any] = {"jobs": jobs, "seed": seed, "sizes": results}
    if pictures:
        sampled = sample(survey, max(pictures, _SEARCHED), seed)
        _tell("処理ごとの割合と、近似の検索を測っています")
        measured["stages"] = stages(sampled[:_PROFILED], settings)
        measured["searches"] = searches(sampled[:_SEARCHED], settings)
        some = sampled[:: max(1, len(sampled) // pictures)][:pictures]
        compared = [engine_result(some, dataset)]
        for name in BASELINES:
            _tell(f"比べています: {name}")
            compared.append(baseline_result(name, some, settings, jobs=jobs))
        measured["matchers"] = [asdict(each) for each in compared]
    return measured


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
