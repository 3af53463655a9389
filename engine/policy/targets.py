"""What stands ready to take a gaiji's place in its system: its MJ, a 縮退先, a symbol, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.reference.table import CHARSETS

if TYPE_CHECKING:
    from engine.reference.refset import ReferenceSet
    from engine.reference.shrink import ShrinkMap
    from engine.reference.table import MojiTable


class Target(IntEnum):
    """What could replace a gaiji."""

    NOTHING = 0
    """No MJ is named, and no character."""
    MJ = 1
    """Its MJ, which the system's character set has."""
    SHRINK = 2
    """A 縮退先: the MJ is outside the character set, and the policy's order leads to one inside."""
    OUTSIDE = 3
    """The MJ is outside the character set and has no 縮退先; also an MJ that the reference set lacks."""
    CHARACTER = 4
    """A kana, letter or symbol that the engine named (``char:``)."""


class Targets:
    """Answers for one reference set; masks are made when first asked for, and kept.

    Parameters
    ----------
    table : MojiTable
    shrink : ShrinkMap
    """

    def __init__(self, table: MojiTable, shrink: ShrinkMap) -> None:
        self.table = table
        self._shrink = shrink
        self._inside: dict[str, NDArray[np.bool_]] = {}
        self._shrinkable: dict[tuple[str, tuple[str, ...]], NDArray[np.bool_]] = {}

    @classmethod
    def of(cls, refset: ReferenceSet) -> Targets:
        """Open a reference set's table and 縮退マップ.

        Raises
        ------
        ReferenceSetError
        """
        from engine.reference.shrink import load_shrink
        from engine.reference.table import load_table

        columns = ("mj", "kind", "ucs", *(name for name in CHARSETS if name != "mj"), "jisx0213_class")
        return cls(load_table(refset, columns), load_shrink(refset))

    def of_names(self, names: Sequence[str], charset: str, order: tuple[str, ...]) -> NDArray[np.int8]:
        """Return the :class:`Target` of each MJ name, (N,) int8.

        Parameters
        ----------
        names : sequence of str
            Empty where a gaiji has none.
        charset : str
            A key of :data:`engine.reference.table.CHARSETS`.
        order : tuple of str
            縮退 bases that may be used.

        Raises
        ------
        UsageError
            The reference set has no such character set.
        """
        table = self.table
        rows = np.array([table.row(mj) if mj in table else -1 for mj in names], np.int64)
        inside, shrinkable = self._inside_of(charset)[rows], self._shrinkable_of(charset, order)[rows]
        found = np.where(inside, Target.MJ, np.where(shrinkable, Target.SHRINK, Target.OUTSIDE))
        found[rows < 0] = Target.OUTSIDE
        found[np.array([not mj for mj in names], np.bool_)] = Target.NOTHING
        return found.astype(np.int8)

    def of_name(self, mj: str, charset: str, order: tuple[str, ...]) -> Target:
        """Return the target of one MJ name."""
        return Target(int(self.of_names([mj], charset, order)[0]))

    def replacement(self, mj: str, charset: str, order: tuple[str, ...]) -> str:
        """Return the character that takes the gaiji's place; empty where there is none.

        Parameters
        ----------
        mj, charset, order
            As in :meth:`of_names`. Of several 縮退先 the one of the first basis in ``order``.
        """
        match self.of_name(mj, charset, order):
            case Target.MJ:
                codes = self.table.codes(mj)
                return codes.ivs or codes.ucs
            case Target.SHRINK:
                inside = self._codes_inside(charset)
                usable = [
                    each
                    for each in self._shrink.targets(mj)
                    if each.basis.id in order and each.jisx0213 in inside
                ]
                return min(usable, key=lambda each: order.index(each.basis.id)).character
        return ""

    def _inside_of(self, charset: str) -> NDArray[np.bool_]:
        if charset not in self._inside:
            self._inside[charset] = self.table.charset_mask(charset)
        return self._inside[charset]

    def _codes_inside(self, charset: str) -> set[str]:
        """面区点 of the characters of JIS X 0213 that a character set has too."""
        both = np.flatnonzero(self._inside_of(charset) & self._inside_of("jisx0213"))
        return set(self.table.column("jisx0213").take(both).to_pylist())

    def _shrinkable_of(self, charset: str, order: tuple[str, ...]) -> NDArray[np.bool_]:
        key = (charset, order)
        if key not in self._shrinkable:
            usable = np.zeros(len(self.table), np.bool_)
            if charset != "mj" and order and len(self._shrink):
                inside, wanted = self._codes_inside(charset), set(order)
                rows = self._shrink.rows
                names = {
                    mj
                    for mj, basis, code in zip(
                        *(rows.column(name).to_pylist() for name in ("mj", "basis", "jisx0213")), strict=True
                    )
                    if basis in wanted and code in inside
                }
                usable[self.table.rows(mj for mj in names if mj in self.table)] = True
            self._shrinkable[key] = usable
        return self._shrinkable[key]
