"""Tries a policy on results: what would happen to how many gaiji, and what it would cost in looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.policy.action import Action
from engine.policy.columns import Results, from_rows
from engine.policy.decide import Ruler, Ruling
from engine.policy.policy import Policy, Rule
from engine.policy.signatures import CLASSES, KINDS, Looked, Signatures, group, look
from engine.policy.targets import Target, Targets
from engine.result import Identification, Verdict

OUTCOMES: tuple[Action | None, ...] = (*Action, None)
"""What counts are counted by; None is what could not be read."""

UNREADABLE_TITLE = "読めなかったもの"
_PLACE = {outcome: at for at, outcome in enumerate(OUTCOMES)}
_NO_SYSTEM, _NO_KIND = "（システムの記載なし）", "（種類の記載なし）"


@dataclass(frozen=True, slots=True)
class Minutes:
    """How long people take for one picture, in minutes of all of them together.

    These are assumptions, to be replaced by what was measured in one's own office.
    """

    look: float = 1.0
    two: float = 2.0
    ask: float = 20.0
    forbid: float = 10.0

    def of(self, action: Action | None) -> float:
        """Return the minutes that an action takes for one picture."""
        by_action = {
            Action.LOOK: self.look,
            Action.TWO: self.two,
            Action.ASK: self.ask,
            Action.FORBID: self.forbid,
        }
        return by_action.get(action, 0.0) if action else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """Counts of some rows.

    Attributes
    ----------
    title : str
    counts : tuple of int
        Rows by outcome, in the order of :data:`OUTCOMES`.
    """

    title: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All rows of the line."""
        return sum(self.counts)

    def of(self, *outcomes: Action | None) -> int:
        """Return the rows of some outcomes together."""
        return sum(self.counts[_PLACE[outcome]] for outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Shape:
    """An MJ by which gaiji of another shape are replaced.

    Attributes
    ----------
    mj : str
        Empty for symbols that are replaced by a character of another kind.
    why : str
        ``デザイン差``, ``類似``, ``変体仮名``, ``記号等`` or ``縮退``.
    action : Action
    rows : int
    examples : tuple of int
        Places of a few of the rows, of different pictures.
    """

    mj: str
    why: str
    action: Action
    rows: int
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """What another action for one rule would change.

    Attributes
    ----------
    rule : Rule
        As it is in the policy.
    action : Action
        What it would be.
    moved : tuple of (Action or None, Action or None, int)
        From, to, rows; the most first.
    hours : float
        Of staff, more (or less, below zero).
    """

    rule: Rule
    action: Action
    moved: tuple[tuple[Action | None, Action | None, int], ...]
    hours: float

    @property
    def rows(self) -> int:
        """Rows whose outcome changes."""
        return sum(count for _, _, count in self.moved)


@dataclass(frozen=True, eq=False)
class Simulation:
    """A policy tried on N rows.

    Attributes
    ----------
    policy : Policy
    looked : Looked
    signatures : Signatures
    rulings : tuple of Ruling
        Of each signature.
    minutes : Minutes
    """

    policy: Policy
    looked: Looked
    signatures: Signatures
    rulings: tuple[Ruling, ...]
    minutes: Minutes = field(default_factory=Minutes)

    def __len__(self) -> int:
        return len(self.looked)

    @cached_property
    def outcome(self) -> NDArray[np.int8]:
        """(N,) int8, places in :data:`OUTCOMES`: what happens to each row."""
        return self._outcome_of_signature[self.signatures.of_row]

    @cached_property
    def whole(self) -> Line:
        """All rows."""
        return Line("計", _tuple(np.bincount(self.outcome, minlength=len(OUTCOMES))))

    @property
    def disappearing(self) -> int:
        """Gaiji that are no longer used in the end, if every look agrees: replaced, or forbidden."""
        return self.whole.of(Action.REPLACE, Action.LOOK, Action.TWO, Action.FORBID)

    @cached_property
    def pictures(self) -> Line:
        """Different pictures by outcome: as often as a person has to look."""
        counts = np.zeros(len(OUTCOMES), np.int64)
        np.add.at(counts, self._outcome_of_signature, self.signatures.pictures)
        return Line("図形", _tuple(counts))

    @property
    def hours(self) -> Mapping[Action, float]:
        """Staff hours by action, those that take any."""
        found = {action: self.minutes.of(action) * self.pictures.of(action) / 60 for action in Action}
        return {action: hours for action, hours in found.items() if self.minutes.of(action)}

    @property
    def total_hours(self) -> float:
        """Staff hours of all."""
        return sum(self.hours.values())

    def ruling(self, place: int) -> Ruling:
        """Return what the policy says of one row, by its place."""
        return self.rulings[int(self.signatures.of_row[place])]

    @cached_property
    def by_class(self) -> tuple[Line, ...]:
        """Rows by class and subclass; what could not be read is the last."""
        titles = [
            f"{verdict}（{subclass}）" if subclass else (verdict.value if verdict else UNREADABLE_TITLE)
            for verdict, subclass in CLASSES
        ]
        return self._lines(self.looked.classes.astype(np.int32), titles)

    @cached_property
    def by_system(self) -> tuple[Line, ...]:
        """Rows by business system, the most first."""
        return self._named("system", _NO_SYSTEM)

    @cached_property
    def by_municipality(self) -> tuple[Line, ...]:
        """Rows by 団体コード, the most first."""
        return self._named("municipality", "（団体コードの記載なし）")

    @cached_property
    def by_submitted(self) -> tuple[Line, ...]:
        """Rows by the kind that they were submitted as."""
        from engine.report.words import SUBMITTED

        codes, values = self.looked.results.codes("kind")
        titles = [SUBMITTED.get(value, value) if value else _NO_KIND for value in values]
        return tuple(sorted(self._lines(codes, titles), key=lambda line: line.title))

    @cached_property
    def by_difference(self) -> tuple[Line, ...]:
        """Rows by each kind of difference that they name: one with two kinds is in two lines."""
        lines = []
        for bit, kind in enumerate(KINDS):
            having = (self.looked.kinds >> np.uint32(bit) & 1).astype(bool)
            counts = np.bincount(self.outcome[having], minlength=len(OUTCOMES))
            lines.append(Line(f"{kind.value} {kind.japanese}", _tuple(counts)))
        return tuple(line for line in lines if line.total)

    @cached_property
    def by_rule(self) -> tuple[tuple[Rule, Line], ...]:
        """Rows by the rule that decides them, in the policy's order; what could not be read has none."""
        counts = {rule.id: np.zeros(len(OUTCOMES), np.int64) for rule in self.policy.rules}
        for at, ruling in enumerate(self.rulings):
            if ruling.rule:
                counts[ruling.rule][_PLACE[ruling.action]] += self.signatures.rows[at]
        return tuple((rule, Line(rule.title, _tuple(counts[rule.id]))) for rule in self.policy.rules)

    def shapes(self, examples: int = 3) -> tuple[Shape, ...]:
        """Return what replaces gaiji of another shape, the most rows first.

        Parameters
        ----------
        examples : int
            At most this many rows are named for each.
        """
        why = np.array(
            [_why(ruling, at) for ruling, at in zip(self.rulings, self._verdicts, strict=True)], object
        )
        changing = np.array([bool(each) for each in why], np.bool_)[self.signatures.of_row]
        places = np.flatnonzero(changing)
        if not len(places):
            return ()
        reasons = sorted({each for each in why.tolist() if each})
        reason = np.array([reasons.index(each) if each else 0 for each in why], np.int64)
        key = self.looked.mj[places].astype(np.int64) * len(reasons) + reason[self.signatures.of_row[places]]
        key = key * len(OUTCOMES) + self.outcome[places]
        order = np.lexsort((places, key))
        keys, starts, counts = np.unique(key[order], return_index=True, return_counts=True)
        found = []
        for at in np.lexsort((keys, -counts)).tolist():
            mj, rest = divmod(int(keys[at]), len(reasons) * len(OUTCOMES))
            action = OUTCOMES[rest % len(OUTCOMES)]
            rows = places[order[starts[at] : starts[at] + counts[at]]]
            shown = _different(rows[:1000], self.looked.pictures, examples)
            if action is not None:
                found.append(
                    Shape(self.looked.names[mj], reasons[rest // len(OUTCOMES)], action, len(rows), shown)
                )
        return tuple(found)

    def sensitivity(self) -> tuple[Shift, ...]:
        """Return what changes if one rule alone is made one step looser, or stricter."""
        having_a_say: dict[str, list[int]] = {rule.id: [] for rule in self.policy.rules}
        for at, ruling in enumerate(self.rulings):
            for identifier in ruling.considered:
                having_a_say[identifier].append(at)
        return tuple(
            self._shift(rule, action, having_a_say[rule.id])
            for rule in self.policy.rules
            for action in neighbours(rule)
        )

    @cached_property
    def _outcome_of_signature(self) -> NDArray[np.int8]:
        return np.array([_PLACE[ruling.action] for ruling in self.rulings], np.int8)

    @cached_property
    def _verdicts(self) -> tuple[Verdict | None, ...]:
        return tuple(each.verdict for each in self.signatures.features)

    def _named(self, column: str, nameless: str) -> tuple[Line, ...]:
        codes, values = self.looked.results.codes(column)
        lines = self._lines(codes, [value or nameless for value in values])
        return tuple(sorted(lines, key=lambda line: (-line.total, line.title)))

    def _lines(self, codes: NDArray[np.int32], titles: Sequence[str]) -> tuple[Line, ...]:
        width = len(OUTCOMES)
        counts = np.bincount(codes.astype(np.int64) * width + self.outcome, minlength=len(titles) * width)
        table = counts.reshape(-1, width)
        return tuple(
            Line(title, _tuple(row)) for title, row in zip(titles, table, strict=True) if int(row.sum())
        )

    def _shift(self, rule: Rule, action: Action, touched: Sequence[int]) -> Shift:
        ruler = Ruler(self.policy.with_action(rule.id, action))
        moved: dict[tuple[Action | None, Action | None], int] = {}
        minutes = 0.0
        for at in touched:
            before, after = self.rulings[at].action, ruler.rule_on(self.signatures.features[at]).action
            if before is not after:
                rows, pictures = int(self.signatures.rows[at]), int(self.signatures.pictures[at])
                moved[before, after] = moved.get((before, after), 0) + rows
                minutes += pictures * (self.minutes.of(after) - self.minutes.of(before))
        told = sorted(moved.items(), key=lambda item: (-item[1], _PLACE[item[0][0]], _PLACE[item[0][1]]))
        return Shift(rule, action, tuple((a, b, count) for (a, b), count in told), minutes / 60)


def neighbours(rule: Rule) -> tuple[Action, ...]:
    """Return the next looser and the next stricter action that a rule may have, as far as there are any."""
    at = rule.allowed.index(rule.action)
    return (*rule.allowed[max(0, at - 1) : at], *rule.allowed[at + 1 : at + 2])


def simulate(
    policy: Policy, results: Results | Looked | Iterable[Identification], targets: Targets,
    minutes: Minutes | None = None,
) -> Simulation:  # fmt: skip
    """Try a policy.

    Parameters
    ----------
    policy : Policy
    results : Results, Looked or iterable of Identification
        Columns from files or an Arrow table (:mod:`engine.policy.columns`), or rows. For several
        policies turn them into a :class:`Looked` once (:func:`engine.policy.signatures.look`).
    targets : Targets
        Of the reference set.
    minutes : Minutes, optional
        What the looks cost.
    """
    if isinstance(results, Looked):
        looked = results
    else:
        looked = look(results if isinstance(results, Results) else from_rows(results))
    signatures = group(looked, policy, targets)
    ruler = Ruler(policy)
    rulings = tuple(ruler.rule_on(each) for each in signatures.features)
    return Simulation(policy, looked, signatures, rulings, minutes or Minutes())


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two policies on the same rows.

    Attributes
    ----------
    before, after : Simulation
    """

    before: Simulation
    after: Simulation

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(7, 7) int64: rows by outcome before and after, in the order of :data:`OUTCOMES`."""
        width = len(OUTCOMES)
        pairs = self.before.outcome.astype(np.int64) * width + self.after.outcome
        return np.bincount(pairs, minlength=width * width).reshape(width, width).astype(np.int64)

    @property
    def changed(self) -> int:
        """Rows whose outcome differs."""
        return int(self.counts.sum() - np.trace(self.counts))

    def examples(self, before: Action | None, after: Action | None, most: int = 3) -> tuple[int, ...]:
        """Return the places of a few rows with these outcomes, of different pictures."""
        chosen = (self.before.outcome == _PLACE[before]) & (self.after.outcome == _PLACE[after])
        return _different(np.flatnonzero(chosen)[:1000], self.before.looked.pictures, most)

    def moves(self) -> tuple[tuple[Action | None, Action | None, int], ...]:
        """Return the outcomes that differ, with their rows, the most first."""
        found = [
            (OUTCOMES[a], OUTCOMES[b], int(self.counts[a, b]))
            for a, b in np.argwhere(self.counts).tolist()
            if a != b
        ]
        return tuple(sorted(found, key=lambda each: (-each[2], _PLACE[each[0]], _PLACE[each[1]])))


def compare(
    before: Policy, after: Policy, results: Results | Looked | Iterable[Identification], targets: Targets,
    minutes: Minutes | None = None,
) -> Comparison:  # fmt: skip
    """Try two policies on the same rows; parameters as for :func:`simulate`."""
    first = simulate(before, results, targets, minutes)
    return Comparison(first, simulate(after, first.looked, targets, minutes))


def _why(ruling: Ruling, verdict: Verdict | None) -> str:
    """Return why the shape changes where the policy replaces; empty where it does not."""
    if ruling.action is None or not ruling.action.replaces:
        return ""
    if ruling.target is Target.SHRINK:
        return "縮退"
    if verdict is Verdict.UNIDENTIFIED:
        return "記号等" if ruling.target is Target.CHARACTER else "変体仮名"
    return "" if verdict is Verdict.SAME or verdict is None else verdict.value


def _different(places: NDArray[np.int64], pictures: NDArray[np.int32], most: int) -> tuple[int, ...]:
    """Return the first places of different pictures."""
    _, first = np.unique(pictures[places], return_index=True)
    return tuple(places[np.sort(first)[:most]].tolist())


def _tuple(counts: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(count) for count in counts)
