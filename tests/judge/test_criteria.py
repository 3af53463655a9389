import pytest

from engine.errors import ReferenceSetError
from engine.judge.criteria import CRITERIA_FOLDER, MEASURES, Condition, load_criteria

VERSIONS = sorted(path.stem for path in CRITERIA_FOLDER.glob("*.toml"))

SOUND = """
version = "t"
title = "試験"
[[class_rule]]
id = "X"
title = "t"
rationale = "r"
source = "s"
verdict = "類似"
when = [{ measure = "same", at_least = 0.5 }]
[[class_rule]]
id = "Y"
title = "t"
rationale = "r"
source = "s"
verdict = "同定不可能"
subclass = "不明文字"
[[review_rule]]
id = "Z"
title = "t"
rationale = "r"
source = "s"
review = "required"
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_every_rule_explains_itself(version):
    for rule in load_criteria(version).rules:
        assert rule.title, rule.id
        assert len(rule.rationale) >= 10, rule.id
        assert rule.source, rule.id


def test_bounds_are_closed_below_and_open_above():
    condition = Condition("same", at_least=0.2, below=0.4)
    held = [condition.holds({"same": value}) for value in (0.19, 0.2, 0.39, 0.4)]
    assert held == [False, True, True, False]


def test_sound_criteria_load(tmp_path):
    (tmp_path / "t.toml").write_text(SOUND, encoding="utf-8")
    criteria = load_criteria("t", tmp_path)
    assert [rule.id for rule in criteria.rules] == ["X", "Y", "Z"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('id = "Y"', 'id = "X"', "重複"),
        ('measure = "same"', 'measure = "sam"', "sam"),
        ('verdict = "類似"', 'verdict = "そっくり"', "そっくり"),
        ('version = "t"', 'version = "u"', "ファイル名"),
        ('subclass = "不明文字"', 'when = [{ measure = "same", below = 1 }]', "最後の class_rule"),
        ('review = "required"', "", "review"),
        ("[[class_rule]]", "[[class_rule", "読めません"),
        ('rationale = "r"', "", "rationale"),
    ],
)
def test_unsound_criteria_are_refused_and_the_message_names_the_place(tmp_path, before, after, message):
    assert before in SOUND
    (tmp_path / "t.toml").write_text(SOUND.replace(before, after), encoding="utf-8")
    with pytest.raises(ReferenceSetError, match=message):
        load_criteria("t", tmp_path)


def test_an_unknown_version_names_those_that_exist():
    with pytest.raises(ReferenceSetError, match="v1"):
        load_criteria("v999")


def test_every_measure_has_a_japanese_name():
    assert all(any(ord(c) > 0x3000 for c in text) for text in MEASURES.values())
