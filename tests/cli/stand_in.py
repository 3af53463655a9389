"""Engines that answer without looking, for tests of what is around the engine."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from engine.glyph.model import Glyph, ReadFailure
from engine.reference.refset import find_reference_set
from engine.reference.table import MojiTable, load_table
from engine.result import Identification, Review, Subclass, Verdict
from engine.search.candidate import Candidate
from engine.settings import Settings


class StandIn:
    """Says デザイン差 of everything; remembers how it was opened."""

    opened: dict[str, object] = {}  # noqa: RUF012 - one for all on purpose

    @classmethod
    def open(cls, settings: Settings, **options: object) -> StandIn:
        cls.opened = {"settings": settings, **options}
        return cls()

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        return [
            Identification(
                glyph.source, glyph.gaiji_code, Verdict.DESIGN, mj="MJ026190", confidence=0.9, ucs="邉",
                candidates=("MJ026190", "MJ026191"), review=Review.REQUIRED, reference="r", engine="e",
            )
            for glyph in glyphs
        ]  # fmt: skip

    @property
    def table(self) -> MojiTable:
        return load_table(find_reference_set(self.opened["settings"], self.opened.get("reference")))

    def inspect(self, glyph: Glyph) -> SimpleNamespace:
        (row,) = self.identify([glyph])
        candidates = (
            Candidate("MJ026190", 0.98, 0.9),
            Candidate("MJ026191", 0.9, 0.2),
            Candidate("MJ026192", 0.1),
        )
        return SimpleNamespace(row=row, candidates=candidates)

    def failure(self, failure: ReadFailure) -> Identification:
        return Identification(
            failure.source, failure.gaiji_code, status=failure.code, message=failure.message
        )


class Broken(StandIn):
    """Fails in a way that nobody foresaw."""

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        raise ZeroDivisionError("division by zero")


class Interrupted(StandIn):
    """The user presses Ctrl-C."""

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        raise KeyboardInterrupt


class Hentaigana(StandIn):
    """Says 変体仮名, without doubt."""

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        return [
            Identification(
                glyph.source,
                verdict=Verdict.UNIDENTIFIED,
                subclass=Subclass.HENTAIGANA,
                mj="MJ090001",
                confidence=0.99,
                review=Review.AUTO,
            )
            for glyph in glyphs
        ]
