"""A batch run from its inputs to a complete dataset; begun, or gone on with."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.batch.dataset import (
    FORMAT,
    MANIFEST,
    SUMMARY,
    TornError,
    check_folder,
    clear_folder,
    part_path,
    read_manifest,
    read_part,
    read_summary,
    rows,
    sums_path,
    write_json,
    write_part,
)
from engine.batch.inputs import Plan, plan_inputs
from engine.batch.log import RunLog
from engine.batch.parts import MOST_ROWS, Block, Parts
from engine.batch.reading import Reading, beginning
from engine.batch.summary import summarise
from engine.batch.work import Crew, Engine, rows_of_lost
from engine.errors import UsageError
from engine.glyph.options import ReadOptions
from engine.intake.key import DeliveryKey
from engine.output.sink import OutputError
from engine.pool import Lost
from engine.result import Identification

ROWS_PER_PART = 16_384
"""What a kill costs at most: at 800 glyphs a second, twenty seconds of work."""

Notice = Callable[[str], None]
Steps = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What a run is asked for. All of it goes into the manifest: a run goes on only with the same.

    Attributes
    ----------
    engine : mapping
        Options of the engine, as JSON holds them.
    key : DeliveryKey
        Whose gaiji they are, where nothing nearer says otherwise.
    read : ReadOptions
    rows_per_part : int
    """

    engine: dict[str, Any] = field(default_factory=dict)
    key: DeliveryKey = field(default_factory=DeliveryKey)
    read: ReadOptions = field(default_factory=ReadOptions)
    rows_per_part: int = ROWS_PER_PART

    def to_json(self) -> dict[str, Any]:
        """Return what stands in the manifest."""
        return {
            **self.engine,
            "municipality": self.key.municipality,
            "system": self.key.system,
            "kind": self.key.kind,
            "ranges": [list(bounds) for bounds in self.read.ranges],
            "all_glyphs": self.read.all_glyphs,
            "codes_from_names": self.read.codes_from_names,
            "rows_per_part": self.rows_per_part,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is.

    Attributes
    ----------
    rows, distinct : int
        Read so far, earlier runs included; different pictures among them.
    rows_before : int
        Of them, those of earlier runs.
    share : float
        Of the inputs that have been read, 0–1.
    share_before : float
        The same when this run began.
    """

    rows: int
    distinct: int
    rows_before: int
    share: float
    share_before: float


def run_batch(
    paths: Sequence[str | Path],
    folder: Path,
    *,
    engine: Engine,
    crew: Crew,
    options: BatchOptions | None = None,
    resume: bool = False,
    force: bool = False,
    standing: Callable[[Standing], None] | None = None,
    progress: Steps | None = None,
    notice: Notice | None = None,
) -> dict[str, Any]:
    """Identify everything that the inputs hold, into a dataset.

    Parameters
    ----------
    paths : sequence of str or Path
        As for :func:`engine.batch.inputs.plan_inputs`.
    folder : Path
        Of the dataset.
    engine : Engine
        Gives the rows of what cannot be read, and says by what is identified.
    crew : Crew
        Identifies.
    options : BatchOptions, optional
    resume, force : bool
        Go on with a run that was interrupted, or replace what is there.
    standing : callable, optional
        Told after every block how far the run is.
    progress : callable, optional
        Called with (text, done, total) before the reading begins.
    notice : callable, optional
        Told, in Japanese, what no row says.

    Returns
    -------
    dict
        The summary. The dataset does not depend on the crew, nor on how often the run was interrupted.

    Raises
    ------
    UsageError
        Inputs or options that are not those of the run to go on with; a folder that must not be written to.
    OutputError
        The disk is full, or the like; the run can go on later.
    """
    options = options or BatchOptions()
    if not 1 <= options.rows_per_part <= MOST_ROWS:
        raise UsageError(f"一つのファイルの行数は 1 から {MOST_ROWS:,} までにしてください。")
    check_folder(folder, resume=resume, force=force)
    with RunLog(folder) as log:
        plan = plan_inputs(paths, options.key, notice=notice, progress=progress)
        manifest = _manifest(plan, options, engine)
        clear_folder(folder, everything=force and not resume)
        run = _Run(folder, plan, options, manifest, engine, crew, log)
        if resume:
            summary = _summary_of_same(folder, manifest)
            if summary is not None:
                return summary
        try:
            write_json(folder / MANIFEST, manifest)
            run.take_up(notice)
            run.go(standing, notice)
            return run.complete()
        except OutputError as error:
            log.add("stopped", reason=str(error))
            further = "ここまでの結果は残っています。直したら、同じ命令に --resume を付けて続けてください。"
            raise OutputError(f"{error} {further}") from error


class _Run:
    def __init__(
        self,
        folder: Path,
        plan: Plan,
        options: BatchOptions,
        manifest: dict[str, Any],
        engine: Engine,
        crew: Crew,
        log: RunLog,
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._options = options
        self._manifest = manifest
        self._engine = engine
        self._crew = crew
        self._log = log
        self._identity = _identity(manifest)
        self._parts = Parts(options.rows_per_part, engine.failure)
        self._start = beginning()
        self._written: list[dict[str, Any]] = []
        self._rows = 0

    def take_up(self, notice: Notice | None) -> None:
        """Take over the parts that an earlier run has finished."""
        units = len(self._plan.units)
        while self._start.unit < units and (
            (not self._written) or self._written[-1]["rows"] == self._options.rows_per_part
        ):
            number = len(self._written)
            finished = read_part(self._folder, number, self._identity)
            if finished is None:
                break
            table, sums = finished
            self._parts.remember(table, sums.marks)
            self._note(number, sums.rows, sums.sha256)
            self._start = sums.position
        if self._written and notice is not None:
            notice(f"{self._rows:,} 行までは終わっています。続きから始めます。")
        self._log.add("begin", run=self._identity, parts=len(self._written), rows=self._rows)

    def go(self, standing: Callable[[Standing], None] | None, notice: Notice | None) -> None:
        """Identify what is left, and write it part by part."""
        reading = Reading(self._plan.units, self._options.read, self._start, self._rows, notice)
        before = Standing(self._rows, self._parts.distinct, self._rows, reading.share, reading.share)
        with closing(reading.items()) as items:
            blocks = self._parts.blocks(items, lambda: reading.position)
            with closing(self._crew.identify(blocks)) as identified:
                for found in self._rows_of(identified):
                    self._parts.complete(found)
                    self._write_finished()
                    if standing is not None:
                        standing(self._standing(reading, before))
        self._write_finished()

    def _standing(self, reading: Reading, before: Standing) -> Standing:
        pending, identified = self._parts.rows_pending
        done, read = self._rows + identified, self._rows + pending
        share = reading.share * done / max(read, 1)  # reading is ahead of the rest
        return Standing(done, self._parts.distinct, before.rows, share, before.share)

    def complete(self) -> dict[str, Any]:
        """Write the manifest and the summary; return the latter."""
        number = len(self._written)
        while part_path(self._folder, number).exists() or sums_path(self._folder, number).exists():
            part_path(self._folder, number).unlink(missing_ok=True)  # of a run that went astray
            sums_path(self._folder, number).unlink(missing_ok=True)
            number += 1
        done = {**self._manifest, "state": "complete", "parts": self._written, "rows": self._rows}
        write_json(self._folder / MANIFEST, done)
        summary = summarise(rows(self._folder))
        write_json(self._folder / SUMMARY, summary)
        self._log.add("complete", rows=self._rows)
        return summary

    def _rows_of(
        self, identified: Iterator[tuple[Block, list[Identification] | Lost]]
    ) -> Iterator[list[Identification]]:
        for block, found in identified:
            if isinstance(found, Lost):
                self._log.add("lost", glyphs=len(block), exit_code=found.exit_code)
                yield rows_of_lost(self._crew, block, self._engine.failure)
            else:
                yield found

    def _write_finished(self) -> None:
        for part in self._parts.finished():
            if part.position is None or part.marks is None:
                raise RuntimeError("a part that is finished has a position")
            started = time.monotonic()
            table = self._parts.table(part)
            sha256 = write_part(self._folder, part.number, table, self._identity, part.position, part.marks)
            self._note(part.number, table.num_rows, sha256)
            self._log.add("part", number=part.number, rows=self._rows, seconds=time.monotonic() - started)

    def _note(self, number: int, count: int, sha256: str) -> None:
        name = part_path(self._folder, number).name
        self._written.append({"name": name, "rows": count, "sha256": sha256})
        self._rows += count


def _manifest(plan: Plan, options: BatchOptions, engine: Engine) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "state": "running",
        "engine": engine.engine_id,
        "reference": engine.reference_id,
        "options": options.to_json(),
        "inputs": [each.to_json() for each in plan.inputs],
    }


def _identity(manifest: dict[str, Any]) -> str:
    """A name for everything that the rows depend on."""
    basis = {name: manifest[name] for name in ("format", "engine", "reference", "options", "inputs")}
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()[:16]


def _summary_of_same(folder: Path, manifest: dict[str, Any]) -> dict[str, Any] | None:
    """Check that the dataset is of the same run; return the summary of a complete one.

    What a power cut has torn counts as not written: every part says itself which run it belongs to.

    Raises
    ------
    UsageError
        It is of another run.
    DatasetError
        It is of another version.
    """
    try:
        before = read_manifest(folder)
    except TornError:
        return None
    _check_same(before, manifest)
    try:
        return read_summary(folder) if before["state"] == "complete" else None
    except TornError:
        return None


def _check_same(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with a run that was another one; say what has changed.

    Raises
    ------
    UsageError
    """
    told = "続きから実行できません。{what}最初からなら --force を付けてください。"
    now = json.loads(json.dumps(now))  # as it would come back from the file
    for name, words in (("engine", "gaiji の版か学習済みモデル"), ("reference", "参照セットか判定基準")):
        if before[name] != now[name]:
            what = f"{words}が、始めたとき（{before[name]}）と違います（今: {now[name]}）。"
            raise UsageError(told.format(what=what))
    if before["options"] != now["options"]:
        keys = sorted(before["options"].keys() | now["options"].keys())
        other = [key for key in keys if before["options"].get(key) != now["options"].get(key)]
        what = f"指定が始めたときと違います（{'、'.join(other)}）。同じ指定にしてください。"
        raise UsageError(told.format(what=what))
    if [each["path"] for each in before["inputs"]] != [each["path"] for each in now["inputs"]]:
        raise UsageError(told.format(what="入力の並びが始めたときと違います。同じ入力を指定してください。"))
    for old, new in zip(before["inputs"], now["inputs"], strict=True):
        if old != new:
            what = f"入力の中身が、始めたときから変わりました: {_changed(old, new)}。元に戻してください。"
            raise UsageError(told.format(what=what))


def _changed(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Name the file that has changed, where the manifest lists files; else the input."""
    first = {tuple(member) for member in old["members"]} ^ {tuple(member) for member in new["members"]}
    return min((str(member[0]) for member in first), default=str(old["path"]))
