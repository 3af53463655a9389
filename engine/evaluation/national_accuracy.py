"""Answers to the synthetic national survey against its truth, streamed: right, wrong, and how wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.evaluation.case import CLAIMS, Expected, is_right
from engine.evaluation.national_survey import SHAPES, TRUTH
from engine.result import Identification, Review, Subclass, Verdict

_COLUMNS = ["source", "class", "subclass", "picture", "shape"]


@dataclass(frozen=True, slots=True)
class TrueGlyph:
    """What is known of one gaiji of the survey.

    Attributes
    ----------
    source : str
    made_for : str
        The ministry's class, with its subclass: ``同定不可能・記号等``.
    picture : int
        Equal numbers: the very same picture.
    expected : Expected
    """

    source: str
    made_for: str
    picture: int
    expected: Expected


@dataclass(slots=True)
class Score:
    """Answers to gaiji of one class.

    Attributes
    ----------
    glyphs : int
    right : int
        :func:`engine.evaluation.case.is_right`.
    claimed_right, claimed_wrong : int
        字形一致 or デザイン差 said with an MJ that the gaiji may be, or may not.
    auto, auto_wrong : int
        Let through without a look; of them, those that are not right.
    answers : Counter of str
        What was said, as :attr:`TrueGlyph.made_for`.
    """

    glyphs: int = 0
    right: int = 0
    claimed_right: int = 0
    claimed_wrong: int = 0
    auto: int = 0
    auto_wrong: int = 0
    answers: Counter[str] = field(default_factory=Counter)

    def add(self, expected: Expected, answer: Identification) -> None:
        """Count one answer."""
        right = is_right(expected, answer)
        self.glyphs += 1
        self.right += right
        if answer.verdict in CLAIMS:
            named = answer.mj in expected.nameable
            self.claimed_right += named
            self.claimed_wrong += not named
        if answer.review is Review.AUTO:
            self.auto += 1
            self.auto_wrong += not right
        self.answers[label(answer.verdict, answer.subclass)] += 1

    def to_json(self) -> dict[str, Any]:
        """Return the counts, the answers by how often they came."""
        return {
            "glyphs": self.glyphs,
            "right": self.right,
            "claimed_right": self.claimed_right,
            "claimed_wrong": self.claimed_wrong,
            "auto": self.auto,
            "auto_wrong": self.auto_wrong,
            "answers": dict(self.answers.most_common()),
        }


def label(verdict: Verdict | None, subclass: Subclass | None) -> str:
    """Name a class with its subclass; an input that could not be read is 読めない."""
    if verdict is None:
        return "読めない"
    return f"{verdict}・{subclass}" if subclass else str(verdict)


def true_glyphs(folder: Path) -> Iterator[TrueGlyph]:
    """Yield the truth of a survey in its order.

    Parameters
    ----------
    folder : Path
        That :mod:`engine.evaluation.national_survey` wrote.
    """
    import pyarrow.parquet as pq

    expected = _expected(folder)
    with pq.ParquetFile(folder / TRUTH) as file:
        for batch in file.iter_batches(columns=_COLUMNS):
            for values in batch.to_pylist():
                verdict = Verdict(values["class"])
                subclass = Subclass(values["subclass"]) if values["subclass"] else None
                yield TrueGlyph(
                    values["source"], label(verdict, subclass), values["picture"], expected[values["shape"]]
                )


def _expected(folder: Path) -> list[Expected]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / SHAPES) as file:
        return [
            Expected(
                verdicts=frozenset(map(Verdict, values["verdicts"])),
                exact=frozenset(values["exact"]),
                same_ucs=frozenset(values["same_ucs"]),
                nameable=frozenset(values["nameable"]),
                subclass=Subclass(values["subclass"]) if values["subclass"] else None,
            )
            for batch in file.iter_batches()
            for values in batch.to_pylist()
        ]


def answers(dataset: Path) -> Iterator[Identification]:
    """Yield what was said of each gaiji, in the order of a dataset of ``gaiji batch``."""
    from engine.batch.dataset import rows

    for batch in rows(dataset):
        columns = ("source", "class", "subclass", "mj", "review", "candidates")
        for values in batch.select(columns).to_pylist():
            yield Identification(
                source=values["source"],
                verdict=Verdict(values["class"]) if values["class"] else None,
                subclass=Subclass(values["subclass"]) if values["subclass"] else None,
                mj=values["mj"],
                review=Review(values["review"]),
                candidates=tuple(values["candidates"].split()),
            )


def score(truth: Iterable[TrueGlyph], given: Iterable[Identification]) -> Mapping[str, Score]:
    """Compare answers with the truth, row by row.

    Parameters
    ----------
    truth : iterable of TrueGlyph
    given : iterable of Identification
        As many, in the same order.

    Returns
    -------
    dict of str to Score
        By the class that the gaiji were made for, in the order of the ministry's table; 計 is the sum.

    Raises
    ------
    ValueError
        The two are not of one survey.
    """
    scores: dict[str, Score] = {}
    total = Score()
    for true, answer in zip(truth, given, strict=True):
        if not answer.source.endswith(true.source):
            msg = f"given: expected the answer to {true.source}, got {answer.source}"
            raise ValueError(msg)
        scores.setdefault(true.made_for, Score()).add(true.expected, answer)
        total.add(true.expected, answer)
    order = [label(verdict, None) for verdict in Verdict]
    order += [label(Verdict.UNIDENTIFIED, subclass) for subclass in Subclass]
    return {**{name: scores[name] for name in order if name in scores}, "計": total}
