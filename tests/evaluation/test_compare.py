"""Two reports side by side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UsageError
from engine.evaluation.case import Case, Expected, Outcome
from engine.evaluation.compare import compare, main, read_report, to_markdown
from engine.evaluation.metrics import SetMetrics, combine, measure
from engine.evaluation.report import to_json
from engine.evaluation.run import Report
from engine.glyph.model import Glyph
from engine.result import Identification, Review, Verdict

KANJI = Expected(
    frozenset({Verdict.SAME, Verdict.DESIGN}), exact=frozenset({"MJ000001"}), nameable=frozenset({"MJ000001"})
)


def metrics(name: str, accepted: int, cases: int = 4) -> SetMetrics:
    """Count a set of which the first ``accepted`` are called 字形一致, rightly, without a look."""
    glyph = Glyph(np.zeros((2, 2), np.uint8), "x")
    same = Identification("x", verdict=Verdict.SAME, mj="MJ000001", confidence=1.0, review=Review.AUTO)
    similar = Identification("x", verdict=Verdict.SIMILAR, confidence=0.0)
    case = Case("x", glyph, KANJI)
    return measure(name, [Outcome(case, same if i < accepted else similar) for i in range(cases)])


def report(*sets: SetMetrics, reference: str = "ref", seed: int = 1) -> Report:
    return Report(reference, "engine", seed, 4, sets, (), combine("all", sets), (), ())


def document(*sets: SetMetrics, **more) -> dict:
    return json.loads(to_json(report(*sets, **more)))


def test_each_figure_is_shown_before_and_after() -> None:
    before = document(metrics("mincho-64", 1), metrics("dots-24", 2), reference="measured")
    after = document(metrics("mincho-64", 3), metrics("dots-24", 2), reference="network")
    text = to_markdown(compare(before, after))
    assert "前: engine　measured" in text
    assert "後: engine　network" in text
    assert "| mincho-64 | 4 | 25.0 → 75.0 | 0.0 | 25.0 → 75.0 | 25.0 → 75.0 | 0.0 | 0.0 |" in text
    assert "| dots-24 | 4 | 50.0 | 0.0 | 50.0 | 50.0 | 0.0 | 0.0 |" in text
    assert "| all | 8 | 37.5 → 62.5 |" in text


def test_sets_of_one_report_only_are_left_out_and_so_is_a_total_over_others() -> None:
    found = compare(document(metrics("a", 1), metrics("b", 1)), document(metrics("b", 2), metrics("c", 1)))
    assert [pair.name for pair in found.sets] == ["b"]
    assert found.sets[0].values["same"] == (0.25, 0.5)


def test_a_figure_that_a_set_lacks_is_a_dash() -> None:
    pair = (document(measure("a", [])), document(measure("a", [])))
    assert "| a | 0 | — | — | — | — | — | — |" in to_markdown(compare(*pair))


def test_other_cases_are_not_compared() -> None:
    with pytest.raises(UsageError, match="--seed"):
        compare(document(metrics("a", 1), seed=1), document(metrics("a", 1), seed=2))


def test_the_module_prints_the_table_or_says_what_is_wrong(tmp_path: Path, capsys) -> None:
    good, old = tmp_path / "a.json", tmp_path / "old.json"
    good.write_text(to_json(report(metrics("a", 1))), encoding="utf-8")
    old.write_text('{"format": "gaiji-evaluation-1"}', encoding="utf-8")
    assert main([str(good), str(good)]) == 0
    assert "| a | 4 |" in capsys.readouterr().out
    assert main([str(good), str(old)]) == 2
    assert "作り直して" in capsys.readouterr().err
    for text in ("[]", "{", ""):
        old.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError):
            read_report(old)
    with pytest.raises(UsageError):
        read_report(tmp_path / "none.json")
