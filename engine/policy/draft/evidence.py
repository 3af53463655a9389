"""What a draft may say: the only numbers and names that its chapters are given.

Chapters take every number from here, and a test compares all of a document's numbers with :meth:`Evidence
.numbers`. Nothing is looked up elsewhere while a chapter is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import UsageError
from engine.judge.criteria import Criteria, load_criteria
from engine.judge.vocabulary import DescribedKind, load_vocabulary
from engine.policy.check import Checked, check
from engine.policy.columns import Results
from engine.policy.draft.inventory import Inventory, take_inventory
from engine.policy.policy import Policy, Rule
from engine.policy.signatures import Looked, look
from engine.policy.simulate import Minutes, Simulation, simulate
from engine.policy.targets import Targets
from engine.reference.codes import to_code

if TYPE_CHECKING:
    from engine.policy.draft.pictures import Pictures
    from engine.reference.refset import ReferenceSet

_COMMON = frozenset(map(chr, range(0x4E00, 0x9FA6)))

EXAMPLES, SHAPES_DRAWN = 3, 6
"""Gaiji that are shown for one rule, and of those whose shape changes."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything that a draft is made from.

    Attributes
    ----------
    simulation : Simulation
        The policy on the municipality's own results.
    checked : Checked
        What it objects to in them.
    inventory : Inventory
    targets : Targets
    refset : ReferenceSet
    charsets : mapping of str to int
        Characters in each character set that the policy names.
    criteria : Criteria
    vocabulary : tuple of DescribedKind
    municipality : str
        As people call it; empty where nobody said.
    code : str
        団体コード; empty where the results do not say, or say several.
    made_on : date
    pictures : Pictures or None
        None where nothing can be drawn.
    """

    simulation: Simulation
    checked: Checked
    inventory: Inventory
    targets: Targets
    refset: ReferenceSet
    charsets: Mapping[str, int]
    criteria: Criteria
    vocabulary: tuple[DescribedKind, ...]
    municipality: str
    code: str
    made_on: date
    pictures: Pictures | None = field(default=None)

    @property
    def policy(self) -> Policy:
        """The policy that is drafted."""
        return self.simulation.policy

    @property
    def whose(self) -> str:
        """What the municipality is called in sentences."""
        return self.municipality or "本団体"

    def character(self, mj: str) -> str:
        """Return the character of an MJ; where a common font may lack it, its code point."""
        character = self.targets.table.codes(mj).ucs if mj in self.targets.table else ""
        return character if character in _COMMON else to_code(character)

    def rows_of(self, rule: Rule) -> int:
        """Return how many gaiji a rule decides."""
        return next(line.total for each, line in self.simulation.by_rule if each.id == rule.id)

    def examples_of(self, rule: Rule, most: int = EXAMPLES) -> tuple[int, ...]:
        """Return the places of a few gaiji of different pictures that a rule decides."""
        simulation = self.simulation
        decided = np.array([ruling.rule == rule.id for ruling in simulation.rulings], np.bool_)
        if not decided.any():
            return ()
        places = np.flatnonzero(decided[simulation.signatures.of_row])[:1000]
        _, first = np.unique(simulation.looked.pictures[places], return_index=True)
        return tuple(places[np.sort(first)[:most]].tolist())

    @property
    def places_to_draw(self) -> list[int]:
        """Places of all rows whose pictures a draft shows."""
        by_rule = (self.examples_of(rule) for rule in self.policy.rules)
        changing = [each.examples[0] for each in self.simulation.shapes()[:SHAPES_DRAWN] if each.examples]
        return sorted({*changing, *(place for places in by_rule for place in places)})


def gather(
    policy: Policy, results: Results, targets: Targets, *, minutes: Minutes | None = None,
    municipality: str = "", made_on: date | None = None, criteria: str = "",
) -> Evidence:  # fmt: skip
    """Look at results once, for everything that a draft says.

    Parameters
    ----------
    policy : Policy
    results : Results
        Of one municipality.
    targets : Targets
        Of the reference set.
    minutes : Minutes, optional
    municipality : str
        Its name.
    made_on : date, optional
        Today's if left out.
    criteria : str
        Version of the 判定基準; the reference set's if left out.

    Raises
    ------
    UsageError
        The results are of several municipalities.
    ReferenceSetError
    """
    looked = look(results)
    codes = [value for value in _values(looked, "municipality") if value]
    if len(codes) > 1:
        shown = "・".join(sorted(codes)[:5])
        raise UsageError(
            f"結果に {len(codes):,} 団体の外字があります（{shown}）。--code で一つを選んでください。"
        )
    table, refset = targets.table, targets.table.refset
    named = dict.fromkeys([policy.charset, *(each.charset for each in policy.systems)])
    return Evidence(
        simulation=simulate(policy, looked, targets, minutes),
        checked=check(policy, looked, targets),
        inventory=take_inventory(looked),
        targets=targets,
        refset=refset,
        charsets={charset: int(table.charset_mask(charset).sum()) for charset in named},
        criteria=load_criteria(criteria or refset.criteria),
        vocabulary=tuple(load_vocabulary()),
        municipality=municipality,
        code=codes[0] if codes else "",
        made_on=made_on or date.today(),
    )


def of_municipality(results: Results, code: str) -> Results:
    """Return the rows of one municipality.

    Raises
    ------
    UsageError
        There are none.
    """
    import pyarrow.compute as pc

    kept, files, at = [], [], 0
    for path, count in results.files or ((None, len(results)),):
        part = results.table.slice(at, count)
        part = part.filter(pc.equal(part.column("municipality"), code))
        kept.append(part)
        if path is not None:
            files.append((path, int(part.num_rows)))
        at += count
    import pyarrow as pa

    table = pa.concat_tables(kept).unify_dictionaries()
    if not table.num_rows:
        raise UsageError(f"団体コード {code} の行が、結果にありません。")
    return Results(table, tuple(files))


def _values(looked: Looked, column: str) -> Iterator[str]:
    codes, values = looked.results.codes(column)
    for at in np.unique(codes).tolist() if len(codes) else ():
        yield values[at]
