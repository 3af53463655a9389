"""Groups rows by what a policy looks at: a million rows have a few thousand such signatures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.difference import DifferenceKind
from engine.policy.columns import Results
from engine.policy.decide import Features, Ruler
from engine.policy.policy import Policy
from engine.policy.targets import Target, Targets
from engine.result import Review, Subclass, Verdict

CLASSES: tuple[tuple[Verdict | None, Subclass | None], ...] = (
    (Verdict.SAME, None),
    (Verdict.DESIGN, None),
    (Verdict.SIMILAR, None),
    (Verdict.UNIDENTIFIED, Subclass.UNKNOWN),
    (Verdict.UNIDENTIFIED, Subclass.HENTAIGANA),
    (Verdict.UNIDENTIFIED, Subclass.SYMBOL),
    (None, None),
)
"""What :attr:`Looked.classes` counts; the last is what could not be read."""

KINDS: tuple[DifferenceKind, ...] = tuple(DifferenceKind)
_UNREADABLE = len(CLASSES) - 1


@dataclass(frozen=True, eq=False)
class Looked:
    """What a policy may look at in N rows, as numbers; the same for every policy.

    Attributes
    ----------
    results : Results
    classes : (N,) int8
        Places in :data:`CLASSES`.
    required : (N,) bool
    kinds : (N,) uint32
        Bit ``k``: the row names the ``k``-th of :data:`KINDS`.
    numbers : (N,) int32
        Places in ``number_sets``.
    number_sets : tuple of frozenset of str
        Sets of 包摂連番 that occur; the first is empty.
    has_character : (N,) bool
    mj, system : (N,) int32
        Places in ``names`` and ``systems``.
    """

    results: Results
    classes: NDArray[np.int8]
    required: NDArray[np.bool_]
    kinds: NDArray[np.uint32]
    numbers: NDArray[np.int32]
    number_sets: tuple[frozenset[str], ...]
    has_character: NDArray[np.bool_]
    mj: NDArray[np.int32]
    names: tuple[str, ...]
    system: NDArray[np.int32]
    systems: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.classes)

    @cached_property
    def pictures(self) -> NDArray[np.int32]:
        """(N,) int32: equal numbers are exactly the same picture (``same_as``)."""
        return self._named("same_as")

    @cached_property
    def near_pictures(self) -> NDArray[np.int32]:
        """(N,) int32: equal numbers are nearly the same picture as one and the same row (``near_same``)."""
        return self._named("near_same")

    def _named(self, column: str) -> NDArray[np.int32]:
        """Return numbers of the row that a column names, or of the row itself where it names none."""
        import pyarrow as pa
        import pyarrow.compute as pc

        table = self.results.table
        code = table.column("gaiji_code")
        tail = pc.if_else(pc.equal(code, ""), "", pc.binary_join_element_wise("#", code, ""))
        place = pc.binary_join_element_wise(table.column("source"), tail, "")
        other = table.column(column)
        named = pc.if_else(pc.equal(other, ""), place, other).combine_chunks()
        whole = named if isinstance(named, pa.Array) else pa.concat_arrays(named.chunks)
        return np.asarray(whole.dictionary_encode().indices.to_numpy(), np.int32)


def look(results: Results) -> Looked:
    """Turn the columns of results into numbers."""
    classes = _classes(results)
    review, reviews = results.codes("review")
    mj, names = results.codes("mj")
    system, systems = results.codes("system")
    kinds, numbers, sets, characters = _evidence(results)
    required = np.array([each != Review.AUTO.value for each in reviews], np.bool_)
    return Looked(
        results,
        classes,
        required[review] if len(review) else np.zeros(0, np.bool_),
        kinds,
        numbers,
        sets,
        characters,
        mj,
        tuple(names),
        system,
        tuple(systems),
    )


@dataclass(frozen=True, eq=False)
class Signatures:
    """Rows by what one policy looks at.

    Attributes
    ----------
    features : tuple of Features
        Of each of the S signatures.
    of_row : (N,) int32
        The signature of each row.
    rows : (S,) int64
        How many rows have it.
    pictures : (S,) int64
        How many different pictures are among them.
    """

    features: tuple[Features, ...]
    of_row: NDArray[np.int32]
    rows: NDArray[np.int64]
    pictures: NDArray[np.int64]


def group(looked: Looked, policy: Policy, targets: Targets) -> Signatures:
    """Group rows by what a policy looks at.

    Parameters
    ----------
    looked : Looked
    policy : Policy
        Its exceptions, character sets and 縮退 order count; not the actions of its rules.
    targets : Targets
    """
    ruler = Ruler(policy)
    target = _targets(looked, policy, targets)
    exceptions, exception = _exceptions(looked, ruler)
    readable = looked.classes != _UNREADABLE
    columns = [
        (looked.classes.astype(np.int64), len(CLASSES)),
        (looked.required.astype(np.int64), 2),
        (looked.kinds.astype(np.int64), 1 << len(KINDS)),
        (looked.numbers.astype(np.int64), len(looked.number_sets)),
        (target.astype(np.int64), len(Target)),
        (exception.astype(np.int64), len(exceptions)),
    ]
    key = np.zeros(len(looked), np.int64)
    for values, count in columns:
        key = key * count + values
    key[~readable] = -1  # of these a policy sees nothing
    signature, first = _numbered(key)
    features = tuple(
        Features(
            CLASSES[looked.classes[at]][0],
            CLASSES[looked.classes[at]][1],
            bool(looked.required[at]),
            frozenset(kind for bit, kind in enumerate(KINDS) if int(looked.kinds[at]) >> bit & 1),
            looked.number_sets[looked.numbers[at]],
            exceptions[exception[at]],
            Target(int(target[at])),
        )
        if readable[at]
        else Features(None)
        for at in first.tolist()
    )
    _, pairs_first = _numbered(signature.astype(np.int64) << 32 | looked.pictures.astype(np.int64))
    return Signatures(
        features,
        signature,
        np.bincount(signature, minlength=len(features)).astype(np.int64),
        np.bincount(signature[pairs_first], minlength=len(features)).astype(np.int64),
    )


def _numbered(key: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number distinct keys in the order in which they turn up: (N,) numbers, and the first place of each.

    Hashing takes a tenth of the time that ``numpy.unique`` takes to sort a million.
    """
    import pyarrow as pa

    encoded = pa.array(key).dictionary_encode()
    numbers: NDArray[np.int32] = encoded.indices.to_numpy().astype(np.int32)
    first = np.zeros(len(encoded.dictionary), np.int64)
    first[numbers[::-1]] = np.arange(len(key) - 1, -1, -1)  # of equal numbers the last one written stays
    return numbers, first


def _classes(results: Results) -> NDArray[np.int8]:
    verdict, verdicts = results.codes("class")
    subclass, subclasses = results.codes("subclass")
    status, statuses = results.codes("status")
    place = {each: at for at, each in enumerate(CLASSES)}
    lookup = np.array(
        [[_class_of(v, s, place) for s in subclasses or [""]] for v in verdicts or [""]], np.int8
    ).reshape(max(1, len(verdicts)), max(1, len(subclasses)))
    found = lookup[verdict, subclass]
    unread = np.array([each not in ("ok", "") for each in statuses], np.bool_)
    if len(status):
        found = np.where(unread[status], np.int8(_UNREADABLE), found)
    return found.astype(np.int8)


def _class_of(verdict: str, subclass: str, place: dict[Any, int]) -> int:
    if not verdict:
        return _UNREADABLE
    if verdict != Verdict.UNIDENTIFIED.value:
        return place[Verdict(verdict), None]
    return place[Verdict.UNIDENTIFIED, Subclass(subclass) if subclass else Subclass.UNKNOWN]


def _evidence(
    results: Results,
) -> tuple[NDArray[np.uint32], NDArray[np.int32], tuple[frozenset[str], ...], NDArray[np.bool_]]:
    """Kinds as bits, the set of 包摂連番, and whether a character is named, of each row."""
    import pyarrow.compute as pc

    size = len(results)
    kinds, characters = np.zeros(size, np.uint32), np.zeros(size, np.bool_)
    numbers, sets = np.zeros(size, np.int32), [frozenset[str]()]
    column = results.table.column("evidence")
    at = 0
    known: dict[frozenset[str], int] = {sets[0]: 0}
    for chunk in column.chunks:
        lists = pc.split_pattern(chunk, " ")
        parent = pc.list_parent_indices(lists).to_numpy().astype(np.int64) + at
        tokens = lists.flatten()
        of_kind = _bits(tokens)
        np.bitwise_or.at(kinds, parent[of_kind > 0], of_kind[of_kind > 0])
        characters[parent[_starts(tokens, "char:")]] = True
        mask = _starts(tokens, "hosetsu:")
        _number_sets(parent[mask], tokens.filter(mask).to_pylist(), numbers, known, sets)
        at += len(chunk)
    return kinds, numbers, tuple(sets), characters


def _number_sets(
    parents: NDArray[np.int64],
    tokens: list[str],
    numbers: NDArray[np.int32],
    known: dict[frozenset[str], int],
    sets: list[frozenset[str]],
) -> None:
    """Give the rows ``parents`` (ascending) the place of their set; sets not yet known are added."""
    if not len(parents):
        return
    starts = np.flatnonzero(np.append(True, parents[1:] != parents[:-1])).tolist()
    for first, last in zip(starts, [*starts[1:], len(tokens)], strict=True):
        found = frozenset(token[8:] for token in tokens[first:last])
        if found not in known:
            known[found] = len(sets)
            sets.append(found)
        numbers[parents[first]] = known[found]


def _starts(tokens: Any, prefix: str) -> NDArray[np.bool_]:
    import pyarrow.compute as pc

    return np.asarray(pc.starts_with(tokens, prefix).to_numpy(zero_copy_only=False), np.bool_)


def _bits(tokens: Any) -> NDArray[np.uint32]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pa.array([f"diff:{kind.value}" for kind in KINDS])
    place = pc.fill_null(pc.index_in(tokens, value_set=wanted), -1).to_numpy(zero_copy_only=False)
    return np.where(place >= 0, np.uint32(1) << np.maximum(place, 0).astype(np.uint32), 0).astype(np.uint32)


def _targets(looked: Looked, policy: Policy, targets: Targets) -> NDArray[np.int8]:
    by_charset = {
        charset: targets.of_names(looked.names, charset, policy.shrink_order)
        for charset in {policy.charset_of(system) for system in looked.systems}
    }
    if not by_charset:
        return np.zeros(0, np.int8)
    charsets = list(by_charset)
    charset = np.array([charsets.index(policy.charset_of(system)) for system in looked.systems], np.int64)
    found = np.stack([by_charset[each] for each in charsets])[charset[looked.system], looked.mj]
    nothing = (found == Target.NOTHING) & looked.has_character
    return np.where(nothing, np.int8(Target.CHARACTER), found).astype(np.int8)


def _exceptions(looked: Looked, ruler: Ruler) -> tuple[list[str], NDArray[np.int32]]:
    """Ids that occur, the first empty; the place of each row's."""
    verdicts = [verdict for verdict, _ in CLASSES]
    ids = [""]
    lookup = np.zeros((len(CLASSES), max(1, len(looked.names))), np.int32)
    ids += [rule.id for rule in ruler.policy.exceptions]
    places = {each: at for at, each in enumerate(ids)}
    if len(ids) > 1:
        for column, mj in enumerate(looked.names):
            for row, verdict in enumerate(verdicts):
                lookup[row, column] = places[ruler.exception(mj, verdict)]
    return ids, lookup[looked.classes, looked.mj] if len(looked) else np.zeros(0, np.int32)
