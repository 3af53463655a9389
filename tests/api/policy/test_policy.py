"""A municipality's policy: begun, edited with messages at the field, tried, adopted, never edited after."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import docx
import pytest
from sqlalchemy import select

from api.domain.standing import SecondReview
from api.errors import ConflictError, InvalidError, NotFoundError, StaleError
from api.policy import trial, versions
from api.review.rule import rule_in_force
from api.store.models import AuditEvent, PolicyVersion, Shape
from engine.policy.action import Action
from engine.policy.load import load_policy, parse_policy
from engine.policy.policy import SystemCharset
from engine.policy.write import to_toml
from engine.result import Review, Verdict
from tests.api.conftest import HERE
from tests.api.review.material import SAME, SIMILAR, Material, place_of

BASE = f"/m/{HERE}/policy"
TODAY = datetime.now(UTC) + timedelta(hours=9)
TOMORROW = f"{TODAY + timedelta(days=1):%Y-%m-%d}"


@pytest.fixture
def material(services, people) -> Material:
    return Material(services, people)


@pytest.fixture
def place(people):
    return place_of(people, "admin")


def begun(services, place, base="loose") -> versions.Version:
    """A draft that the tiny set can be tried with: all systems have all of its characters."""
    with services.database.writing() as session:
        made = versions.begin(session, place=place, base=base, bases=())
        row = session.get_one(PolicyVersion, made)
        policy = replace(parse_policy(row.toml), charset="mj", systems=())
        row.toml, row.identity = to_toml(policy), policy.identity
    return found(services, place, made)


def found(services, place, policy_id) -> versions.Version:
    with services.database.reading() as session:
        return versions.get_version(session, place=place, policy_id=policy_id)


def adopt(services, place, version, label="2026-1", day=TOMORROW) -> None:
    with services.database.writing() as session:
        versions.adopt(session, place=place, policy_id=version.id, seen=version.seen, label=label, day=day)


def form_of(text: str) -> dict[str, list[str]]:
    """What a browser would send of the first form with hidden ``seen`` and ``systems`` unchanged."""
    from lxml import html

    form = next(
        each for each in html.fromstring(text).forms if each.fields.keys() and "systems" in each.fields
    )
    sent: dict[str, list[str]] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return sent


def test_only_known_starting_points(services, place, people):
    with pytest.raises(InvalidError), services.database.writing() as session:
        versions.begin(session, place=place, base="../../etc", bases=())
    other = begun(services, place_of(people, "other-admin"))
    with pytest.raises(NotFoundError), services.database.writing() as session:
        versions.begin(session, place=place, base=str(other.id), bases=())
    with pytest.raises(NotFoundError):
        found(services, place, other.id)


def test_an_adopted_version_is_never_changed(services, place):
    version = begun(services, place)
    policy = parse_policy(version.toml)
    adopt(services, place, version)
    kept = found(services, place, version.id)
    assert (kept.label, kept.is_draft, kept.identity) == ("2026-1", False, version.identity)
    assert parse_policy(kept.toml).adopted.isoformat() == TOMORROW
    for again in (
        lambda session: versions.change(
            session, place=place, policy_id=version.id, policy=policy, seen=kept.seen
        ),
        lambda session: versions.adopt(
            session, place=place, policy_id=version.id, seen=kept.seen, label="2", day=TOMORROW
        ),
    ):
        with pytest.raises(ConflictError), services.database.writing() as session:
            again(session)
    assert found(services, place, version.id).toml == kept.toml


def test_two_people_do_not_overwrite_each_other(services, place):
    version = begun(services, place)
    policy = parse_policy(version.toml)
    with services.database.writing() as session:
        versions.change(
            session,
            place=place,
            policy_id=version.id,
            policy=replace(policy, purpose="甲"),
            seen=version.seen,
        )
    with pytest.raises(StaleError), services.database.writing() as session:
        versions.change(
            session,
            place=place,
            policy_id=version.id,
            policy=replace(policy, purpose="乙"),
            seen=version.seen,
        )
    with pytest.raises(StaleError):
        adopt(services, place, version)


@pytest.mark.parametrize(
    ("label", "day", "field"),
    [
        ("", TOMORROW, "label"),
        ("長" * 41, TOMORROW, "label"),
        ("1\x00", TOMORROW, "label"),
        ("1", "きのう", "day"),
        ("1", "2001-01-01", "day"),
        ("1", "9999-12-31", "day"),
    ],
)
def test_what_adoption_asks_for(services, place, label, day, field):
    version = begun(services, place)
    with pytest.raises(InvalidError) as error:
        adopt(services, place, version, label, day)
    assert error.value.details["field"] == field
    assert found(services, place, version.id).is_draft


def test_adopted_today_it_is_in_force_and_on_record(services, place, people):
    version = begun(services, place, "loose")
    adopt(services, place, version, day=f"{TODAY:%Y-%m-%d}")
    with services.database.reading() as session:
        rule = rule_in_force(session, place.municipality_id)
        events = session.execute(select(AuditEvent.action, AuditEvent.user_id, AuditEvent.object_id)).all()
    assert rule.policy_id == version.id
    assert rule.second_review is SecondReview(load_policy("loose").second_review.value)
    assert found(services, place, version.id).standing == "施行中"
    assert [tuple(each) for each in events] == [
        ("policy.created", people["admin"], version.id),
        ("policy.adopted", people["admin"], version.id),
    ]
    other = begun(services, place)
    with pytest.raises(InvalidError, match="すでに採用"):
        adopt(services, place, other)


def test_rows_are_what_the_machine_says_and_what_people_settled(services, place, people, material):
    _, second, third = material.shapes(3, suggested=SIMILAR)
    material.shapes(2, suggested=SAME, review="auto", where="there")
    with services.database.writing() as session:
        shape = session.get_one(Shape, second)
        shape.state, shape.final_class, shape.final_mj = "settled", "字形一致", "GJ000002"
        shape = session.get_one(Shape, third)
        shape.state = "awaiting-second"
    results, settled = trial.own_results(services, place=place)
    rows = results.rows(range(len(results)))
    assert settled == 1
    assert [(row.verdict, row.mj, row.review) for row in rows] == [
        (Verdict.SIMILAR, "GJ000005", Review.REQUIRED),
        (Verdict.SAME, "GJ000002", Review.AUTO),
        (Verdict.SIMILAR, "GJ000005", Review.REQUIRED),
    ]
    assert [row.evidence for row in rows] == [("rule:A1",), (), ("rule:A1",)]
    assert len({row.same_as for row in rows}) == 3
    version = begun(services, place)
    tried = trial.try_policy(
        services,
        place=place,
        policy=parse_policy(version.toml).with_action("C3", Action.KEEP),
        against=parse_policy(version.toml).with_action("C3", Action.ASK),
    )
    assert tried.simulation.whole.of(Action.KEEP) == 2
    assert tried.comparison.changed == 2


def test_without_gaiji_there_is_nothing_to_try(services, place, client_of):
    version = begun(services, place)
    with pytest.raises(ConflictError, match="まだ外字がありません"):
        trial.try_policy(services, place=place, policy=parse_policy(version.toml))
    answer = client_of("viewer").get(f"{BASE}/{version.id}/trial")
    assert answer.status_code == 409
    assert "まだ外字がありません" in answer.text


# --- Pages ---


def test_from_a_starting_policy_to_one_in_force(services, client_of, material, place):
    material.shapes(2, suggested=SAME, review="auto")
    admin = client_of("admin")
    made = admin.post(BASE, data={"base": "loose"})
    assert made.status_code == 303
    edit = urlsplit(made.headers["location"]).path
    one = edit.removesuffix("/edit")
    sent = form_of(admin.get(edit).text)
    sent |= {
        "title": ["千代田区文字運用ポリシー"],
        "rule.C1.action": ["two-people"],
        "charset.default": ["mj"],
    }
    sent |= {name: [""] for name in sent if re.fullmatch(r"system\.\d+\.name", name)}
    answer = admin.post(edit, data=sent)
    assert answer.status_code == 303, answer.text
    version = found(services, place, int(one.rpartition("/")[2]))
    policy = parse_policy(version.toml)
    assert policy.title == version.title == "千代田区文字運用ポリシー"
    assert policy.rule("C1").action is Action.TWO
    assert policy.systems == ()
    assert policy.class_rules[1:] == load_policy("loose").class_rules[1:]
    shown = admin.get(f"{one}/trial?against=strict")
    assert "扱いが変わる字" in shown.text or shown.status_code == 409
    shown = admin.get(f"{one}/trial?against=")
    assert shown.status_code == 200
    assert "二人が見て置き換える" in shown.text
    answer = admin.post(f"{one}/adopt", data={"label": "2026-1", "day": "2001-01-01", "seen": version.seen})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    answer = admin.post(f"{one}/adopt", data={"label": "2026-1", "day": TOMORROW, "seen": version.seen})
    assert answer.status_code == 303
    assert "施行前" in client_of("viewer").get(BASE).text
    assert admin.get(edit).status_code == 303  # there is nothing to edit any more
    assert admin.post(edit, data=sent).status_code == 409


def test_an_unchanged_form_changes_nothing(services, client_of, place):
    with services.database.writing() as session:
        made = versions.begin(session, place=place, base="standard", bases=())
    version = found(services, place, made)
    policy = parse_policy(version.toml)
    systems = (SystemCharset("戸籍", "koseki", "わけ"),)
    policy = replace(policy, systems=systems)
    with services.database.writing() as session:
        versions.change(session, place=place, policy_id=made, policy=policy, seen=version.seen)
    admin = client_of("admin")
    sent = form_of(admin.get(f"{BASE}/{made}/edit").text)
    assert admin.post(f"{BASE}/{made}/edit", data=sent).status_code == 303
    assert parse_policy(found(services, place, made).toml) == policy


def test_messages_stand_at_the_field_and_nothing_is_lost(services, client_of, place):
    version = begun(services, place, "standard")
    admin, edit = client_of("admin"), f"{BASE}/{version.id}/edit"
    sent = form_of(admin.get(edit).text)
    sent |= {"rule.C3.action": ["replace"], "rule.C1.rationale": [""], "purpose": ["わたしの目的"]}
    answer = admin.post(edit, data=sent)
    assert answer.status_code == 422
    for field in ("rule.C3.action", "rule.C1.rationale"):
        assert f'id="{field}-error"' in answer.text
    assert "わたしの目的" in answer.text
    assert found(services, place, version.id).toml == version.toml


def test_exceptions_are_added_refused_and_taken_out(services, client_of, place):
    version = begun(services, place)
    admin, edit = client_of("admin"), f"{BASE}/{version.id}/edit"
    sent = form_of(admin.get(edit).text)
    sent |= {
        "exception.new.mj": ["gj000001　GJ999999"],
        "exception.new.classes": ["字形一致"],
        "exception.new.action": ["keep"],
        "exception.new.rationale": ["本人の申出"],
    }
    answer = admin.post(edit, data=sent)
    assert answer.status_code == 422
    assert "GJ999999" in answer.text
    sent = form_of(answer.text)
    assert sent["exception.X1.mj"] == ["GJ000001 GJ999999"]
    sent["exception.X1.mj"] = ["GJ000001"]
    assert admin.post(edit, data=sent).status_code == 303
    (rule,) = parse_policy(found(services, place, version.id).toml).exceptions
    assert (rule.id, rule.mj, rule.action, rule.rationale) == ("X1", ("GJ000001",), Action.KEEP, "本人の申出")
    sent = form_of(admin.get(edit).text) | {"exception.X1.mj": [""]}
    assert admin.post(edit, data=sent).status_code == 303
    assert parse_policy(found(services, place, version.id).toml).exceptions == ()


def test_toml_for_those_who_know_it(services, client_of, place):
    version = begun(services, place)
    admin, edit = client_of("admin"), f"{BASE}/{version.id}/edit"
    answer = admin.post(edit, data={"seen": version.seen, "toml": "format = 1\n<script>"})
    assert answer.status_code == 422
    assert "&lt;script&gt;" in answer.text
    assert "<script>" not in answer.text
    policy = replace(parse_policy(version.toml), purpose="TOML で直した")
    answer = admin.post(edit, data={"seen": version.seen, "toml": to_toml(policy).replace("\n", "\r\n")})
    assert answer.status_code == 303
    assert parse_policy(found(services, place, version.id).toml).purpose == "TOML で直した"
    answer = admin.post(edit, data={"seen": version.seen, "toml": to_toml(policy)})
    assert answer.status_code == 409


def test_a_version_that_cannot_be_read_is_shown(services, client_of, place):
    version = begun(services, place)
    with services.database.writing() as session:
        session.get_one(PolicyVersion, version.id).toml = "format = 99"
    admin = client_of("admin")
    for path, told in (("", "この版の内容を読めません"), ("/edit", "99 は使えません")):
        answer = admin.get(f"{BASE}/{version.id}{path}")
        assert answer.status_code == 200
        assert told in answer.text
    assert admin.get(f"{BASE}/{version.id}/trial").status_code == 409
    assert admin.get(f"{BASE}/{version.id}/draft.docx").status_code == 422


def test_who_may_only_read_sees_no_buttons(services, client_of, place):
    version = begun(services, place)
    page = client_of("viewer").get(f"{BASE}/{version.id}").text
    assert "採用する" not in page
    assert f"{BASE}/{version.id}/edit" not in page
    assert "案を作る" not in client_of("viewer").get(BASE).text


def test_downloads(services, client_of, place, material):
    material.shapes(3, suggested=SIMILAR)
    version = begun(services, place)
    viewer = client_of("viewer")
    answer = viewer.get(f"{BASE}/{version.id}/policy.toml")
    assert parse_policy(answer.text) == parse_policy(version.toml)
    answer = viewer.get(f"{BASE}/{version.id}/draft.docx")
    assert answer.status_code == 200, answer.text
    word = docx.Document(io.BytesIO(answer.content))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "千代田区の外字は 3 字で、図形としては 3 である" in text
    assert len(word.inline_shapes) > 0
