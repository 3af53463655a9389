"""Explanations: computed once, kept, the same for everybody."""

from __future__ import annotations

import json
import threading
import zlib

import numpy as np
import pytest
from sqlalchemy import func, select

from api.pictures import explanations
from api.pictures.explanations import (
    LAID,
    SQUARE,
    explanation_of,
    picture_name,
    stored_explanation,
)
from api.pictures.frame import glyph_of
from api.services import Services
from api.store.migrate import upgrade
from api.store.models import Explanation, Municipality, Shape, Suggestion
from engine.describe.normalise import normalise
from engine.explain.explain import explain
from engine.glyph.raster import OutlineRasteriser
from engine.reference.font import glyph_ids
from tests.api.review.material import Material


def both(services, shape_id):
    with services.database.reading() as session:
        shape = session.get(Shape, shape_id)
        return shape, session.get(Suggestion, shape.suggestion_id)


def rows(services) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count(Explanation.id)))


def test_it_is_computed_once_and_then_read(services, material, monkeypatch):
    shape, suggestion = both(services, material.shapes(1)[0])
    made = explanation_of(services, shape=shape, suggestion=suggestion)
    monkeypatch.setattr(explanations, "_compute", lambda *_: pytest.fail("computed again"))
    kept = explanation_of(services, shape=shape, suggestion=suggestion)
    assert (kept.id, kept.document) == (made.id, made.document)
    assert rows(services) == 1


def test_the_pictures_are_those_that_were_compared(services, material):
    shape, suggestion = both(services, material.shapes(1)[0])
    made = explanation_of(services, shape=shape, suggestion=suggestion)
    glyph = glyph_of(shape.png, shape.ink_kind)
    assert np.abs(made.ink(SQUARE).astype(int) - normalise(glyph.ink)).max() <= 8
    explained = explain(services.identifier(), glyph, top=9)
    names = [picture_name(each.name) for each in explained.candidates]
    assert set(made.pictures) == {SQUARE, *names, *(name + LAID for name in names)}
    best = explained.decided
    assert np.abs(made.ink(picture_name(best.name) + LAID).astype(int) - best.registered).max() <= 8
    assert made.ink("MJ999999") is None
    assert [each["name"] for each in made.document["compared"]] == [e.name for e in explained.candidates]


def test_of_two_requests_at_once_one_counts(services, material):
    shape, suggestion = both(services, material.shapes(1)[0])
    services.identifier()
    together = threading.Barrier(2)
    found = []

    def ask() -> None:
        together.wait()
        found.append(explanation_of(services, shape=shape, suggestion=suggestion).id)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert rows(services) == 1


def test_one_that_came_meanwhile_is_taken(services, material):
    shape, suggestion = both(services, material.shapes(1)[0])
    document, archive = explanations._compute(services, shape, suggestion)
    first = explanations._store(services, suggestion.id, document, archive)
    other = zlib.compress(json.dumps({"compared": []}).encode())
    second = explanations._store(services, suggestion.id, other, archive)
    assert second.id == first.id
    assert second.document == first.document


def test_it_belongs_to_its_shape(services, material):
    one, two = material.shapes(2)
    shape, suggestion = both(services, one)
    made = explanation_of(services, shape=shape, suggestion=suggestion)
    assert stored_explanation(services, made.id, shape_id=one).id == made.id
    assert stored_explanation(services, made.id, shape_id=two) is None


def test_a_real_glyph_is_explained_in_the_engine_s_words(server_settings, settings, refset, reference_font):
    """德 with a stroke rubbed out, against the whole reference set."""
    services = Services(server_settings, settings)
    upgrade(services.database)
    glyph_id = int(glyph_ids(refset, reference_font, ["MJ012277"])[0])
    ink = OutlineRasteriser(reference_font, em_px=96).render(glyph_id).copy()
    ink[30:42, 50:70] = 0
    with services.database.writing() as session:
        here = Municipality(code="131016", name="千代田区")
        session.add(here)
        session.flush()
        ids = {"here": here.id}
    shape, suggestion = both(services, Material(services, ids).shapes(1, inks=[ink])[0])
    made = explanation_of(services, shape=shape, suggestion=suggestion)
    explained = explain(services.identifier(), glyph_of(shape.png, "image"), top=9)
    told = made.document["compared"][0]
    assert told["label"] == explained.decided.label
    assert [one["what"] for one in told["differences"]] == [p.what for p in explained.decided.places]
    assert told["differences"], "the hole is a difference"
    assert told["role_title"] == explained.role
    assert made.document["words"]["review"] == explained.review
    services.close()
