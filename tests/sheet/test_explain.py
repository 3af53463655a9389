"""The picture and the page of an explanation, for any outcome."""

from dataclasses import replace

import numpy as np
import pytest

from engine.difference import Difference, DifferenceKind
from engine.explain.explanation import ExplainedCandidate, Explanation, TracedRule
from engine.explain.place import Place
from engine.glyph.model import Glyph
from engine.judge.criteria import load_criteria
from engine.judge.measure import MEASURES
from engine.result import Identification, Review, Subclass, Verdict
from engine.sheet.explain import TILE_PX, enlarged, explanation_page, explanation_sheet, ringed
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import CANDIDATE_ONLY, GAIJI_ONLY

CRITERIA = load_criteria("v1")


@pytest.fixture(scope="module")
def face(reference_font) -> ReferenceFace:
    return ReferenceFace(reference_font)


def place(number=1, x=32.0, y=32.0, radius=6.0, kind="2-1"):
    return Place(number, Difference(DifferenceKind(kind), x, y, radius, 1.5))


def candidate(name="MJ026190", ucs="邉", probability=0.9, places=(), **values):
    square = np.zeros((64, 64), np.uint8)
    square[30:34, 4:60] = 255
    return ExplainedCandidate(
        name,
        ucs,
        "",
        probability,
        0.9,
        values.get("offered", True),
        True,
        False,
        tuple(places),
        square,
        square,
    )


def traced(identifier):
    rule = CRITERIA.rule(identifier)
    return TracedRule(rule, rule.trace(dict.fromkeys(MEASURES, 0.5)))


def explanation(verdict=Verdict.DESIGN, *, source="字.png", **values) -> Explanation:
    ink = np.zeros((40, 40), np.uint8)
    ink[20] = ink[:, 20] = 255
    row = Identification(source, "U+E000", verdict, values.get("subclass"), "MJ026190", 0.9, Review.REQUIRED)
    best = candidate(places=values.get("places", ()))
    return Explanation(
        Glyph(ink, source, "U+E000"), row, CRITERIA, (traced("D1"), traced("A9")), (traced("S1"),),
        (best, candidate("MJ026191", probability=0.01)), candidate("MJ026191", probability=0.01),
    )  # fmt: skip


def has(picture, colour) -> bool:
    return bool((np.asarray(picture) == np.array(colour)).all(axis=-1).any())


def test_a_sheet_has_both_colours_and_grows_with_what_it_tells(face):
    plain = explanation()
    sheet = explanation_sheet(plain, face)
    assert has(sheet, GAIJI_ONLY)
    assert has(sheet, CANDIDATE_ONLY)
    alone = replace(plain, runner_up=None)
    assert explanation_sheet(alone, face).height < sheet.height - TILE_PX / 2
    many = replace(plain, missed=(traced("S1"),) * 12)
    assert explanation_sheet(many, face).height > sheet.height + 11 * 60


@pytest.mark.parametrize(
    ("verdict", "subclass"),
    [(each, None) for each in (Verdict.SAME, Verdict.DESIGN, Verdict.SIMILAR)]
    + [(Verdict.UNIDENTIFIED, each) for each in Subclass],
)
def test_every_outcome_is_shown(face, verdict, subclass):
    told = explanation(verdict, subclass=subclass, places=[place()])
    page = explanation_page(told, face)
    assert told.meaning in page
    assert told.role in page
    assert page.count("<figure>") == 8
    assert explanation_sheet(told, face).width == explanation_sheet(explanation(), face).width


@pytest.mark.parametrize("source", ["<b>x</b>", "改\n行\x00.png", "\u202egnp.exe", "\udcff.png", "x" * 3000])
def test_any_name_is_only_a_name(face, source):
    told = explanation(source=source)
    page = explanation_page(told, face)
    assert "<b>" not in page
    assert "\u202e" not in page
    page.encode("utf-8")
    assert explanation_sheet(told, face).width == explanation_sheet(explanation(), face).width


def test_a_candidate_without_a_glyph_is_drawn_from_the_index(face):
    told = explanation()
    other = replace(told, candidates=(candidate("\U0010fffd", "\U0010fffd"), told.candidates[1]))
    assert has(explanation_sheet(other, face), CANDIDATE_ONLY)


def test_a_ring_surrounds_its_place(face):
    paper = np.full((320, 320, 3), 255, np.uint8)
    drawn = ringed(paper, [place(x=31.5, y=31.5, radius=8)], face)
    rows, cols = np.nonzero((drawn < 80).all(-1))
    assert {rows.min(), cols.min()} <= set(range(117, 123))
    assert not (drawn[140:172, 140:172] < 255).any()


@pytest.mark.parametrize("x", [0, 32, 63])
@pytest.mark.parametrize("y", [0, 32, 63])
def test_numbers_stay_inside_the_picture_and_apart(face, x, y):
    paper = np.full((320, 320, 3), 255, np.uint8)
    one = ringed(paper, [place(1, x, y)], face)
    two = ringed(paper, [place(1, x, y), place(2, x, y)], face)
    dark = [(each < 80).all(-1).sum() for each in (one, two)]
    assert dark[1] - dark[0] > 110  # the second number stands beside the first, whole
    edge = np.concatenate([one[0], one[-1], one[:, 0], one[:, -1]])
    assert (edge < 80).all(-1).sum() < 20


def test_enlarging_keeps_edges_sharp():
    square = np.zeros((64, 64), np.uint8)
    square[:, 32:] = 255
    large = enlarged(square, 256)
    assert large.shape == (256, 256)
    assert ((large > 20) & (large < 235)).mean() < 0.02
    assert not large[:, :120].any()
    assert (large[:, 136:] == 255).all()
