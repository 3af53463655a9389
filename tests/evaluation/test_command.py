"""What the command writes where, without running the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import UsageError
from engine.evaluation import run
from engine.evaluation.__main__ import main
from engine.evaluation.command import evaluate
from engine.evaluation.metrics import combine, measure

ASKED: dict[str, object] = {}


@pytest.fixture(autouse=True)
def nothing_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(settings, *, sets, per_set, seed, criteria, progress):
        ASKED.update(sets=sets, per_set=per_set, seed=seed, criteria=criteria)
        progress("x", 0, 1)
        metrics = (measure("self-64", []),)
        return run.Report("ref", "engine", seed, per_set, metrics, (), combine("all", metrics), (), ())

    monkeypatch.setattr(run, "run_evaluation", fake)


def test_json_and_markdown_by_suffix(tmp_path: Path) -> None:
    evaluate(tmp_path / "sub" / "a.json", ["self"], 7, 3)
    assert json.loads((tmp_path / "sub" / "a.json").read_text(encoding="utf-8"))["per_set"] == 7
    evaluate(tmp_path / "a.md")
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("# 評価")
    assert not list(tmp_path.rglob("*.part"))


def test_without_a_file_json_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    evaluate()
    captured = capsys.readouterr()
    assert json.loads(captured.out)["format"] == "gaiji-evaluation-2"
    assert "self-64" in captured.err


def test_another_suffix_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.json"):
        evaluate(tmp_path / "a.xlsx")


@pytest.mark.parametrize("option", ["-o", "--sheet", "--reliability"])
def test_an_existing_file_is_replaced_only_by_force(tmp_path: Path, capsys, option: str) -> None:
    path = tmp_path / ("a.json" if option == "-o" else "a.png")
    path.write_text("mine", encoding="utf-8")
    ASKED.clear()
    assert main([option, str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "mine"
    assert not ASKED, "refused before any work"
    assert main([option, str(path), "--force"]) == 0
    assert b"mine" not in path.read_bytes()


def test_the_module_passes_its_options_on(tmp_path: Path) -> None:
    sets = ["--set", "dots", "--set", "self", "--per-set", "5", "--seed", "9", "--criteria", "v1"]
    code = main([*sets, "-o", str(tmp_path / "a.json")])
    assert code == 0
    assert ASKED == {"sets": ["dots", "self"], "per_set": 5, "seed": 9, "criteria": "v1"}


def test_the_module_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-o", str(tmp_path / "a.xlsx")]) == 2
    assert ".json" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["sheet", "reliability"])
def test_a_picture_is_written(tmp_path: Path, option: str) -> None:
    evaluate(tmp_path / "a.json", **{option: tmp_path / "new" / "a.png"})
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]
    assert (tmp_path / "new" / "a.png").read_bytes()[:4] == b"\x89PNG"
