"""The latest answers of something slow to draw, in a bounded part of memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class ByteCache:
    """Bytes by key; the ones that were not asked for longest go first.

    Parameters
    ----------
    most_bytes : int
        Sum of the sizes that are kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under ``key``, or make and keep it.

        Two threads may make the same thing at once; that is cheaper than making them wait for each other.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept and len(made) <= self._most:
                self._kept[key] = made
                self._held += len(made)
            while self._held > self._most:
                _, dropped = self._kept.popitem(last=False)
                self._held -= len(dropped)
        return made

    def __len__(self) -> int:
        return len(self._kept)
