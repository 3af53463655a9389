"""``gaiji rules`` as a user runs it."""

import json

import pytest
from PIL import Image

from engine.difference import DifferenceKind
from engine.judge import criteria
from engine.judge.criteria import CRITERIA_FOLDER, load_criteria
from tests.judge.test_criteria import SOUND
from tests.judge.test_example import EXAMPLES


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Criteria of our own, version ``t``, the last rule with an example of each form."""
    folder = tmp_path / "criteria"
    folder.mkdir()
    (folder / "t.toml").write_text(SOUND + EXAMPLES, encoding="utf-8")
    monkeypatch.setattr(criteria, "CRITERIA_FOLDER", folder)
    monkeypatch.setattr(load_criteria, "__defaults__", (folder,))


@pytest.mark.parametrize("version", sorted(path.stem for path in CRITERIA_FOLDER.glob("*.toml")))
def test_every_rule_is_told_in_full(gaiji, version, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    code, out, err = gaiji("rules", "--criteria", version)
    assert (code, err) == (0, "")
    loaded = load_criteria(version)
    assert out.startswith(loaded.title)
    for rule in loaded.rules:
        told = out[out.index(f"\n{rule.id}  {rule.title}") :]
        for words in (*(condition.sentence for condition in rule.conditions), rule.source):
            assert words in told


def test_without_a_version_the_one_in_use_is_shown(gaiji, refset):
    assert json.loads(gaiji("rules", "--json")[1])["version"] == refset.criteria


def test_an_unknown_version(gaiji):
    code, out, err = gaiji("rules", "--criteria", "v999")
    assert (code, out) == (1, "")
    assert "v1" in err


def test_json_has_conditions_and_examples(gaiji, own):
    document = json.loads(gaiji("rules", "--criteria", "t", "--json")[1])
    first, *_, last = document["rules"]
    assert first["class"] == "類似"
    assert first["conditions"] == [
        {
            "measure": "same", "at_least": 0.5, "below": None,
            "text": "最良の候補と同じ字形である確率が 50 % 以上",
        }
    ]  # fmt: skip
    assert (last["class"], last["review"]) == (None, "required")
    assert [sorted(each) for each in last["examples"]][3] == ["caption", "character", "note"]


def test_examples_as_picture_and_page(gaiji, own, tmp_path, reference_font):
    png, page = tmp_path / "基準.png", tmp_path / "基準.html"
    assert gaiji("rules", "--criteria", "t", "-o", png)[0] == 0
    with Image.open(png) as image:
        assert image.height > 500
    assert gaiji("rules", "--criteria", "t", "-o", png)[0] == 2
    assert gaiji("rules", "--criteria", "t", "-o", png, "--force")[0] == 0
    assert gaiji("rules", "--criteria", "t", "-o", page)[0] == 0
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/png;base64,") == 3 + 3 + 3 + 1
    assert "横画が短い" in text
    assert gaiji("rules", "-o", tmp_path / "a.json")[0] == 2


def test_the_kinds_of_difference(gaiji, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    out = gaiji("rules", "--differences")[1]
    for kind in DifferenceKind:
        assert f"\n{kind.value}  {kind.japanese}\n" in out
    document = json.loads(gaiji("rules", "--differences", "--json")[1])
    assert [each["kind"] for each in document["differences"]] == list(DifferenceKind)
    assert all(each["examples"] for each in document["differences"])
