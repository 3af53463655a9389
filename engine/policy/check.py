"""What a policy objects to in existing gaiji: needless ones, doubles, outside the set, forbidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from engine.policy.action import Action
from engine.policy.policy import Policy
from engine.policy.signatures import CLASSES, Looked
from engine.policy.simulate import OUTCOMES, Simulation, simulate
from engine.policy.targets import Target, Targets
from engine.result import Verdict


class Objection(StrEnum):
    """What is wrong with a gaiji; a gaiji may have several."""

    EXISTS = "exists"
    """It is an MJ character that its system has."""
    SAME_PICTURE = "same-picture"
    """Another gaiji of the system is exactly the same picture."""
    NEAR_PICTURE = "near-picture"
    """Another gaiji of the system is nearly the same picture."""
    SAME_MJ = "same-mj"
    """Another gaiji of the system, another picture, is the same MJ."""
    OUTSIDE = "outside"
    """It is an MJ outside the character set of its system."""
    FORBIDDEN = "forbidden"
    """The policy forbids it."""

    @property
    def japanese(self) -> str:
        """Title for people."""
        return _TITLES[self]


_TITLES = {
    Objection.EXISTS: "標準の文字として既にある",
    Objection.SAME_PICTURE: "同じ図形の外字がほかにもある",
    Objection.NEAR_PICTURE: "ほとんど同じ図形の外字がほかにもある",
    Objection.SAME_MJ: "同じ MJ に当たる外字がほかにもある",
    Objection.OUTSIDE: "システムの文字集合の外の文字",
    Objection.FORBIDDEN: "ポリシーが使用を認めない",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One objection to one gaiji.

    Attributes
    ----------
    place : int
        Of the row.
    objection : Objection
    other : int
        Place of the row that it doubles; −1 where it doubles none.
    sure : bool
        False where a person has to look before anything is done.
    rule : str
        Id of the policy's rule for ``outside`` and ``forbidden``; else empty.
    """

    place: int
    objection: Objection
    other: int = -1
    sure: bool = True
    rule: str = ""


@dataclass(frozen=True, eq=False)
class Checked:
    """What a policy objects to in N rows.

    Attributes
    ----------
    simulation : Simulation
        The policy on the same rows.
    violations : tuple of Violation
        By row, then in the order of :class:`Objection`.
    repeated : int
        Rows left out because the same gaiji (key and source) is in the results twice.
    """

    simulation: Simulation
    violations: tuple[Violation, ...]
    repeated: int

    @property
    def counts(self) -> Mapping[Objection, int]:
        """Rows by objection."""
        found = Counter(each.objection for each in self.violations)
        return {objection: found[objection] for objection in Objection}

    @property
    def rows(self) -> int:
        """Rows with at least one objection."""
        return len({each.place for each in self.violations})


def check(policy: Policy, looked: Looked, targets: Targets) -> Checked:
    """Check results against a policy.

    Parameters
    ----------
    policy : Policy
    looked : Looked
    targets : Targets

    Notes
    -----
    Doubles are looked for within one system of one municipality: that two municipalities have the same gaiji
    is no fault of either. Of doubles the first row is not objected to.
    """
    simulation = simulate(policy, looked, targets)
    own = _first_of_each(looked)
    identified = np.isin(looked.classes, [at for at, (v, _) in enumerate(CLASSES) if v in _ACCEPTED])
    target = np.array([ruling.target for ruling in simulation.rulings], np.int8)[simulation.signatures.of_row]
    forbidden = simulation.outcome == OUTCOMES.index(Action.FORBID)
    found = [
        Violation(at, Objection.EXISTS, sure=not looked.required[at])
        for at in np.flatnonzero(own & identified & (target == Target.MJ)).tolist()
    ]
    found += _doubles(looked, own & (looked.classes < len(CLASSES) - 1), identified)
    outside = own & identified & np.isin(target, (Target.SHRINK, Target.OUTSIDE))
    for objection, mask in ((Objection.OUTSIDE, outside), (Objection.FORBIDDEN, own & forbidden)):
        for at in np.flatnonzero(mask).tolist():
            sure = objection is Objection.FORBIDDEN or not looked.required[at]
            found.append(Violation(at, objection, sure=sure, rule=simulation.ruling(at).rule))
    order = {objection: at for at, objection in enumerate(Objection)}
    found.sort(key=lambda each: (each.place, order[each.objection]))
    return Checked(simulation, tuple(found), int((~own).sum()))


_ACCEPTED = (Verdict.SAME, Verdict.DESIGN)


def _first_of_each(looked: Looked) -> NDArray[np.bool_]:
    """Mark the first row of each gaiji; the same file given twice is no double."""
    first = np.zeros(len(looked), np.bool_)
    key = _joined(
        looked, _system_of(looked), *(looked.results.codes(n)[0] for n in ("font", "source", "gaiji_code"))
    )
    first[np.unique(key, return_index=True)[1]] = True
    return first


def _doubles(looked: Looked, own: NDArray[np.bool_], identified: NDArray[np.bool_]) -> Iterator[Violation]:
    """Yield the second and later gaiji of one system with one picture, nearly one picture, one MJ."""
    system = _system_of(looked)
    same = _before(_joined(looked, system, looked.pictures), own)
    for at in np.flatnonzero(same >= 0).tolist():
        yield Violation(at, Objection.SAME_PICTURE, int(same[at]))
    once = own & (same < 0)
    near = _before(_joined(looked, system, looked.near_pictures), once)
    for at in np.flatnonzero(near >= 0).tolist():
        yield Violation(at, Objection.NEAR_PICTURE, int(near[at]), sure=False)
    by_mj = _before(_joined(looked, system, looked.mj), once & identified & (near < 0))
    for at in np.flatnonzero(by_mj >= 0).tolist():
        sure = not (looked.required[at] or looked.required[by_mj[at]])
        yield Violation(at, Objection.SAME_MJ, int(by_mj[at]), sure=sure)


def _before(key: NDArray[np.int64], among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first row with the same key, (N,) int64; −1 for that row itself, and for rows not asked."""
    found = np.full(len(key), -1, np.int64)
    at = np.flatnonzero(among)
    _, first, inverse = np.unique(key[at], return_index=True, return_inverse=True)
    leader = at[first][inverse]
    found[at] = np.where(leader == at, -1, leader)
    return found


def _system_of(looked: Looked) -> NDArray[np.int64]:
    municipality, _ = looked.results.codes("municipality")
    return municipality.astype(np.int64) * max(1, len(looked.systems)) + looked.system


def _joined(looked: Looked, *columns: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64]:
    """Return one number for each distinct combination."""
    key = np.zeros(len(looked), np.int64)
    for column in columns:
        _, dense = np.unique(column, return_inverse=True)
        key = key * (int(dense.max(initial=0)) + 1) + dense
        _, key = np.unique(key, return_inverse=True)  # so that no product overflows
    return key.astype(np.int64)
