"""Bulk confirmation in the browser, without JavaScript: from the filter to the end."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from api.store.models import Decision, Shape, Suggestion
from tests.api.review.test_decide import made


@pytest.fixture
def url(material) -> str:
    material.shapes(12, review="auto", confidence=0.99)
    material.shapes(2, review="auto", confidence=0.7)
    return f"/m/131016/projects/{material.project()[0]}/bulk"


def begin(client, url) -> str:
    answer = client.post(url, data={"verdict": ["字形一致"], "low": "0.9"})
    assert answer.status_code == 303
    return answer.headers["location"]


def answer_once(client, at, answer="right"):
    page = client.get(at)
    assert page.status_code == 200
    (shape_id,) = set(re.findall(r'name="shape_id" value="(\d+)"', page.text))
    assert f"/m/131016/shapes/{shape_id}.png" in page.text
    assert "/mj/GJ000001.png" in page.text
    done = client.post(f"{at}/judge", data={"shape_id": shape_id, "answer": answer})
    assert done.status_code == 303
    return done.headers["location"]


def test_from_the_filter_to_the_end(client_of, services, url):
    client = client_of("second")
    first = client.get(f"{url}?low=0.9&verdict=字形一致")
    assert "12 件が対象です" in first.text
    at = begin(client, url)
    for number in range(12):
        assert f"標本 {number + 1} / 12" in client.get(at).text
        answer_once(client, at)
    assert "標本はすべて提案のとおりでした" in client.get(at).text
    done = client.post(f"{at}/confirm")
    assert (done.status_code, done.headers["location"]) == (303, f"{at}?done=confirmed")
    assert "12 件を判定しました" in client.get(done.headers["location"]).text
    assert client.post(f"{at}/confirm").headers["location"] == f"{at}?done=confirmed"  # sent twice
    with services.database.reading() as session:
        assert len(session.scalars(select(Decision.id)).all()) == 12
    assert "完了" in client.get(url).text


def test_a_wrong_one_ends_it_and_is_shown(client_of, services, url):
    client = client_of("second")
    at = begin(client, url)
    end = answer_once(client, at, "wrong")
    page = client.get(end).text
    assert "中止しました" in page
    assert "この図形を判定する" in page
    assert client.post(f"{at}/confirm").status_code == 409
    with services.database.reading() as session:
        assert session.scalars(select(Decision.id)).all() == []


def test_what_others_decided_meanwhile_is_pointed_out(client_of, services, people, url):
    client = client_of("second")
    at = begin(client, url)
    (shape_id,) = set(re.findall(r'name="shape_id" value="(\d+)"', client.get(at).text))
    made(services, people, "first", int(shape_id))
    assert "ほかの人が先に判定したか" in client.get(at).text


def test_a_new_suggestion_meanwhile_is_pointed_out(client_of, services, url):
    client = client_of("second")
    at = begin(client, url)
    shown = client.get(at).text
    assert "提案が変わりました" not in shown
    (shape_id,) = set(re.findall(r'name="shape_id" value="(\d+)"', shown))
    with services.database.writing() as session:
        shape = session.get(Shape, int(shape_id))
        later = Suggestion(
            shape_id=shape.id, verdict="類似", mj="GJ000005", confidence=0.5, review="required",
            candidates="", evidence="", reference="2", engine="2",
        )  # fmt: skip
        session.add(later)
        session.flush()
        shape.suggestion_id = later.id
    assert "提案が変わりました" in client.get(at).text


def test_wrong_input_is_told_on_the_page(client_of, url):
    client = client_of("second")
    for query, told in (("low=x", "0.95 のように"), ("low=0.9&high=0.5", "下限を上限以下"),
                        ("verdict=なし", "区分の指定"), ("low=nan", "範囲")):  # fmt: skip
        page = client.get(f"{url}?{query}")
        assert page.status_code == 422
        assert told in page.text
    none = client.get(f"{url}?low=0.999")
    assert (none.status_code, "当てはまる図形はありません" in none.text) == (200, True)
    assert client.post(url, data={"low": "0.999"}).status_code == 422


def test_only_who_may_and_only_here(client_of, url):
    at = begin(client_of("second"), url)
    for name, status in (("viewer", 403), ("first", 403), ("other-admin", 404), ("", 303)):
        client = client_of(name)
        assert client.get(url).status_code == status
        assert client.post(url).status_code in (status, 401)
        assert client.get(at).status_code == status
        for verb in ("judge", "confirm", "abandon"):
            answer = client.post(f"{at}/{verb}", data={"shape_id": 1, "answer": "right"})
            assert answer.status_code in (status, 401)
    other = client_of("admin")
    assert "始めた人だけ" in other.get(at).text
    assert other.post(f"{at}/confirm").status_code == 403
    assert other.post(f"{at}/abandon").headers["location"] == f"{at}?done=abandoned"
    assert client_of("second").get("/m/131016/projects/999/bulk").status_code == 404
    assert client_of("second").get("/m/131016/bulk/999").status_code == 404
