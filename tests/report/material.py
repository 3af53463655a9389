"""Results to report on: made-up rows with real MJ names, and pictures for them to come from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import strategies as st
from PIL import Image, ImageDraw

from engine.report.entries import Entry, together
from engine.report.listing import Heading, Listing
from engine.report.pictures import NO_PICTURES, GaijiPictures
from engine.report.summary import summarise
from engine.report.words import legend
from engine.result import Identification, Review, Subclass, Verdict
from engine.sheet.face import ReferenceFace

DAY = date(2026, 4, 1)
REFERENCE = "mojikiban-006.02+criteria-v2"

HOSTILE = [
    '=cmd|" /c calc"!A1',
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1",
    "http://a/",
    "\x00\x01\x1f\x7f",
    "\u202e逆",
    "\ufffe\uffff",
    "\ud800",
    "_x000D_",
    "&C&P",
    "x" * 40_000,
    "字\n" * 800,
    "\ue000\U000f0000",
]

TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=8), st.sampled_from(["", "EUDC.TTE", "外字.zip#a.png"])
)


def row(number: int = 0, **values: object) -> Identification:
    """A usual row; the code grows with the number."""
    given: dict[str, object] = {
        "source": "EUDC.TTE",
        "gaiji_code": f"U+{0xE000 + number:04X}",
        "verdict": Verdict.SIMILAR,
        "mj": "MJ026190",
        "confidence": 0.9,
        "review": Review.REQUIRED,
        "candidates": ("MJ026190", "MJ026191"),
        "ucs": "邉",
        "ivs": "邉\U000e010f",
        "juki": "J+9089",
        "koseki": "429000",
        "evidence": ("R1", "diff:2-1"),
        "reference": REFERENCE,
        "engine": "0.1.0",
    }
    return Identification(**(given | values))


RESULTS = (
    row(0),
    row(1, verdict=Verdict.SAME, review=Review.AUTO, mj="MJ013641", ucs="来", ivs="", evidence=("S1", "A1")),
    row(2, same_as="EUDC.TTE#U+E000"),
    row(
        3, verdict=Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, mj="", ucs="", ivs="", juki="", koseki="",
        evidence=("N1", "char:U+3012"),
    ),
    row(4, verdict=Verdict.DESIGN, juki="", kind="2", near_same="EUDC.TTE#U+E000"),
    row(
        5, verdict=None, mj="", confidence=None, candidates=(), ucs="", ivs="", juki="", koseki="",
        evidence=(), status="empty-glyph",
    ),
)  # fmt: skip

ROWS = st.lists(
    st.builds(
        Identification,
        source=TEXTS,
        gaiji_code=st.sampled_from(["", "U+E000", "U+E001"]) | TEXTS,
        verdict=st.sampled_from([None, *Verdict]),
        subclass=st.sampled_from([None, *Subclass]),
        mj=st.sampled_from(["", "MJ026190", "MJ999999", "MJ090001"]),
        confidence=st.none() | st.floats(0, 1),
        review=st.sampled_from(list(Review)),
        candidates=st.lists(st.sampled_from(["MJ026190", "〒"]), max_size=2).map(tuple),
        ucs=TEXTS,
        ivs=TEXTS,
        juki=st.sampled_from(["", "J+9089"]),
        koseki=st.sampled_from(["", "429000"]),
        evidence=st.lists(
            st.sampled_from(["R1", "diff:2-1", "diff:9-9", "char:U+FFFFFFFF", "char:U+0000", "tie:MJ1", ":"]),
            max_size=3,
        ).map(tuple),
        status=st.sampled_from(["ok", "empty-glyph"]) | TEXTS.filter(bool),
        reference=st.sampled_from(["", REFERENCE, "a+criteria-../../x", "+criteria-"]),
        system=TEXTS,
        kind=st.sampled_from(["", "1", "2", "3", "4"]),
        same_as=st.sampled_from(["", "EUDC.TTE", "EUDC.TTE#U+E000"]),
    ),
    max_size=8,
)  # fmt: skip


def listing(
    face: ReferenceFace,
    rows: tuple[Identification, ...] | list[Identification] = RESULTS,
    pictures: GaijiPictures = NO_PICTURES,
    entries: list[Entry] | None = None,
    title: str = "一覧",
) -> Listing:
    """A list of rows."""
    return Listing(
        Heading(title, "見本市", DAY),
        together(rows) if entries is None else entries,
        rows,
        summarise(rows),
        legend(rows),
        face,
        pictures,
    )


def draw(path: Path, at: int = 32, size: int = 96) -> Path:
    """A picture of a made-up glyph: a cross whose upright stands at ``at``."""
    image = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(image)
    pen.line((at, 6, at, size - 6), 0, 5)
    pen.line((6, size // 2, size - 6, size // 2), 0, 5)
    image.save(path)
    return path
