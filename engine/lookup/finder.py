"""The finder: a query over the whole reference set, ranked, counted, each hit with its reasons.

Everything that a query needs is built from the table when first asked for and kept: numpy arrays of the
table's length, no database. One finder serves many threads; building twice at once only costs time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.lookup.codes import match_code
from engine.lookup.match import NONE, Match, Penalty, best_of, improve, nothing
from engine.lookup.parse import parse_query
from engine.lookup.parts import PartsIndex
from engine.lookup.query import (
    AnyOf,
    ByCharacter,
    ByCode,
    ByParts,
    ByRadical,
    ByReading,
    ByRelation,
    ByStrokes,
    ByWord,
    Criterion,
    Query,
)
from engine.lookup.radicals import radical_character
from engine.lookup.readings import ReadingsIndex, okurigana_penalty
from engine.lookup.relations import Relations
from engine.reference.record import MojiRecord
from engine.reference.refset import find_reference_set
from engine.reference.table import MojiTable, load_table
from engine.settings import Settings

MAX_LIMIT = 500
"""Most hits of one answer; further ones are asked for by an offset."""

_MANY_STROKES = 999


@dataclass(frozen=True, slots=True)
class Hit:
    """One character that was found.

    Attributes
    ----------
    mj : str
        MJ name.
    reasons : tuple of str
        Why, in Japanese, in the order of the criteria; what two of them share is said once.
    record : MojiRecord
        What the table says of it.
    """

    mj: str
    reasons: tuple[str, ...]
    record: MojiRecord


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer to a query.

    Attributes
    ----------
    hits : tuple of Hit
        Best first, as many as were asked for.
    count : int
        How many characters meet the query.
    hint : str
        What to try instead where there is none; else empty.
    """

    hits: tuple[Hit, ...]
    count: int
    hint: str = ""


class Finder:
    """Looks characters up in one reference set.

    Parameters
    ----------
    table : MojiTable
        Of the set.
    """

    def __init__(self, table: MojiTable) -> None:
        self.table = table
        self._masks: dict[str, NDArray[np.bool_]] = {}

    @classmethod
    def open(cls, settings: Settings, reference: str | None = None) -> Finder:
        """Open the finder of a reference set.

        Raises
        ------
        ReferenceSetError
            The set is missing or damaged.
        """
        return cls(load_table(find_reference_set(settings, reference)))

    def warm(self) -> None:
        """Build everything now, so that the first query is as fast as the next."""
        self.find(parse_query("一"), limit=1)
        self.find(parse_query("いち 部首:1 mj:1"), limit=1)

    def find(self, query: Query | str, *, charset: str = "mj", limit: int = 50, offset: int = 0) -> Findings:
        """Find the characters that meet every criterion.

        Exact hits go before others, then fewer strokes before more, then the MJ name decides.

        Parameters
        ----------
        query : Query or str
            Free text is read by :func:`~engine.lookup.parse.parse_query`.
        charset : str
            A key of :data:`~engine.reference.table.CHARSETS`.
        limit, offset : int
            How many hits to return, 1–:data:`MAX_LIMIT`, and how many to pass over.

        Raises
        ------
        UsageError
            The query, the character set or the bounds mean nothing; the message says what to write.
        """
        if not 1 <= limit <= MAX_LIMIT or offset < 0:
            raise UsageError(f"件数は 1 から {MAX_LIMIT} までで指定してください（指定値: {limit}）。")
        asked = parse_query(query) if isinstance(query, str) else query
        mask = self._charset(charset)
        matches = [self.match(criterion) for criterion in asked.criteria]
        total = np.zeros(len(self.table), np.int32)
        met = mask.copy()
        for match in matches:
            met &= match.penalty != NONE
            total += match.penalty
        rows = np.flatnonzero(met)
        rows = rows[np.lexsort((rows, self._strokes[rows], total[rows]))]
        shown = rows[offset : offset + limit]
        hits = tuple(
            Hit(record.mj, _reasons(matches, row), record)
            for row, record in zip(shown.tolist(), self._records(shown), strict=True)
        )
        return Findings(hits, len(rows), "" if len(rows) else self._hint(asked, matches, charset))

    def match(self, criterion: Criterion) -> Match:
        """Find the rows that meet one criterion, in any character set."""
        match criterion:
            case AnyOf(options):
                found = best_of([self.match(option) for option in options])
            case ByCode():
                found = match_code(self.table, criterion)
            case ByCharacter():
                found = self._relations.match_character(criterion)
            case ByRelation():
                found = self._relations.match_relation(criterion)
            case ByReading():
                found = self._readings.match(criterion)
            case ByWord():
                found = self._word(criterion)
            case ByRadical():
                found = self._radical(criterion)
            case ByStrokes():
                found = self._stroke_count(criterion)
            case ByParts():
                found = self._parts.match(criterion)
        return found

    @cached_property
    def _parts(self) -> PartsIndex:
        return PartsIndex.of(self.table)

    @cached_property
    def _readings(self) -> ReadingsIndex:
        return ReadingsIndex.of(self.table)

    @cached_property
    def _relations(self) -> Relations:
        return Relations.of(self.table)

    @cached_property
    def _radicals(self) -> NDArray[np.int32]:
        """部首: (P, 3) of row, 部首番号, 内画数 (−1 where the table does not say)."""
        if "radicals" not in self.table.column_names:
            return np.zeros((0, 3), np.int32)
        column = self.table.column("radicals")
        lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        flat = column.flatten()
        numbers, strokes = (
            flat.field(name).cast("int32").fill_null(-1).to_numpy(zero_copy_only=False)
            for name in ("radical", "strokes")
        )
        return np.column_stack((np.repeat(np.arange(len(self.table)), lengths), numbers, strokes)).astype(
            np.int32
        )

    @cached_property
    def _strokes(self) -> NDArray[np.int16]:
        """総画数 to sort by: what has none goes last."""
        return np.where(self.table.strokes < 0, _MANY_STROKES, self.table.strokes).astype(np.int16)

    def _records(self, rows: NDArray[np.int64]) -> list[MojiRecord]:
        """Return the records of some rows, column by column: five times as fast as one by one."""
        import pyarrow as pa

        taken = pa.array(rows)
        columns = [self.table.column(name).take(taken).to_pylist() for name in self.table.column_names]
        names = self.table.column_names
        return [
            MojiRecord.from_values(dict(zip(names, values, strict=True)))
            for values in zip(*columns, strict=True)
        ]

    def _charset(self, charset: str) -> NDArray[np.bool_]:
        if charset not in self._masks:
            self._masks[charset] = self.table.charset_mask(charset)
        return self._masks[charset]

    def _radical(self, wanted: ByRadical) -> Match:
        row, number, strokes = self._radicals.T
        found = np.isin(number, wanted.numbers) if wanted.numbers else np.ones(len(row), np.bool_)
        if wanted.fewest is not None and wanted.most is not None:
            found &= (strokes >= wanted.fewest) & (strokes <= wanted.most)
        penalty = nothing(len(self.table))
        improve(penalty, row[found], 0)

        def reason(at: int) -> str:
            for here in np.flatnonzero(found & (row == at)):
                inner = f"、内画数 {strokes[here]}" if strokes[here] >= 0 else ""
                return f"部首 {radical_character(int(number[here]))}（{number[here]}）{inner}"
            return "部首"

        return Match(penalty, reason)

    def _stroke_count(self, wanted: ByStrokes) -> Match:
        strokes = self.table.strokes
        met = (strokes >= max(wanted.fewest, 0)) & (strokes <= wanted.most)
        return Match(np.where(met, 0, NONE).astype(np.int32), lambda row: f"総画数 {strokes[row]}")

    def _word(self, wanted: ByWord) -> Match:
        base = self._relations.match_character(ByCharacter(wanted.character))
        penalty: Penalty = base.penalty.copy()
        for row in np.flatnonzero(penalty != NONE).tolist():
            penalty[row] += 2 * okurigana_penalty(self._readings.readings(row), wanted.okurigana)

        def reason(row: int) -> str:
            fits = okurigana_penalty(self._readings.readings(row), wanted.okurigana) < 2
            return base.reason(row) + ("" if fits else f"（送り仮名「{wanted.okurigana}」の読みはない）")

        return Match(penalty, reason)

    def _hint(self, asked: Query, matches: list[Match], charset: str) -> str:
        """Say which word leads nowhere."""
        if charset != "mj" and self._met_by_all(matches):
            return "この範囲（文字集合）にはありません。範囲を広げると見つかります。"
        for criterion, match in zip(asked.criteria, matches, strict=True):
            if not (match.penalty != NONE).any():
                return _advice(criterion)
        return "すべてに当てはまる字はありません。条件を一つ減らしてください。"

    def _met_by_all(self, matches: list[Match]) -> bool:
        return bool(np.logical_and.reduce([match.penalty != NONE for match in matches]).any())


def _reasons(matches: list[Match], row: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.reason(row) for match in matches))


def _advice(criterion: Criterion) -> str:
    if isinstance(criterion, ByParts) and len(criterion.parts) > 1:
        parts = "・".join(criterion.parts)
        return (
            f"部品 {parts} をすべて含む字はありません。"
            "部品を減らすか、「渡辺の辺」のように一字を選んでください。"
        )
    if isinstance(criterion, ByReading):
        return (
            f"「{criterion.reading}」で始まる読みの字はありません。別の読みか、部首と画数で探してください。"
        )
    return "当てはまる字はありません。書き方を確かめるか、別の手掛かりで探してください。"
