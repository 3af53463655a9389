"""The one path from a glyph to its row: describe, search, compare, judge. Everything else calls this."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

import engine
from engine.compare.cursive import hentaigana_of, ranked_as_handwriting
from engine.compare.differences import differences_of_pairs
from engine.compare.network import PairNetwork, load_pair_network
from engine.compare.pair import PairModel, load_pair_model, probability
from engine.compare.shortlist import Compared, compare_shortlists
from engine.describe.model import DescriptionModel, load_model
from engine.describe.normalise import SIDE_PX, EmptyInkError, ink_box, longer_side, normalise
from engine.errors import READ_CODES, UsageError
from engine.glyph.model import Glyph, ReadFailure
from engine.judge.criteria import Comparison, Criteria, load_criteria
from engine.judge.judge import Judgement, Kinds, judge
from engine.reference.identical import load_identical
from engine.reference.index import ReferenceIndex, open_index
from engine.reference.refset import ReferenceSet, find_reference_set
from engine.reference.shapes import families, shapes
from engine.reference.table import MojiTable, load_table
from engine.result import Identification, Review, Subclass, Verdict
from engine.search.candidate import Candidate
from engine.search.retrieve import DEPTH, Retriever, Shortlist
from engine.settings import Settings

Progress = Callable[[str, int, int], None]

_LookedAt = tuple[Identification, NDArray[np.uint8], NDArray[np.uint8]]
"""A row that a person will look at, the gaiji, and the candidate laid over it, (S, S) each."""

_CONFIDENCE_DIGITS = 4
_NEAR = 1.5
"""Difference of log odds up to which two forms of a character explain a gaiji about equally well."""
_TOLD = 1.0
"""Strength from which on a difference is named in the evidence."""
_MOST_KINDS = 3


@dataclass(frozen=True, eq=False)
class _Opened:
    """What all views of one reference set share."""

    refset: ReferenceSet
    table: MojiTable
    index: ReferenceIndex
    describe: DescriptionModel
    pair: PairModel
    network: PairNetwork | None
    criteria: Criteria
    shape: NDArray[np.int64]
    """(R,) Equal numbers: drawn identically, or declared identical."""
    family: NDArray[np.int64]
    """(R,) Equal numbers: one character, in whatever form."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """Everything that led to the row of one glyph, for explaining it.

    Attributes
    ----------
    row : Identification
    candidates : tuple of Candidate
        Those of the row, with how alike they are.
    square : (S, S) uint8
        The normalised gaiji.
    compared : Compared
        The compared candidates, best first. Where no other form was worth comparing, the nearest one follows,
        and where the best is not on offer, the one offered for it: neither had a part in the judgement.
    judgement : Judgement
        ``judgement.best`` is the position of the decided candidate.
    kinds : Kinds
        What each of them is.
    measures : mapping of str to float
        What the criteria looked at.
    names : tuple of str
        Of each compared candidate: its MJ name, or the character itself where it is not of the table.
    squares, registered : (K, S, S) uint8
        The candidates' normalised pictures, as they are and laid over the gaiji.
    """

    row: Identification
    candidates: tuple[Candidate, ...]
    square: NDArray[np.uint8]
    compared: Compared
    judgement: Judgement
    kinds: Kinds
    measures: Mapping[str, float]
    names: tuple[str, ...]
    squares: NDArray[np.uint8]
    registered: NDArray[np.uint8]


class Identifier:
    """Identifies glyphs against one reference set.

    Open one with :meth:`open` and keep it: opening costs half a second, a glyph some milliseconds.

    Parameters
    ----------
    opened : _Opened
    top : int
        Candidates in each row.
    charset : str
        A key of :data:`engine.reference.table.CHARSETS`.
    exclude : collection of str
        MJ names that are not offered at all.
    """

    def __init__(self, opened: _Opened, top: int, charset: str, exclude: Collection[str]) -> None:
        if top < 1:
            msg = f"--top は 1 以上で指定してください（指定値: {top}）。"
            raise UsageError(msg)
        self._opened = opened
        self._top = top
        self._charset = charset
        self._exclude = frozenset(exclude)
        index, table = opened.index, opened.table
        known = np.asarray(index.drawing) >= 0
        known[table.rows(self._exclude)] = False
        offered = known.copy()
        offered[: len(table)] &= table.charset_mask(charset) | table.is_hentaigana
        self._offered = offered
        self._hentaigana = hentaigana_of(index, np.flatnonzero(known[: len(table)] & table.is_hentaigana))
        self._retrievers = [Retriever(index, opened.describe, known)]
        if (offered != known).any():
            self._retrievers.append(Retriever(index, opened.describe, offered))
        versions = f"d{opened.describe.identity[:8]}.p{opened.pair.identity[:8]}"
        if opened.network is not None:
            versions += f".n{opened.network.identity[:8]}"
        self.engine_id = f"{engine.__version__}+{versions}"
        self.reference_id = opened.refset.label

    @property
    def criteria(self) -> Criteria:
        """The 判定基準 in force."""
        return self._opened.criteria

    @property
    def table(self) -> MojiTable:
        """The table of the reference set."""
        return self._opened.table

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        reference: str | None = None,
        top: int = 10,
        charset: str = "mj",
        exclude: Collection[str] = (),
        criteria: str | None = None,
        progress: Progress | None = None,
    ) -> Identifier:
        """Open a reference set; its index is built where there is none yet.

        Parameters
        ----------
        settings : Settings
        reference : str, optional
            Name of the reference set; the settings' where None.
        top, charset, exclude
            As for the class.
        criteria : str, optional
            Version of the criteria; the reference set's where None. It also says which comparison is used.
        progress : callable, optional
            Called with (text, done, total) while the index is built.

        Raises
        ------
        ReferenceSetError
            Table, font, criteria or a learned artefact is missing or does not fit.
        UsageError
            Unknown character set or MJ name.
        """
        # Pictures of 64 px are too small to share out: OpenCV's threads doubled the time of a glyph.
        cv2.setNumThreads(1)
        refset = find_reference_set(settings, reference)
        if criteria is not None:
            refset = replace(refset, criteria=criteria)
        rules = load_criteria(refset.criteria)
        model = load_model()
        table = load_table(refset)
        index = open_index(refset, settings, model=model, progress=progress)
        opened = _Opened(
            refset,
            table,
            index,
            model,
            load_pair_model(),
            load_pair_network() if rules.comparison is Comparison.NETWORK else None,
            rules,
            shapes(index, table, load_identical(refset)),
            families(index, table),
        )
        return cls(opened, top, charset, exclude)

    def excluding(self, names: Collection[str]) -> Identifier:
        """Return a view that does not offer these MJ names either."""
        return Identifier(self._opened, self._top, self._charset, self._exclude | set(names))

    def with_criteria(self, criteria: Criteria) -> Identifier:
        """Return a view that judges by other criteria made for the same comparison."""
        return Identifier(replace(self._opened, criteria=criteria), self._top, self._charset, self._exclude)

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        """Identify glyphs: one row each, in the same order."""
        return self.identify_leave_out(glyphs, [()] * len(glyphs))

    def identify_leave_out(
        self, glyphs: Sequence[Glyph], left_out: Sequence[Collection[str]]
    ) -> list[Identification]:
        """Identify glyphs as if some MJ did not exist, others for each glyph.

        Parameters
        ----------
        glyphs : sequence of Glyph
        left_out : sequence of collections of str
            MJ names that the glyph at the same place must not be offered.
        """
        rows: list[Identification | None] = [None] * len(glyphs)
        places, squares, sides = self._normalised(glyphs)
        for place in set(range(len(glyphs))) - set(places):
            glyph = glyphs[place]
            rows[place] = self.failure(
                ReadFailure(glyph.source, "empty-glyph", READ_CODES["empty-glyph"], glyph.gaiji_code)
            )
        barred = [set(self._opened.table.rows(left_out[place]).tolist()) for place in places]
        lists = self._shortlists(squares, barred)
        looked_at: list[_LookedAt] = []
        at: list[int] = []
        comparisons = self._compare(lists, squares, sides)
        for place, square, shortlist, compared in zip(places, squares, lists, comparisons, strict=True):
            judgement = judge(compared, self._kinds(compared), self._opened.criteria)
            row = self._row(glyphs[place], shortlist, compared, judgement)
            rows[place] = row
            if _tells_differences(row):
                looked_at.append((row, square, compared.registered[judgement.best]))
                at.append(place)
        for place, row in zip(at, _with_differences(looked_at), strict=True):
            rows[place] = row
        return [row for row in rows if row is not None]

    def inspect(self, glyph: Glyph) -> Inspection:
        """Identify one glyph and keep everything that led to its row.

        Raises
        ------
        UsageError
            The glyph has no ink.
        """
        places, squares, sides = self._normalised([glyph])
        if not places:
            raise UsageError(READ_CODES["empty-glyph"])
        (shortlist,) = self._shortlists(squares, [set()])
        (compared,) = self._compare([shortlist], squares, sides)
        judgement = judge(compared, self._kinds(compared), self._opened.criteria)
        row = self._row(glyph, shortlist, compared, judgement)
        if _tells_differences(row):
            (row,) = _with_differences([(row, squares[0], compared.registered[judgement.best])])
        candidates = self._candidates(shortlist, compared, judgement.best)
        compared = self._with_another(shortlist, compared, squares, sides, judgement.best, row.mj)
        kinds = self._kinds(compared)
        index, table = self._opened.index, self._opened.table
        pictures = index.squares(compared.rows)
        return Inspection(
            row=row,
            candidates=candidates,
            square=squares[0],
            compared=compared,
            judgement=judgement,
            kinds=kinds,
            measures=judgement.measures,
            names=tuple(
                table.mj[row] if row < len(table) else index.characters[row - len(table)]
                for row in compared.rows.tolist()
            ),
            squares=pictures,
            registered=compared.registered,
        )

    def failure(self, failure: ReadFailure) -> Identification:
        """Return the row of an input that could not be read."""
        return Identification(
            source=failure.source,
            gaiji_code=failure.gaiji_code,
            status=failure.code,
            message=failure.message,
            reference=self.reference_id,
            engine=self.engine_id,
        )

    def _normalised(self, glyphs: Sequence[Glyph]) -> tuple[list[int], NDArray[np.uint8], list[int]]:
        """Places of the glyphs that have ink, their normalised pictures, the longer sides of their ink."""
        places, squares, sides = [], [], []
        for place, glyph in enumerate(glyphs):
            try:
                box = ink_box(glyph.ink)
            except EmptyInkError:
                continue
            places.append(place)
            squares.append(normalise(glyph.ink, box=box))
            sides.append(longer_side(box))
        return places, np.array(squares, np.uint8).reshape(-1, SIDE_PX, SIDE_PX), sides

    def _shortlists(self, squares: NDArray[np.uint8], barred: list[set[int]]) -> list[Shortlist]:
        depth = max(DEPTH, 2 * self._top)  # some of it may be non-kanji, which are no candidates
        first, *more = (retriever.shortlists(squares, barred, depth) for retriever in self._retrievers)
        opened, merged = self._opened, [_merged(lists) for lists in zip(first, *more, strict=True)]
        return ranked_as_handwriting(opened.index, opened.describe, self._hentaigana, merged, squares, barred)

    def _compare(
        self, shortlists: list[Shortlist], squares: NDArray[np.uint8], sides: list[int], *, least: int = 1
    ) -> Iterator[Compared]:
        opened = self._opened
        return compare_shortlists(
            opened.index, opened.pair, opened.network, shortlists, squares, sides, least=least
        )

    def _with_another(
        self,
        shortlist: Shortlist,
        compared: Compared,
        squares: NDArray[np.uint8],
        sides: list[int],
        best: int,
        mj: str,
    ) -> Compared:
        """Add what an explanation needs beside the decided candidate, where it was not compared.

        That is the MJ of the row, where the decided one is not on offer; else the nearest of another shape.
        """
        shape, decided = self._opened.shape, compared.rows[best]
        wanted = shape != shape[decided]
        if mj and not self._offered[decided]:
            wanted &= shape == shape[self._opened.table.rows([mj])[0]]
        others = np.flatnonzero(wanted[shortlist.rows])
        if wanted[compared.rows].any() or not len(others):
            return compared
        both = shortlist.take(np.append(np.flatnonzero(shortlist.rows == decided)[:1], others[:1]))
        (beside,) = self._compare([both], squares, sides, least=2)
        return compared.followed_by(beside.take(np.flatnonzero(wanted[beside.rows])))

    def _candidates(self, shortlist: Shortlist, compared: Compared, best: int) -> tuple[Candidate, ...]:
        same = probability(compared.log_odds)
        shape = self._opened.shape
        compared_shapes = dict(zip(shape[compared.rows].tolist(), same.tolist(), strict=True))
        alike = dict(zip(shortlist.rows.tolist(), shortlist.similarity.tolist(), strict=True))
        found = []
        for row in self._ranked(shortlist, compared, best)[: self._top]:
            chance = compared_shapes.get(int(shape[row]))
            found.append(
                Candidate(
                    self._opened.table.mj[row],
                    round(max(0.0, alike[row]), _CONFIDENCE_DIGITS),
                    None if chance is None else round(chance, _CONFIDENCE_DIGITS),
                )
            )
        return tuple(found)

    def _row(
        self,
        glyph: Glyph,
        shortlist: Shortlist,
        compared: Compared,
        judgement: Judgement,
    ) -> Identification:
        """Put everything in words but the kinds of difference."""
        ranked = self._ranked(shortlist, compared, judgement.best)
        table = self._opened.table
        row = Identification(
            source=glyph.source,
            gaiji_code=glyph.gaiji_code,
            verdict=judgement.verdict,
            subclass=judgement.subclass,
            confidence=round(judgement.confidence, _CONFIDENCE_DIGITS),
            review=judgement.review,
            candidates=tuple(table.mj[other] for other in ranked[: self._top]),
            evidence=judgement.evidence,
            reference=self.reference_id,
            engine=self.engine_id,
        )
        best = int(compared.rows[judgement.best])
        if best >= len(table):
            character = self._opened.index.characters[best - len(table)]
            return replace(row, evidence=(*row.evidence, f"char:U+{ord(character):04X}"))
        if not ranked or not _names_an_mj(judgement):
            return row
        seen, best = best, best if self._offered[best] else ranked[0]
        evidence = list(row.evidence)
        if seen != best:
            evidence.append(f"outside:{table.mj[seen]}")
        tied = self._opened.shape[ranked] == self._opened.shape[best]
        evidence += [f"tie:{table.mj[ranked[at]]}" for at in np.flatnonzero(tied) if ranked[at] != best]
        evidence += [f"near:{table.mj[other]}" for other in self._near(compared, judgement.best)]
        if judgement.verdict is Verdict.SIMILAR:
            evidence += [f"hosetsu:{rule}" for rule in self._unified_by(seen, best)]
        codes = table.codes(table.mj[best])
        return replace(
            row,
            mj=table.mj[best],
            evidence=tuple(evidence),
            ucs=codes.ucs,
            ivs=codes.ivs,
            juki=codes.juki,
            koseki=codes.koseki,
            toki=codes.toki,
            jisx0213=codes.jisx0213,
        )

    def _near(self, compared: Compared, best: int) -> list[int]:
        """Rows on offer of the same character, differently drawn, that explain the gaiji about as well."""
        family, shape = self._opened.family[compared.rows], self._opened.shape[compared.rows]
        near = (family == family[best]) & (shape != shape[best]) & self._offered[compared.rows]
        near &= compared.log_odds > max(0.0, float(compared.log_odds[best]) - _NEAR)
        return [int(row) for row in compared.rows[near]]

    def _unified_by(self, seen: int, best: int) -> list[str]:
        """Numbers of the JIS X 0213 rules that unify the form seen, or the one decided on, with siblings."""
        table = self._opened.table
        if self._opened.family[seen] != self._opened.family[best]:
            return []
        rules = [table.value("jisx0213_rules", row) or [] for row in (seen, best)]
        return sorted({rule for each in rules for rule in each})

    def _kinds(self, compared: Compared) -> Kinds:
        table = self._opened.table
        non_kanji = compared.rows >= len(table)
        hentaigana = ~non_kanji & table.is_hentaigana[np.minimum(compared.rows, len(table) - 1)]
        rows = compared.rows
        strokes = np.where(non_kanji, -1, table.strokes[np.minimum(rows, len(table) - 1)])
        return Kinds(
            hentaigana,
            non_kanji,
            self._offered[rows],
            self._opened.shape[rows],
            self._opened.family[rows],
            strokes,
        )

    def _ranked(self, shortlist: Shortlist, compared: Compared, best: int = 0) -> list[int]:
        """Rows of the table on offer: the decided one, the other compared, the others; each with its ties."""
        rows = np.concatenate([compared.rows[best : best + 1], compared.rows, shortlist.rows])
        rows = rows[self._offered[rows] & (rows < len(self._opened.table))]
        tied: dict[int, set[int]] = {}
        for row, shape in zip(rows.tolist(), self._opened.shape[rows].tolist(), strict=True):
            tied.setdefault(shape, set()).add(row)
        return [row for group in tied.values() for row in sorted(group)]


def _tells_differences(row: Identification) -> bool:
    """Whether a row names kinds of difference: for the person who is going to look; they decide nothing."""
    unlike = row.verdict in {Verdict.SIMILAR, Verdict.DESIGN}
    return unlike and row.review is Review.REQUIRED and bool(row.mj)


def _with_differences(looked_at: Sequence[_LookedAt]) -> list[Identification]:
    """Add the kinds of difference to the evidence of rows, all at once: the costliest step by far."""
    if not looked_at:
        return []
    rows, squares, registered = zip(*looked_at, strict=True)
    found = differences_of_pairs(np.stack(squares), np.stack(registered))
    told = []
    for row, differences in zip(rows, found, strict=True):
        kinds = dict.fromkeys(each.kind for each in differences if each.strength >= _TOLD)
        names = [f"diff:{kind.value}" for kind in list(kinds)[:_MOST_KINDS]]
        told.append(replace(row, evidence=(*row.evidence, *names)))
    return told


def _names_an_mj(judgement: Judgement) -> bool:
    return judgement.verdict is not Verdict.UNIDENTIFIED or judgement.subclass is Subclass.HENTAIGANA


def _merged(lists: tuple[Shortlist, ...]) -> Shortlist:
    """Join the shortlists of one gaiji, each row once."""
    if len(lists) == 1:
        return lists[0]
    rows = np.concatenate([part.rows for part in lists])
    _, first = np.unique(rows, return_index=True)
    joined = Shortlist(
        rows,
        np.concatenate([part.coarse for part in lists]),
        np.concatenate([part.fine for part in lists]),
        np.concatenate([part.similarity for part in lists]),
    ).take(first)
    return joined.take(np.lexsort((joined.rows, -joined.similarity.round(5))))
