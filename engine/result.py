"""The row that the engine gives for each glyph: the columns of the command-line contract."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The four classes of the ministry's 2012 survey."""

    SAME = "字形一致"
    DESIGN = "デザイン差"
    SIMILAR = "類似"
    UNIDENTIFIED = "同定不可能"


class Subclass(StrEnum):
    """What a 同定不可能 glyph is."""

    UNKNOWN = "不明文字"
    HENTAIGANA = "変体仮名"
    SYMBOL = "記号等"


class Review(StrEnum):
    """Whether a person must look."""

    AUTO = "auto"
    REQUIRED = "required"


COLUMNS: tuple[str, ...] = (
    "source", "gaiji_code", "class", "subclass", "mj", "confidence", "review", "candidates",
    "ucs", "ivs", "juki", "koseki", "toki", "jisx0213", "evidence", "status", "reference", "engine",
    "municipality", "system", "font", "kind", "same_as", "near_same",
)  # fmt: skip
"""Column names, in order. Other programs read them: add at the end only."""


@dataclass(frozen=True, slots=True)
class Identification:
    """One identified (or unreadable) glyph.

    Attributes are the contract's columns; ``verdict`` is the column ``class``. ``confidence`` is None where
    ``status`` is not ``ok``. ``message`` (not a column) explains a failed read to a person. Two rows are of
    one gaiji only where ``municipality``, ``system``, ``font`` and ``gaiji_code`` all agree.
    """

    source: str
    gaiji_code: str = ""
    verdict: Verdict | None = None
    subclass: Subclass | None = None
    mj: str = ""
    confidence: float | None = None
    review: Review = Review.REQUIRED
    candidates: tuple[str, ...] = ()
    ucs: str = ""
    ivs: str = ""
    juki: str = ""
    koseki: str = ""
    toki: str = ""
    jisx0213: str = ""
    evidence: tuple[str, ...] = ()
    status: str = "ok"
    reference: str = ""
    engine: str = ""
    message: str = ""
    municipality: str = ""
    system: str = ""
    font: str = ""
    kind: str = ""
    same_as: str = ""
    near_same: str = ""

    @property
    def place(self) -> str:
        """What ``same_as`` and ``near_same`` call this row: its source, and its code after a ``#`` if any."""
        return f"{self.source}#{self.gaiji_code}" if self.gaiji_code else self.source

    def row(self) -> dict[str, str | float | None]:
        """Values by column name, in the order of :data:`COLUMNS`; lists joined by one space."""
        return {
            "source": self.source,
            "gaiji_code": self.gaiji_code,
            "class": self.verdict.value if self.verdict else "",
            "subclass": self.subclass.value if self.subclass else "",
            "mj": self.mj,
            "confidence": self.confidence,
            "review": self.review.value,
            "candidates": " ".join(self.candidates),
            "ucs": self.ucs,
            "ivs": self.ivs,
            "juki": self.juki,
            "koseki": self.koseki,
            "toki": self.toki,
            "jisx0213": self.jisx0213,
            "evidence": " ".join(self.evidence),
            "status": self.status,
            "reference": self.reference,
            "engine": self.engine,
            "municipality": self.municipality,
            "system": self.system,
            "font": self.font,
            "kind": self.kind,
            "same_as": self.same_as,
            "near_same": self.near_same,
        }
