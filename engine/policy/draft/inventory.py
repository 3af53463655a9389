"""The gaiji that a municipality has: by class, kind submitted and business system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.policy.signatures import CLASSES, Looked
from engine.policy.simulate import UNREADABLE_TITLE
from engine.report.words import SUBMITTED

MOST_SYSTEMS = 30
"""Systems that are named; the smallest ones of more are put together."""
NO_SYSTEM = "（システムの記載なし）"
OTHERS = "そのほかのシステム"

CLASS_TITLES: tuple[str, ...] = tuple(
    UNREADABLE_TITLE if verdict is None else (subclass.value if subclass else verdict.value)
    for verdict, subclass in CLASSES
)


@dataclass(frozen=True, slots=True)
class Held:
    """Gaiji of one kind submitted in one system.

    Attributes
    ----------
    system, submitted : str
        Titles for people.
    counts : tuple of int
        By class, in the order of :data:`engine.policy.signatures.CLASSES`.
    """

    system: str
    submitted: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a municipality holds.

    Attributes
    ----------
    lines : tuple of Held
        By system, the one with the most gaiji first; in it by kind submitted.
    pictures : int
        Different pictures among all.
    required : int
        Identified gaiji that a person must look at.
    names : int
        Distinct MJ named.
    """

    lines: tuple[Held, ...]
    pictures: int
    required: int
    names: int

    @property
    def total(self) -> int:
        """All gaiji."""
        return sum(line.total for line in self.lines)

    @property
    def counts(self) -> tuple[int, ...]:
        """All gaiji by class."""
        return tuple(map(sum, zip(*(line.counts for line in self.lines), strict=True))) if self.lines else ()

    @property
    def systems(self) -> tuple[tuple[str, int], ...]:
        """Systems with their gaiji, the most first."""
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.system] = found.get(line.system, 0) + line.total
        return tuple(found.items())


def take_inventory(looked: Looked) -> Inventory:
    """Count the gaiji of results."""
    kind, kinds = looked.results.codes("kind")
    width = len(CLASSES)
    size = max(1, len(looked.systems)) * max(1, len(kinds))
    cell = looked.system.astype(np.int64) * max(1, len(kinds)) + kind
    counts = np.bincount(cell * width + looked.classes, minlength=size * width)
    counts = counts.reshape(max(1, len(looked.systems)), max(1, len(kinds)), width)
    totals = counts.sum(axis=(1, 2))
    order = sorted(range(len(looked.systems)), key=lambda at: (-int(totals[at]), looked.systems[at]))
    named = order if len(order) <= MOST_SYSTEMS else order[: MOST_SYSTEMS - 1]
    groups = [(looked.systems[at].strip() or NO_SYSTEM, [at]) for at in named]
    if len(named) < len(order):
        groups.append((OTHERS, order[len(named) :]))
    lines = []
    for title, members in groups:
        for value in sorted(range(len(kinds)), key=lambda at: (kinds[at] == "", kinds[at])):
            held = counts[members, value].sum(axis=0)
            if held.sum():
                submitted = SUBMITTED.get(kinds[value], kinds[value])
                lines.append(Held(title, submitted, tuple(map(int, held))))
    readable = looked.classes != width - 1
    return Inventory(
        tuple(lines),
        pictures=len(np.unique(looked.pictures[readable])),
        required=int((looked.required & readable).sum()),
        names=len({looked.names[at] for at in np.unique(looked.mj[readable]).tolist()} - {""}),
    )
