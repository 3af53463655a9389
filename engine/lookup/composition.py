"""How characters are put together: every IDS of the table as one graph, and questions to all of it at once.

A *thing* is a symbol (a character, or a part without a code point) or a layout that places two things. A
symbol has as many compositions as the sources give IDS; a part counts as often as in the composition that has
it most often. The graph is kept as arrays in the order of its levels, so that one pass from the leaves
upwards answers a question for all characters in a millisecond or two, and nothing has to be stored for each
pair of character and part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.lookup.ids import ANYTHING, BINARY, OPERATORS, SUBTRACTION, IdsError, Tree, parse_ids

_NOTHING = 0
"""The thing that stands where a layout has no second part."""

_SYMBOL = "\0"
_UNCODED = 0x200000
"""Added to the numbers of parts without a code point, to tell them from code points."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Layouts whose parts all lie on lower levels, and compositions that are complete with them.

    Attributes
    ----------
    layouts, left, right : (L,) int64
        Things: the layouts, and what each of them places.
    symbols, compositions : (C,) int64
        Things: a symbol, and what composes it.
    """

    layouts: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    symbols: NDArray[np.int64]
    compositions: NDArray[np.int64]


class Composition:
    """The graph.

    Parameters
    ----------
    described : iterable of (str, iterable of str)
        Characters with their IDS. An IDS that cannot be read or leads back to its own character is left out.
    symbol_of : callable
        Form of a part → the character that stands for all its forms.
    """

    def __init__(
        self, described: Iterable[tuple[str, Iterable[str]]], symbol_of: Callable[[str], str]
    ) -> None:
        draft = _Draft()
        for character, texts in described:
            draft.describe(character, texts)
        self.number_of: Mapping[str, int] = draft.number_of
        self._length = len(draft.operators)
        self._operators = np.array(draft.operators)
        self._left, self._right = np.array(draft.left, np.int64), np.array(draft.right, np.int64)
        self._levels = _levels(draft)
        self._symbol_of = symbol_of
        self._keys = self._number_things()

    def count(self, symbols: Iterable[str]) -> NDArray[np.int32]:
        """Return how often any of ``symbols`` is in each thing, a symbol in itself once, (things,) int32."""
        counts = self._marked(symbols).astype(np.int32)
        for level in self._levels:
            counts[level.layouts] = counts[level.left] + counts[level.right]
            np.maximum.at(counts, level.symbols, counts[level.compositions])
        return counts

    def composed_of(self, parts: Iterable[str]) -> NDArray[np.bool_]:
        """Return which things are composed of exactly these parts, in any layout, (things,) bool.

        Parameters
        ----------
        parts : iterable of str
            Each as often as it is needed.
        """
        wanted = _keys([self._symbol_of(part) for part in parts]).sum(dtype=np.uint64)
        found = np.zeros(self._length, np.bool_)
        for level in self._levels:
            found[level.symbols[self._keys[level.compositions] == wanted]] = True
        return found

    def fitting(self, layout: Tree, forms: Callable[[str], Iterable[str]]) -> NDArray[np.int32]:
        """Return where a layout is: 2 the thing itself is laid out so, 1 a part of it is, 0 neither.

        Parameters
        ----------
        layout : Tree
            The leaf ``?`` fits anything.
        forms : callable
            Leaf → the symbols that count as it.

        Returns
        -------
        (things,) int32
        """
        whole = self._fits(layout, forms)
        inside = whole.copy()
        for level in self._levels:
            inside[level.layouts] |= inside[level.left] | inside[level.right]
            inside[level.symbols[inside[level.compositions]]] = True
        return whole.astype(np.int32) + inside

    def _fits(self, tree: Tree, forms: Callable[[str], Iterable[str]]) -> NDArray[np.bool_]:
        if isinstance(tree, str):
            return np.ones(self._length, np.bool_) if tree == ANYTHING else self._marked(forms(tree))
        fits: NDArray[np.bool_] = np.equal(self._operators, tree.operator)
        fits &= self._fits(tree.left, forms)[self._left]
        if tree.right is not None:
            fits &= self._fits(tree.right, forms)[self._right]
        for level in self._levels:
            fits[level.symbols[fits[level.compositions]]] = True
        return fits

    def _marked(self, symbols: Iterable[str]) -> NDArray[np.bool_]:
        marks = np.zeros(self._length, np.bool_)
        marks[[self.number_of[symbol] for symbol in symbols if symbol in self.number_of]] = True
        return marks

    def _number_things(self) -> NDArray[np.uint64]:
        """Return a key of each thing, (things,) uint64: of a layout the sum over its leaves.

        Two layouts of the same parts have the same key; others do not, but for one chance in 2**64.
        """
        keys = np.zeros(self._length, np.uint64)
        keys[list(self.number_of.values())] = _keys([self._symbol_of(symbol) for symbol in self.number_of])
        for level in self._levels:
            keys[level.layouts] = keys[level.left] + keys[level.right]
        return keys


class _Draft:
    """Things as they are read, before they are put in order. Thing 0 is :data:`_NOTHING`."""

    def __init__(self) -> None:
        self.number_of: dict[str, int] = {}
        self.operators = [_SYMBOL]
        self.left = [_NOTHING]
        self.right = [_NOTHING]
        self.compositions: dict[int, list[int]] = {}

    def describe(self, character: str, texts: Iterable[str]) -> None:
        """Add a character with its IDS."""
        number = self._symbol(character)
        for text in texts:
            if len(text) == 3 and text[0] in BINARY and not OPERATORS & set(text[1:]):
                # Three of four are like this; parsing them as well would double the time to build the graph.
                composition = self._add(text[0], self._symbol(text[1]), self._symbol(text[2]))
            else:
                try:
                    composition = self._thing(parse_ids(text))
                except IdsError:
                    continue
            if composition not in (number, _NOTHING):
                self.compositions.setdefault(number, []).append(composition)

    def _symbol(self, text: str) -> int:
        if text not in self.number_of:
            self.number_of[text] = self._add(_SYMBOL, _NOTHING, _NOTHING)
        return self.number_of[text]

    def _thing(self, tree: Tree) -> int:
        if isinstance(tree, str):
            return self._symbol(tree)
        right = _NOTHING if tree.right is None else self._thing(tree.right)
        return self._add(tree.operator, self._thing(tree.left), right)

    def _add(self, operator: str, left: int, right: int) -> int:
        self.operators.append(operator)
        self.left.append(left)
        self.right.append(right)
        return len(self.operators) - 1


def _levels(draft: _Draft) -> list[_Level]:
    """Put the things in order; a composition that leads back to its own symbol is left out."""
    is_layout = np.array([operator != _SYMBOL for operator in draft.operators])
    left, right = np.array(draft.left, np.int64), np.array(draft.right, np.int64)
    pairs = np.array([(s, c) for s, each in draft.compositions.items() for c in each], np.int64).reshape(
        -1, 2
    )
    symbols, compositions = pairs.T
    kept = np.ones(len(pairs), np.bool_)
    done = np.zeros(len(is_layout), np.bool_)
    done[_NOTHING] = True
    found = []
    while not done[~is_layout].all():
        layouts = np.flatnonzero(is_layout & ~done & done[left] & done[right])
        done[layouts] = True
        complete = ~is_layout & ~done
        complete[symbols[kept & ~done[compositions]]] = False
        if not layouts.size and not complete.any():
            for symbol, composition in _circular(draft, done):
                kept &= (symbols != symbol) | (compositions != composition)
                draft.compositions[symbol].remove(composition)
            continue
        here = complete[symbols] & kept
        found.append(_Level(layouts, left[layouts], right[layouts], symbols[here], compositions[here]))
        done[complete] = True
    return found


def _circular(draft: _Draft, done: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return compositions to leave out, (symbol, composition), one of each circle met, at least one.

    Most circles are a character and itself less a stroke, each described by the other: the description by
    what is missing goes. Else the one that goes is where another composition remains, or the first.
    """
    found = []
    seen: set[int] = set()
    for start in list(draft.compositions):
        thing, walk = start, []
        while not done[thing] and thing not in seen:
            seen.add(thing)
            walk.append(thing)
            below = draft.compositions.get(thing) or (draft.left[thing], draft.right[thing])
            thing = next(each for each in below if not done[each])
        if thing in walk:
            circle = walk[walk.index(thing) :]
            steps = [
                (draft.operators[below] != SUBTRACTION, len(draft.compositions[each]) == 1, at, each, below)
                for at, (each, below) in enumerate(zip(circle, [*circle[1:], circle[0]], strict=True))
                if each in draft.compositions
            ]
            found.append(min(steps)[3:])
    return found


def _keys(symbols: list[str]) -> NDArray[np.uint64]:
    """Return a key of each symbol, (K,) uint64, spread evenly by the finaliser of SplitMix64."""
    codes = [ord(text) if len(text) == 1 else _UNCODED + int(text.strip("{}") or 0) for text in symbols]
    keys = np.array(codes, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
