import pytest

from engine.errors import ReferenceSetError
from engine.judge.criteria import CRITERIA_FOLDER, Condition, load_criteria
from engine.judge.measure import MEASURES, Scale
from engine.result import Review

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
        (", at_least = 0.5", "", "at_least も below もありません"),
        ('review = "required"', 'review = "required"\nexamples = [{ reference = "MJ1" }]', "例の書き方"),
        ('review = "required"', 'review = "required"\nexamples = ["MJ000001"]', "規則に誤り"),
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
    assert all(any(ord(c) > 0x3000 for c in measure.title) for measure in MEASURES.values())
    flags = [measure for measure in MEASURES.values() if measure.scale is Scale.FLAG]
    assert all(measure.otherwise for measure in flags)


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (Condition("same", at_least=0.7), "最良の候補と同じ字形である確率が 70 % 以上"),
        (Condition("unshared_share", 0.01, 0.065), "相手のない画の割合が 1 % 以上、6.5 % 未満"),
        (Condition("size_px", below=20), "読み取った図での字の大きさ（長いほうの辺）が 20 画素未満"),
        (Condition("lead", at_least=4), "最良の候補の、次点に対する確からしさ（オッズ比）が 55 倍以上"),
        (Condition("kanji", at_least=1), "最良の候補は漢字である"),
        (Condition("offered", below=1), "最良の候補は指定した文字集合の外にある"),
    ],
)
def test_conditions_in_words(condition, sentence):
    assert condition.sentence == sentence


def test_a_measured_value_never_reads_like_a_bound_that_it_misses():
    condition = Condition("same", at_least=0.7)
    assert condition.describe(0.93).endswith("は 93 %（条件は 70 % 以上）")
    assert condition.describe(0.69998).endswith("は 69.998 %（条件は 70 % 以上）")
    assert condition.describe(0.7).endswith("は 70 %（条件は 70 % 以上）")
    assert Condition("offered", below=1).describe(1) == "最良の候補は指定した文字集合にある"


def test_a_probability_is_never_said_to_be_certain():
    condition = Condition("related", at_least=0.1)
    assert condition.describe(1.0).endswith("は 99.9 % 超（条件は 10 % 以上）")
    assert condition.describe(0.0).endswith("は 0.1 % 未満（条件は 10 % 以上）")
    assert Condition("same", at_least=0.9999).describe(0.99985).endswith("は 99.98 %（条件は 99.99 % 以上）")
    assert Condition("unshared_share", below=0.04).describe(0.0).endswith("は 0 %（条件は 4 % 未満）")


def test_odds_are_said_as_how_many_times_likelier():
    assert [MEASURES["lead"].say(value) for value in (0, 1.5, 4, 1000, -1000)] == [
        "1 倍", "4.48 倍", "55 倍", "1 万倍超", "0 倍",
    ]  # fmt: skip


def test_a_trace_says_which_conditions_held():
    rule = next(rule for rule in load_criteria("v1").class_rules if rule.id == "S1")
    measures = dict.fromkeys(MEASURES, 1.0) | {"unshared_stroke_px": 3.0, "unshared_share": 0.06}
    trace = rule.trace(measures)
    assert [each.condition for each in trace] == list(rule.conditions)
    assert [each.holds for each in trace] == [True, True, True, True, False]
    assert trace[-1].sentence == "相手のない画の割合は 6 %（条件は 6 % 未満）"


def test_a_rule_is_found_by_its_id():
    criteria = load_criteria("v1")
    assert criteria.rule("A1").review is Review.AUTO
    assert criteria.rule("tie:MJ000001") is None
