"""Earlier decisions find their way to new glyphs: of this municipality, and of others that share."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select

from api.domain.standing import SecondReview
from api.prototypes import match
from api.prototypes.hits import hits_of
from api.prototypes.match import Found, find, keep
from api.review import bulk
from api.review.bulk_set import BulkFilter
from api.review.withdraw import withdraw
from api.store.models import Municipality, Prototype, PrototypeHit, Shape
from api.work.filters import Filter
from api.work.listing import list_page
from engine.glyph.raster import OutlineRasteriser
from tests.api.review.material import OTHER, SAME, place_of, set_rule
from tests.api.review.test_decide import made


@pytest.fixture(scope="module")
def draw(reference_font):
    face = OutlineRasteriser(reference_font, em_px=96)
    return lambda name: face.render(face.glyph_id(name.lower()))


@pytest.fixture
def alone(services, people):
    """One person's decision is enough."""
    set_rule(services, people, SecondReview.NEVER)
    set_rule(services, people, SecondReview.NEVER, "there")


def noisy(ink):
    noise = np.random.default_rng(1).normal(0, 6, ink.shape) * (ink > 0)
    return np.clip(ink.astype(int) + noise, 0, 255).astype(np.uint8)


def arrived(services, people, material, inks, where="here", **more) -> list[int]:
    """New shapes, as the worker adds them."""
    found = find(services, municipality_id=people[where], inks=inks)
    ids = material.shapes(len(inks), inks=inks, where=where, **more)
    with services.database.writing() as session:
        keep(session, shape_ids=ids, found=found)
    return ids


def hits(services, shape_id):
    with services.database.reading() as session:
        return hits_of(session, shape_id)


def share(services, people, where, shares=True):
    with services.database.writing() as session:
        session.get(Municipality, people[where]).shares_prototypes = shares


def listed(services, people) -> set[int]:
    """Shapes that the list says an earlier decision speaks for: by its filter, and by its lines."""
    with services.database.reading() as session:
        place = place_of(people, "viewer")
        by_filter = {row.id for row in list_page(session, place=place, filter=Filter(prototype=True)).rows}
        by_line = {row.id for row in list_page(session, place=place, filter=Filter()).rows if row.prototype}
    assert by_filter == by_line
    return by_filter


def in_bulk(services, people) -> set[int]:
    with services.database.reading() as session:
        matching = bulk.shapes_of((Shape.id,), municipality_id=people["here"], chosen=BulkFilter())
        return set(session.scalars(matching))


def test_a_glyph_that_comes_again_meets_its_earlier_decision(services, people, material, alone, draw):
    inks = [draw("MJ026193"), draw("MJ008735")]
    old = arrived(services, people, material, inks)
    assert [hits(services, each) for each in old] == [[], []]
    done = made(services, people, "first", old[0], OTHER)
    (new, other) = arrived(services, people, material, [noisy(inks[0]), draw("MJ021149")], project="税")
    (hit,) = hits(services, new)
    assert (hit.likeness, hit.finding, hit.shared) == ("near", OTHER, False)
    assert (hit.shape_id, hit.decision_id) == (old[0], done.decision_id)
    assert hits(services, other) == []


def test_a_withdrawn_decision_speaks_no_more(services, people, material, alone, draw):
    ink = draw("MJ026193")
    (old,) = arrived(services, people, material, [ink])
    done = made(services, people, "first", old, OTHER)
    (before,) = arrived(services, people, material, [noisy(ink)])
    assert len(hits(services, before)) == 1
    with services.database.writing() as session:
        withdraw(session, place=place_of(people, "first"), decision_id=done.decision_id, reason="誤り")
    assert hits(services, before) == []
    assert find(services, municipality_id=people["here"], inks=[noisy(ink)]) == [[]]
    again = made(services, people, "first", old, SAME)
    (found,) = find(services, municipality_id=people["here"], inks=[noisy(ink)])
    with services.database.reading() as session:
        prototype = session.scalars(select(Prototype).where(Prototype.decision_id == again.decision_id)).one()
    assert [each.prototype_id for each in found] == [prototype.id]


def test_another_municipality_speaks_only_while_it_shares(services, people, material, alone, draw):
    ink = draw("MJ026193")
    (theirs,) = arrived(services, people, material, [ink], where="there")
    made(services, people, "other-first", theirs, OTHER)
    (before,) = arrived(services, people, material, [noisy(ink)], review="auto")
    assert hits(services, before) == []
    share(services, people, "there")
    (same,) = arrived(services, people, material, [ink], review="auto")
    (hit,) = hits(services, same)
    assert (hit.likeness, hit.probability, hit.shared, hit.finding) == ("same", 1.0, True, OTHER)
    assert (hit.shape_id, hit.decision_id, hit.decided_at) == (None, None, None)
    assert listed(services, people) == {same}
    assert in_bulk(services, people) == {before}  # a person must look where an earlier decision differs
    share(services, people, "there", False)
    assert hits(services, same) == []
    assert listed(services, people) == set()
    assert in_bulk(services, people) == {before, same}


def test_the_description_is_made_later_and_once(services, people, material, alone, draw, monkeypatch):
    (old,) = arrived(services, people, material, [draw("MJ026193")])
    made(services, people, "first", old, SAME)
    with services.database.reading() as session:
        assert session.scalars(select(Prototype.vector)).all() == [None]
    find(services, municipality_id=people["here"], inks=[])
    with services.database.reading() as session:
        (row,) = session.execute(select(Prototype.vector, Prototype.describe)).all()
    vector = np.frombuffer(row.vector, np.float32)
    assert vector.shape == (256,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert row.describe == match._matching_of(services).matcher.describe_id
    stored = []
    monkeypatch.setattr("api.prototypes.pool._store", lambda *given: stored.append(given))
    match._matchings.pop(services)  # as if begun anew: what is described is only read
    find(services, municipality_id=people["here"], inks=[])
    assert stored == []


def test_a_description_by_another_model_is_made_anew(services, people, material, alone, draw):
    ink = draw("MJ026193")
    (old,) = arrived(services, people, material, [ink])
    made(services, people, "first", old, SAME)
    with services.database.writing() as session:
        row = session.scalars(select(Prototype)).one()
        row.vector, row.describe = b"\0" * 1024, "an older one"
    assert find(services, municipality_id=people["here"], inks=[noisy(ink)])[0]


def test_one_form_needs_the_engine_to_name_one_mj(services, people, material, alone):
    set_rule(services, people, SecondReview.NEVER)
    (old,) = material.shapes(1, suggested=SAME)
    made(services, people, "first", old, OTHER)
    alike, unlike, near = (
        material.shapes(1, suggested=SAME)[0],
        material.shapes(1, suggested=OTHER)[0],
        material.shapes(1, suggested=OTHER)[0],
    )
    with services.database.writing() as session:
        prototype = session.scalars(select(Prototype)).one()
        form = [Found(prototype.id, "form", 0.99)]
        found = [form, form, [Found(prototype.id, "near", 0.99)], form]
        assert keep(session, shape_ids=[alike, unlike, near, old], found=found) == 2
        assert keep(session, shape_ids=[alike], found=[form]) == 0  # known already
    with services.database.reading() as session:
        assert set(session.scalars(select(PrototypeHit.shape_id))) == {alike, near}
