"""Lines of the ledger and glyphs of the delivery, brought together; what has no partner is told.

A line that names a file belongs to what is read from it, one that only names a code to every glyph of that
code. A line of neither kind is left over, and so is a glyph that no line, or more than one, would name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.glyph.model import Glyph, ReadFailure
from engine.intake.key import DeliveryKey

if TYPE_CHECKING:  # reading ledgers takes modules that a run without one does not need
    from engine.intake.ledger import Ledger, LedgerLine

SHOWN_STRANGERS = 5
"""Glyphs without a line in the ledger that are told by name."""

NOT_DELIVERED = (
    "台帳にありますが、渡された入力の中にありません。"
    "パスの指定と、台帳のファイル名・コードを確かめてください。"
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One glyph, or one failure, with its key.

    Attributes
    ----------
    item : Glyph or ReadFailure
        With the code that the ledger gives, where it gives one.
    key : DeliveryKey
    """

    item: Glyph | ReadFailure
    key: DeliveryKey


class Intake:
    """Gives the glyphs of one run their keys.

    Parameters
    ----------
    default : DeliveryKey
        What holds where the ledger says nothing.
    ledger : Ledger, optional
    """

    def __init__(self, default: DeliveryKey | None = None, ledger: Ledger | None = None) -> None:
        self._default = default or DeliveryKey()
        self._ledger = ledger
        self._by_file: dict[str, list[LedgerLine]] = defaultdict(list)
        self._by_code: dict[str, list[LedgerLine]] = defaultdict(list)
        self._met: set[int] = set()
        self._strangers = 0
        self._some_strangers: list[str] = []
        self._ambiguous = 0
        self._keys: set[int] = set()
        self._again = 0
        self._first_again = ""
        for line in ledger.lines if ledger else ():
            if line.image:
                self._by_file[line.image[-1].casefold()].append(line)
            else:
                self._by_code[line.code].append(line)

    def deliver(self, items: Iterable[Glyph | ReadFailure]) -> Iterator[Delivered]:
        """Yield every item with its key, then a failure for each line of the ledger that met none.

        A picture that several lines name, each with a code of its own, comes once for each.
        """
        for item in items:
            lines = self._lines(item)
            for line in lines:
                yield self._delivered(item, line.key, line.code)
            if not lines:
                yield self._delivered(item, DeliveryKey(), "")
        for line in self._ledger.lines if self._ledger else ():
            if line.number not in self._met:
                yield self._left_over(line)

    def notices(self) -> list[str]:
        """Return what is to be told of the run as a whole, in Japanese."""
        told = []
        if self._again:
            told.append(
                "団体・システム・フォント・外字コードがすべて同じ外字が、"
                f"二つ以上ありました（{self._again:,} 件。初めは {self._first_again}）。"
                "別の外字なら、--system か台帳で区別してください。"
            )
        if self._strangers:
            some = "、".join(self._some_strangers)
            more = " など" if self._strangers > len(self._some_strangers) else ""
            told.append(f"台帳にない外字が {self._strangers:,} 件ありました（同定はしました）: {some}{more}")
        if self._ambiguous:
            told.append(
                f"台帳の二つ以上の行に当てはまる外字が {self._ambiguous:,} 件あり、"
                "どの行のものか決めませんでした。台帳にフォントか画像ファイルの列を加えてください。"
            )
        return told

    def _delivered(self, item: Glyph | ReadFailure, key: DeliveryKey, code: str) -> Delivered:
        if code and code != item.gaiji_code:
            item = replace(item, gaiji_code=code)
        key = key.over(replace(self._default, font=item.font or self._default.font))
        if isinstance(item, Glyph) and item.gaiji_code:
            self._note(item, key)
        return Delivered(item, key)

    def _note(self, glyph: Glyph, key: DeliveryKey) -> None:
        mark = hash((key.municipality, key.system, key.font, glyph.gaiji_code))  # the key itself is too long
        if mark in self._keys:
            self._again += 1
            self._first_again = self._first_again or f"{glyph.source} {glyph.gaiji_code}"
        self._keys.add(mark)

    def _lines(self, item: Glyph | ReadFailure) -> list[LedgerLine]:
        """Return the lines that an item belongs to; count it where there is none, or no telling which."""
        if self._ledger is None:
            return []
        lines = self._of_file(item)
        if lines:
            self._met.update(line.number for line in lines)
            return lines
        lines = self._of_code(item)
        self._met.update(line.number for line in lines)
        if len({line.key for line in lines}) > 1:
            self._ambiguous += 1
            return []
        if not lines:
            self._strangers += 1
            if len(self._some_strangers) < SHOWN_STRANGERS:
                code = f" {item.gaiji_code}" if item.gaiji_code else ""
                self._some_strangers.append(f"{item.source}{code}")
        return lines[:1]

    def _of_file(self, item: Glyph | ReadFailure) -> list[LedgerLine]:
        whole = _parts(item.source)
        container = _parts(item.source.rpartition("#")[0])
        for parts in (whole, container):
            named = [
                line
                for line in self._by_file.get(parts[-1] if parts else "", ())
                if tuple(part.casefold() for part in line.image) == parts[-len(line.image) :]
            ]
            agreeing = [line for line in named if line.code == item.gaiji_code]
            agreeing = agreeing or [line for line in named if not (line.code and item.gaiji_code)]
            if agreeing:
                return agreeing
            if (
                named and parts is whole and not item.font
            ):  # a picture: the ledger's code counts, not the name's
                return named
        return []

    def _of_code(self, item: Glyph | ReadFailure) -> list[LedgerLine]:
        lines = self._by_code.get(item.gaiji_code, []) if item.gaiji_code else []
        font = item.font.casefold()
        of_font = [line for line in lines if line.key.font.casefold() == font]
        return of_font or [line for line in lines if not line.key.font or not font]

    def _left_over(self, line: LedgerLine) -> Delivered:
        path = self._ledger.path if self._ledger else ""
        failure = ReadFailure(f"{path}#{line.number} 行目", "not-delivered", NOT_DELIVERED, line.code)
        return Delivered(failure, line.key.over(self._default))


def _parts(source: str) -> tuple[str, ...]:
    """Parts of a path and of a member's name in it, in small letters."""
    parts = source.replace("\\", "/").replace("#", "/").casefold().split("/")
    return tuple(part for part in parts if part not in ("", "."))
