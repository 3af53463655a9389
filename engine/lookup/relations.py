"""Characters that belong together: the same UCS, the same character in compatibility form, 縮退."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.lookup.match import NONE, Match, Penalty, improve, nothing
from engine.lookup.query import ByCharacter, ByRelation
from engine.reference.codes import to_code, unified
from engine.reference.refset import ReferenceSet
from engine.reference.shrink import load_shrink
from engine.reference.table import MojiTable

_EXACT, _SIBLING, _TARGET, _SOURCE, _SHARED, _COUSIN = 0, 1, 20, 40, 60, 80
"""Penalties; those of 縮退 grow with the place of its ground in the order of authority."""

_LOWEST = _SOURCE - _TARGET - 1


@dataclass(frozen=True, slots=True)
class Relations:
    """The 縮退マップ in both directions.

    Attributes
    ----------
    table : MojiTable
    rows : (S,) int64
        Row of the character that is replaced.
    targets : (S,) int32
        Code point that replaces it.
    authority : (S,) int32
        Place of the ground, 0 the highest.
    """

    table: MojiTable
    rows: NDArray[np.int64]
    targets: NDArray[np.int32]
    authority: NDArray[np.int32]

    @classmethod
    def of(cls, table: MojiTable) -> Relations:
        """Read the 縮退マップ of a table's set; a set without one has no such relations."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        refset: ReferenceSet = table.refset
        load_shrink(refset)  # says what is wrong with a damaged file
        if refset.shrink is None:
            return cls(table, np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
        with pq.ParquetFile(refset.shrink.path, memory_map=True) as file:
            read = file.read(columns=["mj", "target", "basis"], use_threads=False)
        mj, target, basis = (read.column(name).combine_chunks() for name in read.column_names)
        rows = pc.fill_null(pc.index_in(mj, value_set=table.column("mj")), -1).to_numpy(zero_copy_only=False)
        known = rows >= 0
        code_of = {text: int(text[2:], 16) for text in target.unique().to_pylist()}
        place_of = {each.id: min(each.authority, _LOWEST) for each in refset.shrink_bases}
        return cls(
            table,
            rows[known].astype(np.int64),
            np.array([code_of[text] for text in target.to_pylist()], np.int32)[known],
            np.array([place_of[text] for text in basis.cast("string").to_pylist()], np.int32)[known],
        )

    def match_character(self, wanted: ByCharacter) -> Match:
        """Find the glyphs of a character; with a selector the one glyph first.

        A sequence that is not registered leads to all glyphs of its character.
        """
        code = to_code(wanted.character)
        penalty = nothing(len(self.table))
        if wanted.selector:
            improve(penalty, self._with_sequence(to_code(wanted.character + wanted.selector)), _EXACT)
            if (penalty != NONE).any() and not wanted.related:
                return Match(penalty, lambda _: to_code(wanted.character + wanted.selector))
            improve(penalty, self.table.rows_of_ucs(code), _SIBLING)
        else:
            improve(penalty, self.table.rows_of_ucs(code), _EXACT)
            for column in ("ucs_implemented", "compat"):
                improve(penalty, self._equal(column, code), _EXACT)
            improve(penalty, self.table.rows_of_ucs(chr(unified(ord(wanted.character)))), _SIBLING)
        if wanted.related:
            self._shrink(penalty)
        name = to_code(wanted.character + wanted.selector) if wanted.selector else wanted.character
        return Match(penalty, lambda row: self._reason(int(penalty[row]), name))

    def match_relation(self, wanted: ByRelation) -> Match:
        """Find what belongs with an MJ name or a character, itself first.

        Raises
        ------
        UsageError
            The set has no such MJ name.
        """
        if len(wanted.name) == 1:
            return self.match_character(ByCharacter(wanted.name, related=True))
        row = self.table.row(wanted.name)
        penalty = nothing(len(self.table))
        number = int(self.table.code_points[row])
        if number:
            improve(penalty, self.table.rows_of_ucs(to_code(chr(number))), _SIBLING)
        improve(penalty, np.array([row]), _EXACT)
        self._shrink(penalty)
        return Match(penalty, lambda row: self._reason(int(penalty[row]), wanted.name))

    def _shrink(self, penalty: Penalty) -> None:
        """Add in place what 縮退 connects with the rows found so far."""
        found = np.flatnonzero(penalty != NONE)
        characters = np.unique(self.table.code_points[found])
        going = np.isin(self.rows, found)
        coming = np.isin(self.targets, characters[characters > 0])
        shared = np.isin(self.targets, self.targets[going])
        for target, authority in zip(
            self.targets[going].tolist(), self.authority[going].tolist(), strict=True
        ):
            improve(penalty, self.table.rows_of_ucs(to_code(chr(target))), _TARGET + authority)
        for chosen, kind in ((coming, _SOURCE), (shared, _SHARED)):
            for place in np.unique(self.authority[chosen]).tolist():
                improve(penalty, self.rows[chosen & (self.authority == place)], kind + place)
        related = np.setdiff1d(self.table.code_points[penalty >= _TARGET], [0])
        improve(penalty, np.isin(self.table.code_points, related), _COUSIN)

    def _reason(self, penalty: int, name: str) -> str:
        if penalty == _EXACT:
            return f"{name} の字形" if len(name) == 1 else name
        if penalty == _SIBLING:
            return f"{name} と同じ文字の別の図形"
        if penalty == _COUSIN:
            return f"{name} と縮退でつながる文字の別の図形"
        kind = max(start for start in (_TARGET, _SOURCE, _SHARED) if start <= penalty)
        basis = self.table.refset.shrink_bases[penalty - kind].group
        words = {_TARGET: "の縮退先", _SOURCE: "に縮退する", _SHARED: "と縮退先が同じ"}[kind]
        return f"{name} {words}（{basis}）"

    def _with_sequence(self, code: str) -> NDArray[np.bool_]:
        found = self._equal("ivs", code) | self._equal("svs", code)
        if "ivs_extra" in self.table.column_names:
            column = self.table.column("ivs_extra")
            lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
            rows = np.repeat(np.arange(len(self.table)), lengths)
            found[rows[np.array(column.flatten().to_pylist(), object) == code]] = True
        return found

    def _equal(self, column: str, value: str) -> NDArray[np.bool_]:
        import pyarrow.compute as pc

        if column not in self.table.column_names:
            return np.zeros(len(self.table), np.bool_)
        equal = pc.equal(self.table.column(column), value).fill_null(False)
        values: NDArray[np.bool_] = equal.to_numpy(zero_copy_only=False).copy()
        return values
