"""Pictures by URL: what they show, how long they are kept, who may see them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from api.pictures.explanations import explanation_of, picture_name
from api.pictures.reference import reference_of, warm
from api.store.models import Shape, Suggestion


@pytest.fixture
def shape_id(material) -> int:
    return material.shapes(1)[0]


@pytest.fixture
def explained(services, shape_id):
    with services.database.reading() as session:
        shape = session.get(Shape, shape_id)
        suggestion = session.get(Suggestion, shape.suggestion_id)
    return explanation_of(services, shape=shape, suggestion=suggestion)


def opened(response) -> np.ndarray:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(response.content)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("frame", ["tile", "normal"])
def test_a_gaiji_black_on_white(client_of, shape_id, size, frame):
    picture = opened(client_of("viewer").get(f"/m/131016/shapes/{shape_id}.png?size={size}&frame={frame}"))
    assert picture.shape == (size, size, 3)
    assert (picture[0, 0] == 255).all()
    assert picture.min() < 30


def test_the_browser_keeps_it(client_of, shape_id):
    client = client_of("viewer")
    url = f"/m/131016/shapes/{shape_id}.png?size=64"
    first = client.get(url)
    assert "immutable" in first.headers["cache-control"]
    assert "private" in first.headers["cache-control"]
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(url.replace("64", "96"), headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_an_mj_glyph(client_of, services):
    client = client_of("other-viewer")
    version = reference_of(services).version
    kept = client.get(f"/mj/GJ000005.png?size=96&v={version}")
    assert opened(kept).shape == (96, 96, 3)
    assert "immutable" in kept.headers["cache-control"]
    assert "immutable" not in client.get("/mj/GJ000005.png?size=96&v=old").headers["cache-control"]
    assert client.get("/mj/GJ000006.png?size=96").content != kept.content


def test_an_mj_outline(client_of):
    answer = client_of("viewer").get("/mj/GJ000005.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert b"<path" in answer.content
    assert client_of("viewer").get("/mj/GJ000003.svg").status_code == 404  # a name without a glyph


def test_both_on_top_of_each_other(client_of, shape_id):
    picture = opened(client_of("viewer").get(f"/m/131016/shapes/{shape_id}/over/GJ000005.png?size=256"))
    colours = {tuple(colour) for colour in picture.reshape(-1, 3).tolist()}
    assert {(255, 255, 255), (213, 94, 0)} <= colours


def test_the_pictures_of_an_explanation(client_of, shape_id, explained):
    client = client_of("viewer")
    best = picture_name(explained.document["compared"][0]["name"])
    seen = set()
    for name in ("square", best, f"{best}.laid", f"{best}.over", f"{best}.laid.over"):
        url = f"/m/131016/shapes/{shape_id}/explanation/{explained.id}/{name}.png?size=128"
        assert opened(client.get(url)).shape == (128, 128, 3)
        seen.add(client.get(url).content)
    assert len(seen) >= 4


@pytest.mark.parametrize(
    "url",
    [
        "/m/131016/shapes/{id}.png",
        "/m/131016/shapes/{id}/over/GJ000005.png",
        "/m/131016/shapes/{id}/explanation/{explanation}/square.png",
    ],
)
def test_nobody_sees_another_municipality_s(client_of, shape_id, explained, url):
    here = url.format(id=shape_id, explanation=explained.id)
    assert client_of("viewer").get(here).status_code == 200
    assert client_of("other-admin").get(here).status_code == 404
    assert client_of("other-admin").get(here.replace("131016", "011002")).status_code == 404
    assert client_of("").get(here).status_code in {303, 401}
    assert client_of("operator").get(here).status_code == 404


def test_an_explanation_is_not_another_shape_s(client_of, material, explained):
    other = material.shapes(1)[0]
    url = f"/m/131016/shapes/{other}/explanation/{explained.id}/square.png"
    assert client_of("viewer").get(url).status_code == 404


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/m/131016/shapes/999999.png", 404),
        ("/m/131016/shapes/{id}.png?size=257", 422),
        ("/m/131016/shapes/{id}.png?frame=other", 422),
        ("/m/131016/shapes/{id}/over/GJ999999.png", 404),
        ("/m/131016/shapes/{id}/explanation/1/..%2F..%2Fsquare.png", 404),
        ("/m/131016/shapes/{id}/explanation/1/MJ999999.png", 404),
        ("/mj/GJ999999.png", 404),
        ("/mj/GJ000003.png", 404),
        ("/mj/GJ000005.png?size=100000", 422),
        ("/mj/nothing.png", 404),
        ("/m/131016/shapes/99999999999999999999.png", 404),
    ],
)
def test_what_there_is_not(client_of, shape_id, url, status):
    assert client_of("viewer").get(url.format(id=shape_id)).status_code == status


def test_a_stranger_sees_no_mj(client_of):
    assert client_of("").get("/mj/GJ000005.png").status_code in {303, 401}


def test_what_the_first_page_needs_can_be_opened_before(services):
    warm(services)
    assert len(reference_of(services).pictures) == 1
    assert reference_of(services).character.cache_info().currsize == 1
