"""From cases to report, with an engine that answers by rule."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pytest

from engine.errors import UsageError
from engine.evaluation import report as reports
from engine.evaluation import tables
from engine.evaluation.case import Case, Expected
from engine.evaluation.groups import Group
from engine.evaluation.materials import Materials
from engine.evaluation.metrics import Proportion
from engine.evaluation.run import BLOCK_GLYPHS, Report, answer, evaluate, run_evaluation
from engine.evaluation.sets import CaseSet
from engine.evaluation.targets import Target, check_targets
from engine.glyph.model import Glyph, ReadFailure
from engine.result import Identification, Review, Verdict

KANJI = Expected(
    verdicts=frozenset({Verdict.SAME}),
    exact=frozenset({"MJ000001"}),
    same_ucs=frozenset({"MJ000001"}),
    nameable=frozenset({"MJ000001"}),
)


class FakeEngine:
    """Says MJ000001 of a blank glyph, unless it is left out, and MJ000002 of any other, always sure."""

    def __init__(self) -> None:
        self.blocks: list[int] = []

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        return self.identify_leave_out(glyphs, [()] * len(glyphs))

    def identify_leave_out(
        self, glyphs: Sequence[Glyph], left_out: Sequence[Collection[str]]
    ) -> list[Identification]:
        self.blocks.append(len(glyphs))
        return [self._one(glyph, names) for glyph, names in zip(glyphs, left_out, strict=True)]

    def _one(self, glyph: Glyph, left_out: Collection[str]) -> Identification:
        mj = "MJ000002" if glyph.ink.any() or "MJ000001" in left_out else "MJ000001"
        return Identification(
            source=glyph.source,
            verdict=Verdict.SAME,
            mj=mj,
            confidence=0.9,
            review=Review.AUTO,
            candidates=(mj,),
            reference="tiny",
            engine="fake",
        )


def glyph(level: int) -> Glyph:
    return Glyph(np.full((8, 8), level, np.uint8), "x")


def make_cases(materials: object, rng: np.random.Generator, count: int) -> Iterator[Case]:
    """Right, wrong, refused, in turn."""
    inputs = [glyph(0), glyph(255), ReadFailure("x", "empty-glyph", "")]
    for number in range(count):
        yield Case(f"case{number}", inputs[number % 3], KANJI)


@pytest.fixture
def materials() -> Materials:
    return Materials(truth=None, reference_font=None, glyph_ids={}, locate=None)  # type: ignore[arg-type]


@pytest.fixture
def report(materials: Materials) -> Report:
    sets = [
        CaseSet("mincho-64", "試し", Group.MINCHO, make_cases),
        CaseSet("dots-24", "試し", Group.DOTS, make_cases),
    ]
    return evaluate(FakeEngine(), materials, sets, per_set=6, seed=1)


def test_answers_keep_the_order_and_refused_inputs_keep_their_status() -> None:
    cases = list(make_cases(None, np.random.default_rng(0), 3))
    outcomes, seconds = answer(FakeEngine(), cases)
    assert [outcome.case.name for outcome in outcomes] == ["case0", "case1", "case2"]
    assert [outcome.answer.mj for outcome in outcomes] == ["MJ000001", "MJ000002", ""]
    assert outcomes[2].answer.status == "empty-glyph"
    assert seconds > 0


def test_what_a_case_leaves_out_reaches_the_engine() -> None:
    expected = Expected(verdicts=frozenset({Verdict.SIMILAR}), left_out=frozenset({"MJ000001"}))
    outcomes, _ = answer(FakeEngine(), [Case("a", glyph(0), KANJI), Case("b", glyph(0), expected)])
    assert [outcome.answer.mj for outcome in outcomes] == ["MJ000001", "MJ000002"]


def test_glyphs_are_asked_in_blocks() -> None:
    engine = FakeEngine()
    answer(engine, [Case(str(number), glyph(0), KANJI) for number in range(BLOCK_GLYPHS + 1)])
    assert engine.blocks == [1, BLOCK_GLYPHS, 1], "one to warm up, then blocks"


def test_the_report_counts_and_compares_with_the_targets(report: Report) -> None:
    assert (report.reference, report.engine) == ("tiny", "fake")
    for metrics in report.metrics:
        assert (metrics.n, metrics.unread) == (6, 2)
        assert metrics.right.hits == 2
        assert metrics.wrong_auto.hits == 2
    assert {result.set_name for result in report.targets} == {"mincho-64", "dots-24", "all"}
    assert [metrics.name for metrics in report.groups] == ["mincho", "dots"]
    assert (report.total.name, report.total.n, report.total.wrong_auto.hits) == ("all", 12, 4)
    missed = [(mistake.set_name, mistake.outcome.answer.review) for mistake in report.mistakes]
    assert missed == [
        (name, review)
        for name in ("mincho-64", "dots-24")
        for review in [Review.AUTO] * 2 + [Review.REQUIRED] * 2
    ]


@pytest.mark.parametrize(
    ("bounds", "reached"),
    [
        ({"at_least": 1 / 3}, True),
        ({"at_least": 0.34}, False),
        ({"at_most": 1 / 3}, True),
        ({"at_most": 0.3}, False),
    ],
)
def test_a_bound_includes_its_own_value(report: Report, bounds: dict[str, float], reached: bool) -> None:
    target = Target("x", ("mincho-64",), "top1_ucs", "test", **bounds)
    assert [result.reached for result in check_targets([target], report.metrics)] == [reached]


def test_the_total_and_the_worst_set_can_be_targets(report: Report) -> None:
    better = dataclasses.replace(report.metrics[0], name="better", wrong_among_auto=Proportion(0, 9))
    silent = dataclasses.replace(report.metrics[0], name="silent", wrong_among_auto=None)
    target = Target("x", ("all", "*"), "wrong_among_auto", "test", at_most=0.001)
    results = check_targets([target], [silent, better, *report.metrics], report.total)
    assert [(result.set_name, result.value) for result in results] == [("all", 0.5), ("mincho-64", 0.5)]
    assert check_targets([target], [silent]) == []
    floor = Target("y", ("*",), "right", "test", at_least=0.1)
    worse = dataclasses.replace(better, name="worse", right=Proportion(0, 9))
    assert [result.set_name for result in check_targets([floor], [better, worse])] == ["worse"]


def test_a_missing_metric_is_not_reached(report: Report) -> None:
    target = Target("x", ("mincho-64",), "subclass_right", "test", at_least=0.0)
    assert [result.reached for result in check_targets([target], report.metrics)] == [False]


def test_json_is_complete_and_plain(report: Report) -> None:
    document = json.loads(reports.to_json(report))
    assert [entry["name"] for entry in document["sets"]] == ["mincho-64", "dots-24"]
    first = document["sets"][0]
    assert first["top1_exact"]["hits"] == 2
    assert first["top1_exact"]["share"] == pytest.approx(1 / 3)
    assert len(first["top1_exact"]["interval95"]) == 2
    assert first["accepted_wrong"]["hits"] == 2
    assert first["confusion"] == {"字形一致": {"字形一致": 2, "字形一致（別の字）": 2, "unread": 2}}
    assert sum(each["n"] for each in first["reliability"]) == 4
    assert [entry["name"] for entry in document["groups"]] == ["mincho", "dots"]
    assert document["total"]["n"] == 12
    assert document["targets"][0]["reached"] is False
    assert document["worst"][0]["class"] == "字形一致"
    assert [mistake["set"] for mistake in document["worst"][:4]] == ["dots-24"] * 2 + ["mincho-64"] * 2


def test_markdown_has_a_row_for_each_set_and_marks_the_targets(report: Report) -> None:
    text = reports.to_markdown(report)
    assert "| mincho-64 | 6 | 33.3 (" in text
    assert "未達" in text
    assert "| all | 字形一致 | 4 | 4 |" in text, "the confusion of all sets together"
    assert "| dots |" in text, "the reliability of a group"
    width = 0
    for line in text.splitlines():
        width = 0 if not line.startswith("|") else width or line.count("|")
        assert line.count("|") == width, line


def test_the_terminal_tables_hold_the_same_sets(report: Report) -> None:
    candidates, classes, targets = tables.terminal_tables(report)
    assert candidates.row_count == classes.row_count == 3
    assert targets.row_count == len(report.targets)


def test_an_impossible_count_is_refused_before_any_work(settings) -> None:
    with pytest.raises(UsageError, match="per-set"):
        run_evaluation(settings, per_set=0)
