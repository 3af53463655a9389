"""A simulation agrees with the rules row by row, and its sums with the results."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.output.load import LoadError
from engine.policy.action import Action
from engine.policy.columns import NEEDED, from_rows, from_table, read_columns
from engine.policy.decide import decide, decide_all
from engine.policy.load import load_policy
from engine.policy.policy import DifferenceRule
from engine.policy.signatures import look
from engine.policy.simulate import OUTCOMES, Minutes, compare, neighbours, simulate
from engine.result import Identification, Review, Verdict
from tests.policy.material import policies, rows

SOME_ROWS = st.lists(rows(), min_size=1, max_size=25)
STANDARD, STRICT = load_policy("standard"), load_policy("strict")


@given(policies(), SOME_ROWS)
@settings(max_examples=20, deadline=None)
def test_every_row_gets_what_its_rule_says_and_the_sums_agree_to_the_last_glyph(targets, policy, given_rows):
    simulation = simulate(policy, given_rows, targets)
    expected = decide_all(policy, given_rows, targets)
    assert [simulation.ruling(at) for at in range(len(given_rows))] == expected
    assert [OUTCOMES[each] for each in simulation.outcome] == [each.action for each in expected]
    counts = Counter(each.action for each in expected)
    assert simulation.whole.counts == tuple(counts[outcome] for outcome in OUTCOMES)
    assert simulation.whole.total == len(given_rows)
    for lines in (
        simulation.by_class,
        simulation.by_system,
        simulation.by_municipality,
        simulation.by_submitted,
    ):
        assert tuple(map(sum, zip(*(line.counts for line in lines), strict=True))) == simulation.whole.counts
    by_rule = Counter(each.rule for each in expected)
    assert {rule.id: line.total for rule, line in simulation.by_rule} == {
        rule.id: by_rule[rule.id] for rule in policy.rules
    }
    shapes = simulation.shapes()
    changing = [
        each
        for row, each in zip(given_rows, expected, strict=True)
        if each.action and each.action.replaces and (row.verdict is not Verdict.SAME or each.target == 2)
    ]
    assert sum(shape.rows for shape in shapes) == len(changing)
    assert all(given_rows[at].mj == shape.mj for shape in shapes for at in shape.examples)


@given(policies(), SOME_ROWS)
@settings(max_examples=12, deadline=None)
def test_sensitivity_tells_what_a_real_change_would_do(targets, policy, given_rows):
    simulation = simulate(policy, given_rows, targets)
    shifts = simulation.sensitivity()
    assert [(each.rule.id, each.action) for each in shifts] == [
        (rule.id, action) for rule in policy.rules for action in neighbours(rule)
    ]
    for each in shifts:
        other = simulate(policy.with_action(each.rule.id, each.action), given_rows, targets)
        moved = Counter(
            (OUTCOMES[a], OUTCOMES[b])
            for a, b in zip(simulation.outcome, other.outcome, strict=True)
            if a != b
        )
        assert {(a, b): count for a, b, count in each.moved} == moved
        assert each.hours == pytest.approx(other.total_hours - simulation.total_hours)


@given(policies(), SOME_ROWS, st.data())
@settings(max_examples=20, deadline=None)
def test_changing_one_rule_changes_only_rows_that_it_decides(targets, policy, given_rows, data):
    rule = data.draw(st.sampled_from(policy.rules))
    changed = policy.with_action(rule.id, data.draw(st.sampled_from(rule.allowed)))
    compared = compare(policy, changed, given_rows, targets)
    for at, (a, b) in enumerate(zip(compared.before.outcome, compared.after.outcome, strict=True)):
        if a != b:
            assert rule.id in (compared.before.ruling(at).rule, compared.after.ruling(at).rule)
    assert int(compared.counts.sum()) == len(given_rows)
    assert compared.changed == sum(count for _, _, count in compared.moves())


@given(policies(), policies(), SOME_ROWS)
@settings(max_examples=12, deadline=None)
def test_a_comparison_counts_each_row_once_and_names_rows_that_moved(targets, policy, other, given_rows):
    compared = compare(policy, other, given_rows, targets)
    assert tuple(compared.counts.sum(axis=1)) == compared.before.whole.counts
    assert tuple(compared.counts.sum(axis=0)) == compared.after.whole.counts
    for a, b, _ in compared.moves():
        for at in compared.examples(a, b):
            assert decide(policy, given_rows[at], targets).action is a
            assert decide(other, given_rows[at], targets).action is b


@given(policies(), st.permutations(list(range(12))), st.data())
@settings(max_examples=10, deadline=None)
def test_order_and_repetition_of_rows_do_not_matter(targets, policy, order, data):
    given_rows = data.draw(st.lists(rows(), min_size=12, max_size=12))
    once = simulate(policy, given_rows, targets)
    shuffled = simulate(policy, [given_rows[at] for at in order], targets)
    assert shuffled.whole == once.whole
    assert shuffled.pictures == once.pictures
    twice = simulate(policy, given_rows * 2, targets)
    assert twice.whole.counts == tuple(2 * count for count in once.whole.counts)
    assert twice.pictures == once.pictures  # the same pictures again need no second look


def row(number: int, verdict: Verdict, *evidence: str, **more) -> Identification:
    more = {"mj": "MJ026190", "review": Review.REQUIRED} | more
    return Identification("外字.tte", f"U+{0xE000 + number:04X}", verdict, evidence=evidence, **more)


def test_a_case_counted_by_hand(targets):
    given_rows = [
        row(0, Verdict.SAME, review=Review.AUTO),
        row(1, Verdict.SAME, review=Review.AUTO, same_as="外字.tte#U+E000"),
        row(2, Verdict.DESIGN, "diff:2-4"),
        row(3, Verdict.SIMILAR, "R1", "hosetsu:U082", "diff:f-1"),
        row(4, Verdict.SIMILAR, "R1", "diff:f-1", same_as="よそ.tte#U+E000"),
        row(5, Verdict.SIMILAR, "R1", "diff:f-1", same_as="よそ.tte#U+E000"),
        Identification("壊れ.png", status="unreadable-image"),
    ]
    simulation = simulate(STANDARD, given_rows, targets, Minutes(look=1, two=3, ask=30))
    assert simulation.whole.counts == (2, 0, 2, 2, 0, 0, 1)
    assert simulation.disappearing == 4
    assert simulation.pictures.counts == (1, 0, 2, 1, 0, 0, 1)
    assert simulation.hours == {Action.LOOK: 0, Action.TWO: 0.1, Action.ASK: 0.5, Action.FORBID: 0}
    assert [(line.title, line.total) for line in simulation.by_difference] == [
        ("2-4 交わるか、交わらないか", 1),
        ("f-1 画が多い", 3),
    ]
    assert [(s.mj, s.why, s.action, s.rows) for s in simulation.shapes()] == [
        ("MJ026190", "デザイン差", Action.TWO, 1),
        ("MJ026190", "類似", Action.TWO, 1),
    ]
    compared = compare(STANDARD, STRICT, given_rows, targets)
    assert compared.moves() == ((Action.REPLACE, Action.TWO, 2), (Action.TWO, Action.ASK, 2))
    assert compared.examples(Action.REPLACE, Action.TWO) == (0,)  # the other one is the same picture


def test_a_new_difference_rule_touches_only_its_kind(targets):
    from dataclasses import replace

    from engine.difference import DifferenceKind

    given_rows = [row(at, Verdict.DESIGN, f"diff:{kind.value}") for at, kind in enumerate(DifferenceKind)]
    rule = DifferenceRule("N", Action.FORBID, "例", (DifferenceKind.HOOK,), (Verdict.DESIGN,))
    changed = replace(STANDARD, difference_rules=(*STANDARD.difference_rules, rule))
    compared = compare(STANDARD, changed, given_rows, targets)
    assert compared.moves() == ((Action.LOOK, Action.FORBID, 1),)
    (at,) = compared.examples(Action.LOOK, Action.FORBID)
    assert given_rows[at].evidence == ("diff:3-7",)


def test_columns_come_from_files_as_from_rows(tmp_path, targets):
    from engine.output.parquet import schema
    from engine.output.record import to_record
    from engine.output.sink import RowSink

    given_rows = [row(at, Verdict.DESIGN, "diff:2-4") for at in range(5)]
    given_rows.append(Identification("壊れ.png", status="unreadable-image"))
    for name in ("a.csv", "a.parquet", "a.jsonl"):
        with RowSink(tmp_path / name) as sink:
            for each in given_rows:
                sink.write(each)
    tables = [read_columns([tmp_path / name]) for name in ("a.csv", "a.parquet", "a.jsonl")]
    expected = from_rows(given_rows)
    for found in tables:
        assert [found.table.column(name).to_pylist() for name in NEEDED] == [
            expected.table.column(name).to_pylist() for name in NEEDED
        ]
    both = read_columns([tmp_path / "a.csv", tmp_path / "a.parquet", tmp_path / "a.csv"])
    assert len(both) == 12
    assert both.file_of(5) == tmp_path / "a.csv"
    assert both.file_of(6) == tmp_path / "a.parquet"
    assert both.rows([7])[0] == given_rows[1]
    whole = simulate(STANDARD, both, targets).whole
    assert whole.total == 12
    table = pa.Table.from_pylist([to_record(each) for each in given_rows], schema=schema())
    without = table.drop_columns(["same_as", "near_same", "kind", "font"])
    assert simulate(STANDARD, from_table(without), targets).whole.total == 6


def test_a_file_that_is_no_result_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(LoadError, match="同定の結果ではありません"):
        read_columns([path])
    path.write_bytes(b"PAR1")
    with pytest.raises(LoadError, match="Parquet として読めません"):
        read_columns([path])
    names = {name: ["a"] for name in NEEDED} | {"class": ["字形"], "subclass": [""], "review": ["auto"]}
    pq.write_table(pa.table(names), path)
    with pytest.raises(LoadError, match="「class」に「字形」"):
        read_columns([path])
    with pytest.raises(LoadError, match="ファイルがありません"):
        read_columns([tmp_path / "none.parquet"])
    with pytest.raises(UsageError, match="行がありません"):
        read_columns([_empty(tmp_path)])


def _empty(folder):
    from engine.output.parquet import schema

    path = folder / "empty.parquet"
    pq.write_table(schema().empty_table(), path)
    return path


def test_missing_values_of_a_foreign_table_are_taken_as_empty(targets):
    names: dict[str, list[str | None]] = {name: [None, None] for name in NEEDED}
    names |= {
        "source": ["a", "b"],
        "class": ["類似", None],
        "review": ["required", None],
        "status": ["ok", "x"],
    }
    found = look(from_table(pa.table({name: pa.array(each, pa.string()) for name, each in names.items()})))
    simulation = simulate(STANDARD, found, targets)
    assert simulation.whole.of(None) == 1
    assert simulation.whole.total == 2
