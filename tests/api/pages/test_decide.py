"""The decision page without a browser: what it shows to whom, and what its forms do."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from api.domain.standing import SecondReview
from api.pages.decide.view import CLASSES
from api.pages.decide.way import way_of
from api.store.models import (
    Decision,
    Gaiji,
    PolicyVersion,
    ProjectShape,
    Prototype,
    PrototypeHit,
    Shape,
    Suggestion,
    Withdrawal,
)
from api.store.types import now
from engine.errors import ReferenceSetError
from engine.policy.load import load_policy
from engine.policy.write import to_toml
from tests.api.review.material import KANA, SYMBOL, Material, set_rule

HERE = "/m/131016"


@pytest.fixture
def material(services, people) -> Material:
    return Material(services, people)


class Page(HTMLParser):
    """Elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [
            attributes
            for name, attributes in self.found
            if name == tag and wanted.items() <= attributes.items()
        ]

    def one(self, tag: str, **wanted: str) -> dict[str, str]:
        (found,) = self.all(tag, **wanted)
        return found

    def checked(self, name: str) -> list[str]:
        return [each["value"] for each in self.all("input", name=name) if "checked" in each]


def page_of(client, shape_id: int, query: str = "", *, status: int = 200) -> Page:
    answer = client.get(f"{HERE}/shapes/{shape_id}?{query}")
    assert answer.status_code == status, answer.text
    return Page(answer.text)


def sent(client, shape_id: int, *, json: bool = False, **fields):
    data = {"version": "1", "verdict": "字形一致", "mj": "GJ000001", "reason": "", "query": "", **fields}
    headers = {"Accept": "application/json"} if json else {}
    return client.post(f"{HERE}/shapes/{shape_id}/decisions", data=data, headers=headers)


def decisions(services) -> list[Decision]:
    with services.database.reading() as session:
        return list(session.scalars(select(Decision).order_by(Decision.id)))


# --- Showing ---


def test_the_machine_s_suggestion_is_chosen(client_of, material):
    shape_id = material.shapes(1)[0]
    page = page_of(client_of("first"), shape_id)
    assert page.checked("verdict") == ["字形一致"]
    assert page.checked("mj") == ["GJ000001"]
    assert page.one("input", name="version")["value"] == "1"
    assert "確信度 90.0 %" in page.text
    assert "U+E001" in page.text


def test_candidates_have_keys_in_their_order(client_of, material):
    page = page_of(client_of("first"), material.shapes(1)[0])
    picks = [(each["data-key"], each["value"]) for each in page.all("input", name="mj")]
    assert picks == [("1", "GJ000001"), ("2", "GJ000002"), ("3", "GJ000005"), ("0", "")]
    keys = [each["data-key"] for each in page.all("input", name="verdict")]
    assert keys == [key for _, key, _ in CLASSES]
    taken = {"b", "o", "a", "u", "n", "p", "j", "[", "]", "/", "?", "Enter"}
    assert len({*keys, *taken, *"0123456789"}) == len(keys) + len(taken) + 10  # no key does two things


def test_everything_of_the_chosen_candidate_is_there_without_a_script(client_of, material):
    shape_id = material.shapes(1)[0]
    client = client_of("first")
    page = page_of(client, shape_id)
    about = page.all("div", **{"class": "about"})
    assert [each["data-of"] for each in about] == ["c1", "c2", "c3", "c0"]
    sources = [each["src"] for each in page.all("img")]
    assert f"{HERE}/shapes/{shape_id}/over/GJ000001.png?size=256" in sources
    for source in sources:
        assert client.get(source).status_code == 200, source
    assert client.get(page.one("div", id="desk")["data-gaiji"]).status_code == 200


def test_nothing_on_the_page_breaks_the_content_policy(client_of, material):
    answer = client_of("first").get(f"{HERE}/shapes/{material.shapes(1)[0]}")
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|data:[a-z]+/", answer.text)
    page = Page(answer.text)
    assert all("src" in each for each in page.all("script"))
    assert not page.all("style")
    for tag, name in (("script", "src"), ("link", "href"), ("img", "src"), ("form", "action")):
        assert all(each.get(name, "/").startswith("/") for each in page.all(tag)), tag


def test_every_field_has_a_label(client_of, material):
    page = page_of(client_of("first"), material.shapes(1)[0])
    labels = {each.get("for") for each in page.all("label")}
    for tag in ("textarea", "input"):
        for each in page.all(tag):
            if each.get("type") in {"hidden", "radio", "checkbox", "range"}:
                continue
            assert each["id"] in labels
    assert page.one("input", id="slide")["aria-label"]


def test_gaiji_with_the_same_picture_are_named(client_of, services, material):
    shape_id = material.shapes(1)[0]
    with services.database.writing() as session:
        project, upload = session.execute(select(Gaiji.project_id, Gaiji.upload_id)).one()
        for number in range(2, 10):
            session.add(
                Gaiji(
                    municipality_id=session.get(Shape, shape_id).municipality_id, project_id=project,
                    upload_id=upload, ordinal=100 + number, shape_id=shape_id, source="EUDC.TTE",
                    code=f"U+F00{number}", font="明朝外字",
                )
            )  # fmt: skip
        session.get(ProjectShape, (project, shape_id)).gaiji_count = 9
    page = page_of(client_of("viewer"), shape_id)
    assert "同じ図形が 9 字" in page.text
    assert "U+F006" in page.text
    assert "U+F007" not in page.text  # six of them are enough
    assert "ほか 3 字" in page.text


def test_without_the_engine_the_page_still_decides(client_of, services, material, monkeypatch):
    def fail(*_):
        raise ReferenceSetError("索引がありません。")

    monkeypatch.setattr(services, "identifier", fail)
    shape_id = material.shapes(1)[0]
    page = page_of(client_of("first"), shape_id)
    assert "説明を作れませんでした。索引がありません。" in page.text
    assert sent(client_of("first"), shape_id).status_code == 303


def test_an_explanation_of_another_version_says_so(client_of, material):
    page = page_of(client_of("first"), material.shapes(1)[0])
    assert "説明は、いまの版" in page.text  # the suggestion of the tests names an engine that never was


def test_an_earlier_decision_speaks_for_it(client_of, services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    old, new = material.shapes(2)
    sent(client_of("first"), old, verdict="類似", mj="GJ000011", reason="点がない")
    with services.database.writing() as session:
        prototype = session.scalars(select(Prototype)).one()
        session.add(PrototypeHit(shape_id=new, prototype_id=prototype.id, likeness="near", probability=0.97))
    page = page_of(client_of("first"), new)
    assert "ほとんど同じ図形（97.0 %）" in page.text
    assert f"{HERE}/decisions/1" in [each["href"] for each in page.all("a")]
    assert page.one("input", id="n1")["value"] == "GJ000011"  # there to choose, though no candidate
    refused = sent(client_of("first"), new)
    assert refused.status_code == 422
    assert "前の判定と違う判定には、理由が必要です" in refused.text
    assert Page(refused.text).one("textarea", name="reason")["aria-invalid"] == "true"
    assert sent(client_of("first"), new, verdict="類似", mj="GJ000011").status_code == 303
    replayed = Page(client_of("viewer").get(f"{HERE}/decisions/2").text)
    assert "前の判定（97.0 %）" in replayed.text


# --- Who may ---


def test_a_viewer_looks_but_does_not_decide(client_of, services, material):
    shape_id = material.shapes(1)[0]
    page = page_of(client_of("viewer"), shape_id)
    assert not page.all("form", id="verdict")
    assert "「閲覧」の役割では判定できません" in page.text
    assert sent(client_of("viewer"), shape_id).status_code == 403
    assert decisions(services) == []


def test_another_municipality_s_shape_is_not_there(client_of, material):
    theirs = material.shapes(1, where="there")[0]
    client = client_of("first")
    assert client.get(f"{HERE}/shapes/{theirs}").status_code == 404
    assert client.get(f"{HERE}/shapes/{theirs}/lookup?q=一").status_code == 404
    assert sent(client, theirs).status_code == 404
    assert client.get(f"/m/011002/shapes/{theirs}").status_code == 404
    assert client_of("other-first").get(f"/m/011002/shapes/{theirs}").status_code == 200


def test_the_first_decision_is_hidden_from_the_second_person(client_of, services, material):
    shape_id = material.shapes(1)[0]
    sent(client_of("first"), shape_id, verdict="類似", mj="GJ000005", reason="右上の点がない")
    first = decisions(services)[0]
    for name in ("second", "admin", "viewer"):
        page = page_of(client_of(name), shape_id)
        assert "右上の点がない" not in page.text
        assert "伏せています" in page.text
        assert page.checked("verdict") in (["字形一致"], [])  # the machine's, not the first person's
        assert client_of(name).get(f"{HERE}/decisions/{first.id}").status_code == 404
    own = page_of(client_of("first"), shape_id)
    assert "右上の点がない" in own.text
    assert "二次判定は、ほかの人がします" in own.text
    assert not own.all("form", id="verdict")


def test_the_conference_sees_both_and_chooses_for_itself(client_of, material):
    shape_id = material.shapes(1)[0]
    sent(client_of("first"), shape_id, verdict="類似", mj="GJ000005", reason="点がない")
    sent(client_of("second"), shape_id, version="2", reason="印刷のかすれ")
    page = page_of(client_of("second"), shape_id)
    assert "協議をします" in page.text
    assert "点がない" in page.text
    assert "印刷のかすれ" in page.text
    assert page.checked("verdict") == []
    assert "required" in page.one("textarea", name="reason")
    refused = sent(client_of("second"), shape_id, version="3")
    assert refused.status_code == 422
    assert "協議の結果には理由が必要です" in refused.text
    assert sent(client_of("second"), shape_id, version="3", reason="現物を見た").status_code == 303
    assert "確定" in page_of(client_of("viewer"), shape_id).text


# --- Deciding ---


def test_a_decision_is_recorded_and_leads_on(client_of, services, material):
    one, two = material.shapes(2)
    project_id = material.project()[0]
    client = client_of("first")
    answer = sent(
        client, one, verdict="デザイン差", mj="GJ000002", reason="はね", seconds="1.75",
        looked_up="いち", query=f"project={project_id}&sort=confidence",
    )  # fmt: skip
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert target.path == f"{HERE}/shapes/{two}"
    assert parse_qs(target.query) == {"project": [str(project_id)], "sort": ["confidence"]}
    (made,) = decisions(services)
    assert (made.verdict, made.mj, made.reason, made.stage) == ("デザイン差", "GJ000002", "はね", "first")
    assert (made.seconds, made.project_id, made.shape_version) == (1.75, project_id, 1)
    assert made.seen["page"] == {"looked_up": "いち"}
    assert made.seen["explanation_id"] is None  # it was sent without looking at the page


def test_what_was_shown_is_recorded(client_of, services, material):
    shape_id = material.shapes(1)[0]
    page_of(client_of("first"), shape_id)
    sent(client_of("first"), shape_id)
    seen = decisions(services)[0].seen
    assert seen["explanation_id"] is not None
    assert seen["candidates"] == ["GJ000001", "GJ000002", "GJ000005"]


def test_at_the_end_of_the_list_the_list_is_shown(client_of, material):
    shape_id = material.shapes(1)[0]
    project_id = material.project()[0]
    answer = sent(client_of("first"), shape_id, query=f"project={project_id}")
    assert answer.headers["location"] == f"{HERE}/projects/{project_id}/shapes?project={project_id}"


def test_the_page_s_script_is_told_what_comes_next(client_of, material):
    one, two = material.shapes(2)
    answer = sent(client_of("first"), one, json=True)
    assert answer.json() == {"next": f"{HERE}/shapes/{two}", "shape": two, "version": 1}
    assert sent(client_of("first"), two, json=True).json()["shape"] is None


@pytest.mark.parametrize(
    ("verdict", "mj", "kept"),
    [
        ("不明文字", "GJ000001", ("同定不可能", "不明文字", "")),
        ("記号等", "GJ000001", ("同定不可能", "記号等", "")),
        ("変体仮名", "GJ000001", ("同定不可能", "変体仮名", "")),
        ("変体仮名", "GJ090001", ("同定不可能", "変体仮名", "GJ090001")),
        ("類似", "GJ000005", ("類似", "", "GJ000005")),
    ],
)
def test_a_class_without_an_mj_does_not_take_the_chosen_candidate(
    client_of, services, material, verdict, mj, kept
):
    assert sent(client_of("first"), material.shapes(1)[0], verdict=verdict, mj=mj).status_code == 303
    (made,) = decisions(services)
    assert (made.verdict, made.subclass, made.mj) == kept


def test_a_suggestion_of_a_kind_without_an_mj_is_chosen_too(client_of, material):
    symbol = material.shapes(1, suggested=SYMBOL)[0]
    kana = material.shapes(1, suggested=KANA)[0]
    assert page_of(client_of("first"), symbol).checked("verdict") == ["記号等"]
    assert page_of(client_of("first"), symbol).checked("mj") == [""]
    page = page_of(client_of("first"), kana)
    assert page.checked("verdict") == ["変体仮名"]
    assert page.checked("mj") == ["GJ090001"]  # not among the candidates, but there to choose


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"verdict": ""}, "区分を選んでください"),
        ({"verdict": "何か"}, "区分を選んでください"),
        ({"mj": ""}, "MJ文字図形名が必要です"),
        ({"mj": "GJ999999"}, "参照セットにありません"),
        ({"reason": "長" * 1001}, "1000 字まで"),
    ],
)
def test_what_cannot_be_taken_is_shown_again_as_entered(client_of, services, material, fields, field):
    shape_id = material.shapes(1)[0]
    answer = sent(
        client_of("first"), shape_id, **{"verdict": "類似", "mj": "GJ000005", "reason": "点", **fields}
    )
    assert answer.status_code == 422
    page = Page(answer.text)
    assert field in page.text
    assert page.one("form", id="verdict")["action"] == f"{HERE}/shapes/{shape_id}/decisions"
    if fields.get("mj") is None:
        assert page.checked("mj") == ["GJ000005"]
    if "reason" not in fields:
        assert "点" in page.text
    assert decisions(services) == []


def test_who_was_faster_is_told_and_the_input_kept(client_of, services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    shape_id = material.shapes(1)[0]
    sent(client_of("first"), shape_id, mj="GJ000002")
    answer = sent(client_of("second"), shape_id, verdict="類似", mj="GJ000005", reason="こちらが先のつもり")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "first さんが一次判定をしました（字形一致 GJ000002）" in page.text
    assert len(decisions(services)) == 1


def test_a_stale_version_of_an_open_shape_keeps_what_was_entered(client_of, services, material):
    shape_id = material.shapes(1)[0]
    with services.database.writing() as session:  # the machine has said something new
        session.get(Shape, shape_id).version = 2
    answer = sent(client_of("first"), shape_id, verdict="類似", mj="GJ000005", reason="点がない")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "機械の提案が新しくなりました" in page.text
    assert page.checked("verdict") == ["類似"]
    assert page.checked("mj") == ["GJ000005"]
    assert "点がない" in page.text
    assert page.one("input", name="version")["value"] == "2"
    assert sent(client_of("first"), shape_id, version="2").status_code == 303


def test_the_same_form_sent_twice_decides_once(client_of, services, material):
    shape_id = material.shapes(1)[0]
    assert sent(client_of("first"), shape_id).status_code == 303
    assert sent(client_of("first"), shape_id).status_code == 409
    assert len(decisions(services)) == 1


# --- Taking back, history, replay ---


def test_a_decision_is_taken_back_with_a_reason(client_of, services, material):
    shape_id = material.shapes(1)[0]
    sent(client_of("first"), shape_id, mj="GJ000002")
    (made,) = decisions(services)
    url = f"{HERE}/decisions/{made.id}/withdrawal"
    page = page_of(client_of("first"), shape_id)
    assert page.one("form", action=url)
    refused = client_of("first").post(url, data={"reason": " "})
    assert refused.status_code == 422
    assert "理由が必要です" in refused.text
    refused = client_of("admin").post(url, data={"reason": ""})  # who could make the second decision, too
    assert Page(refused.text).checked("verdict") == ["字形一致"]  # the page is as it was, but for the message
    assert client_of("viewer").post(url, data={"reason": "間違い"}).status_code == 403
    done = client_of("first").post(url, data={"reason": "選び間違い", "query": "sort=class"})
    assert (done.status_code, done.headers["location"]) == (303, f"{HERE}/shapes/{shape_id}?sort=class")
    page = page_of(client_of("second"), shape_id)
    assert "選び間違い" in page.text
    assert "無効" in page.text
    assert page.one("form", id="verdict")
    with services.database.reading() as session:
        assert session.scalars(select(Withdrawal.reason)).all() == ["選び間違い"]
    assert client_of("other-admin").post(url, data={"reason": "x"}).status_code == 404


def test_settled_is_read_only(client_of, services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    shape_id = material.shapes(1)[0]
    sent(client_of("first"), shape_id, mj="GJ000002")
    page = page_of(client_of("second"), shape_id)
    assert not page.all("form", id="verdict")
    assert "確定した判定" in page.text
    assert page.checked("mj") == ["GJ000002"]
    assert not page.all("form", action=f"{HERE}/decisions/1/withdrawal")  # somebody else's
    assert page_of(client_of("admin"), shape_id).one("form", action=f"{HERE}/decisions/1/withdrawal")


def test_a_decision_is_shown_again_as_it_was_seen(client_of, services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    shape_id = material.shapes(1)[0]
    page_of(client_of("first"), shape_id)
    sent(client_of("first"), shape_id, mj="GJ000002", reason="はね", looked_up="いち")
    with services.database.writing() as session:  # the machine changes its mind later
        shape = session.get(Shape, shape_id)
        new = Suggestion(
            shape_id=shape_id, verdict="類似", mj="GJ000009", confidence=0.4, review="required",
            candidates="GJ000009 GJ000010", evidence="", reference="tiny-2 v9", engine="9.9",
        )  # fmt: skip
        session.add(new)
        session.flush()
        shape.suggestion_id = new.id
    page = Page(client_of("viewer").get(f"{HERE}/decisions/1").text)
    picks = [each["value"] for each in page.all("input", name="mj")]
    assert picks == ["GJ000001", "GJ000002", "GJ000005", ""]
    assert page.checked("mj") == ["GJ000002"]
    for told in ("0.1+d0.p0", "tiny-1 v1", "はね", "いち", "first", "GJ000009"):
        assert told in page.text, told
    assert not page.all("form", id="verdict")
    assert client_of("other-admin").get(f"{HERE}/decisions/1").status_code == 404


# --- Looking up ---


def test_looking_up_offers_what_is_not_among_the_candidates(client_of, services, material):
    shape_id = material.shapes(1)[0]
    client = client_of("first")
    page = page_of(client, shape_id, "q=GJ000007")
    assert page.one("input", id="f1")["value"] == "GJ000007"
    assert page.checked("mj") == ["GJ000001"]  # found is not chosen
    part = Page(client.get(f"{HERE}/shapes/{shape_id}/lookup?q=GJ000007").text)
    assert part.one("input", id="f1")["value"] == "GJ000007"
    assert part.one("div", id="found-about")["hx-swap-oob"] == "true"
    assert [each["data-of"] for each in part.all("div", **{"class": "about"})] == ["f1"]
    assert not part.all("html")
    assert sent(client, shape_id, mj="GJ000007", looked_up="GJ000007").status_code == 303
    assert decisions(services)[0].mj == "GJ000007"


def test_a_question_that_means_nothing_is_answered_with_a_hint(client_of, material):
    shape_id = material.shapes(1)[0]
    page = page_of(client_of("first"), shape_id, "q=部首:ん")
    assert not page.all("input", id="f1")
    found = Page(client_of("first").get(f"{HERE}/shapes/{shape_id}/lookup?q=GJ777777").text)
    assert "字はありません" in found.text
    assert client_of("first").get(f"{HERE}/shapes/{shape_id}?q={'長' * 201}").status_code == 422


def test_a_sibling_can_be_chosen_by_its_address(client_of, material):
    page = page_of(client_of("first"), material.shapes(1)[0], "mj=GJ000008")
    assert page.checked("mj") == ["GJ000008"]
    assert page.checked("verdict") == []
    links = [each["href"] for each in page.all("a") if "mj=" in each["href"]]
    assert "?mj=GJ000001" in links or "?mj=GJ000007" in links


# --- The way through the list ---


def test_the_way_goes_on_through_the_list(client_of, services, material):
    one, two, three = material.shapes(3)
    sent(client_of("first"), two)
    project_id = material.project()[0]
    query = f"project={project_id}"
    page = page_of(client_of("first"), one, query)
    desk = page.one("div", id="desk")
    assert desk["data-next"] == f"{HERE}/shapes/{three}?{query}"  # two waits for somebody else
    assert page.one("a", id="next")["href"] == f"{HERE}/shapes/{two}?{query}"
    assert page.one("link", rel="next")["href"] == desk["data-next"]
    assert not page.all("a", id="previous")
    assert (
        page_of(client_of("second"), one, query)
        .one("div", id="desk")["data-next"]
        .startswith(f"{HERE}/shapes/{two}")
    )
    assert page_of(client_of("first"), three, query).one("a", id="previous")["href"] == (
        f"{HERE}/shapes/{two}?{query}"
    )


def test_a_way_comes_back_from_its_query():
    way = way_of("project=3&states=open&states=disputed&sort=class&mj=GJ000001")
    assert way_of(way.query) == way
    assert way.query == "project=3&states=open&states=disputed&sort=class"


@pytest.mark.parametrize("query", ["sort=nonsense", "project=x", "states=nothing"])
def test_a_way_that_makes_no_sense_is_refused(client_of, material, query):
    shape_id = material.shapes(1)[0]
    assert client_of("first").get(f"{HERE}/shapes/{shape_id}?{query}").status_code == 422
    assert sent(client_of("first"), shape_id, query=query).status_code == 422


def test_times_that_cannot_be_are_refused(client_of, services, material):
    one, two = material.shapes(2)
    assert sent(client_of("first"), one, seconds="nan").status_code == 422
    assert sent(client_of("first"), two, seconds="").status_code in {303, 422}


def test_the_policy_in_force_is_named(client_of, services, people, material):
    shape_id = material.shapes(1)[0]
    assert "ポリシー: " not in page_of(client_of("first"), shape_id).text
    toml = to_toml(load_policy("standard"))
    with services.database.writing() as session:
        session.add(
            PolicyVersion(
                municipality_id=people["here"], title="千代田区文字運用ポリシー", version_label="第 1 版",
                toml=toml, identity="0123456789abcdef", adopted_at=now(),
            )
        )  # fmt: skip
    assert "ポリシー: 千代田区文字運用ポリシー 第 1 版" in page_of(client_of("first"), shape_id).text
