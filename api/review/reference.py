"""The names that a decision may give: those of the reference set, without opening font and index for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from api.services import Services
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The MJ names of a reference set, apart by kind.

    Attributes
    ----------
    kanji, hentaigana : frozenset of str
    """

    kanji: frozenset[str]
    hentaigana: frozenset[str]


def known_names(services: Services) -> KnownNames:
    """Return the names of the reference set in use; the first call reads the table (a third of a second)."""
    return _read(services.engine_settings)


@lru_cache(maxsize=4)
def _read(settings: Settings) -> KnownNames:
    from engine.reference.refset import find_reference_set
    from engine.reference.table import load_table

    table = load_table(find_reference_set(settings), columns=("mj", "kind"))
    kana = frozenset(
        mj for mj, is_kana in zip(table.mj, table.is_hentaigana.tolist(), strict=True) if is_kana
    )
    return KnownNames(frozenset(table.mj) - kana, kana)
