"""Every kind of difference is described once, with an example."""

import pytest

from engine.difference import DifferenceKind
from engine.errors import ReferenceSetError
from engine.judge.example import ChangedExample
from engine.judge.vocabulary import VOCABULARY_PATH, load_vocabulary

TEXT = VOCABULARY_PATH.read_text(encoding="utf-8")


def test_every_kind_is_described_and_shown():
    vocabulary = load_vocabulary()
    assert [each.kind for each in vocabulary] == list(DifferenceKind)
    for each in vocabulary:
        assert each.explanation.endswith("。")
        assert each.examples
        shown = {example.change for example in each.examples if isinstance(example, ChangedExample)}
        assert shown <= {each.kind}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('kind = "2-2"', 'kind = "9-9"'),
        ('kind = "2-2"', 'kind = "2-1"'),
        ("explanation =", "explain ="),
        ("[[difference]]", "[[difference"),
        ('change = "2-1"', 'change = "2"'),
        ("examples = [", 'examples = ["x",'),
    ],
)
def test_a_damaged_list_is_refused(tmp_path, before, after):
    assert before in TEXT
    path = tmp_path / "vocabulary.toml"
    path.write_text(TEXT.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ReferenceSetError, match=r"vocabulary\.toml"):
        load_vocabulary(path)


def test_a_missing_list_is_refused(tmp_path):
    with pytest.raises(ReferenceSetError, match="入れ直して"):
        load_vocabulary(tmp_path / "none.toml")
