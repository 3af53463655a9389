"""Projects: who may make them, what they are called, how far they are, and where a person goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview, State
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from api.store.models import AuditEvent, Decision, Shape, Upload
from api.store.types import now
from api.work import projects
from api.work.projects import ProjectFields
from api.work.unreadable import count_unreadable, list_unreadable
from tests.api.conftest import HERE, THERE
from tests.api.large import fill

FIELDS = ProjectFields.checked(name=" 住民記録 ", system="住基", kind="①", charset="juki")


def _place(people, name="admin", role=Role.ADMIN, where="here", code=HERE) -> Place:
    actor = Actor(people[name], name, {people[where]: role})
    return Place(actor, role, people[where], code, "", SecondReview.ALL)


@pytest.fixture
def there(people) -> Place:
    return _place(people, "other-admin", where="there", code=THERE)


def test_what_is_typed_is_cleaned():
    assert ProjectFields("住民記録", "住基", "1", "juki") == FIELDS


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(InvalidError) as caught:
        ProjectFields.checked(name=" ", system="あ" * 101, kind="9", charset="all")
    assert set(caught.value.details["fields"]) == {"name", "system", "kind", "charset"}


def test_a_project_is_made_changed_closed_and_reopened_and_all_of_it_is_on_record(services, people):
    place = _place(people)
    with services.database.writing() as session:
        project = projects.create(session, place=place, fields=FIELDS)
        other = ProjectFields.checked(name="戸籍", system="戸籍")
        projects.change(session, place=place, project_id=project.id, version=1, fields=other)
        assert (project.name, project.version) == ("戸籍", 2)
        projects.archive(session, place=place, project_id=project.id, version=2)
        assert project.archived_at is not None
        with pytest.raises(ConflictError):
            projects.archive(session, place=place, project_id=project.id, version=3)
        projects.reopen(session, place=place, project_id=project.id, version=3)
        assert project.archived_at is None
        session.flush()
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions == ["project.created", "project.changed", "project.archived", "project.reopened"]


def test_a_stale_change_is_refused(services, people):
    place = _place(people)
    with services.database.writing() as session:
        project_id = projects.create(session, place=place, fields=FIELDS).id
    with services.database.writing() as session, pytest.raises(StaleError):
        projects.change(session, place=place, project_id=project_id, version=0, fields=FIELDS)


def test_names_are_one_municipalitys_own(services, people, there):
    with services.database.writing() as session:
        projects.create(session, place=_place(people), fields=FIELDS)
    with services.database.writing() as session:
        projects.create(session, place=there, fields=FIELDS)
    with pytest.raises(ConflictError, match="同じ名前"), services.database.writing() as session:
        projects.create(session, place=there, fields=FIELDS)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FIRST, Role.SECOND])
def test_only_administrators_manage(services, people, role):
    with services.database.writing() as session, pytest.raises(ForbiddenError):
        projects.create(session, place=_place(people, "viewer", role), fields=FIELDS)


def test_another_municipalitys_project_is_not_there(services, people, there):
    with services.database.writing() as session:
        project_id = projects.create(session, place=_place(people), fields=FIELDS).id
        with pytest.raises(NotFoundError):
            projects.find(session, place=there, project_id=project_id)
        with pytest.raises(NotFoundError):
            projects.archive(session, place=there, project_id=project_id, version=1)


def test_what_is_open_is_not_opened_again(services, people):
    with services.database.writing() as session:
        project = projects.create(session, place=_place(people), fields=FIELDS)
        with pytest.raises(ConflictError, match="終了していません"):
            projects.reopen(session, place=_place(people), project_id=project.id, version=1)


def test_a_project_whose_file_is_being_identified_is_not_closed(services, people):
    place = _place(people)
    with services.database.writing() as session:
        project = projects.create(session, place=place, fields=FIELDS)
        session.add(
            Upload(
                municipality_id=place.municipality_id, project_id=project.id, name="a.zip", size=1,
                sha256="0" * 64, state="running",
            )
        )  # fmt: skip
        session.flush()
        with pytest.raises(ConflictError, match="同定中"):
            projects.archive(session, place=place, project_id=project.id, version=1)


@pytest.fixture
def filled(services, people):
    return fill(
        services.database, municipality_id=people["here"], user_id=people["first"], shapes=1000, gaiji=1210
    )


def test_the_overview_counts_what_is_there(services, people, filled):
    place = _place(people)
    with services.database.reading() as session:
        large, small = projects.of_municipality(session, place=place)
        states = session.scalars(select(Shape.state)).all()
    assert large.total == 1000
    assert {state: large.shapes[state] for state in State} == {
        state: states.count(state.value) for state in State
    }
    assert large.settled == states.count("settled") / 1000
    assert (large.gaiji, large.unreadable) == (1210, 0)
    assert (small.total, small.gaiji) == (20, 20)


def test_closed_projects_leave_the_first_page_only(services, people, filled):
    actor = _place(people).actor
    with services.database.writing() as session:
        projects.archive(session, place=_place(people), project_id=filled.small_project, version=1)
    with services.database.reading() as session:
        (work,) = projects.my_work(session, actor=actor)
        assert [each.project.id for each in work.projects] == [filled.large_project]
        assert len(projects.of_municipality(session, place=_place(people))) == 2
        assert projects.my_work(session, actor=Actor(1, "x", {})) == ()


def test_what_could_not_be_read_is_counted_and_listed(services, people, there):
    large = fill(
        services.database, municipality_id=people["here"], user_id=people["first"], shapes=900, gaiji=2800
    )
    place = _place(people)
    with services.database.reading() as session:
        assert count_unreadable(session, place=place, project_id=large.large_project) == 2
        assert count_unreadable(session, place=place, project_id=None) == 2
        assert count_unreadable(session, place=there, project_id=large.large_project) == 0
        rows, more = list_unreadable(session, place=place, project_id=large.large_project, limit=1)
        assert more == rows[0].id
        rest, none = list_unreadable(
            session, place=place, project_id=large.large_project, after=more, limit=1
        )
        assert (len(rest), none) == (1, None)
        assert rest[0].message == "何も描かれていません。"
        assert list_unreadable(session, place=there, project_id=large.large_project) == ((), None)
        (work, _) = projects.of_municipality(session, place=place)
        assert (work.gaiji, work.unreadable) == (2798, 2)


def test_a_person_goes_on_behind_the_last_decision_and_then_from_the_start(services, people, filled):
    place = _place(people, "second-first", Role.FIRST)
    with services.database.writing() as session:
        session.execute(update(Shape).values(state="settled"))
        session.execute(update(Shape).where(Shape.id.in_([100, 300, 700])).values(state="open"))

    def decided(shape_id):
        with services.database.writing() as session:
            session.add(
                Decision(
                    shape_id=shape_id, municipality_id=place.municipality_id,
                    project_id=filled.large_project, user_id=place.actor.user_id, stage="first",
                    verdict="類似", shape_version=1, created_at=now(),
                )
            )  # fmt: skip

    def going_on():
        with services.database.reading() as session:
            return projects.continue_at(session, place=place, project_id=filled.large_project)

    assert going_on() == 100
    decided(200)
    assert going_on() == 300
    decided(900)
    assert going_on() == 100
    with services.database.reading() as session:
        assert projects.last_worked_on(session, actor=place.actor) == (HERE, filled.large_project)
        viewer = _place(people, "viewer", Role.VIEWER)
        assert projects.continue_at(session, place=viewer, project_id=filled.large_project) is None
        assert projects.last_worked_on(session, actor=viewer.actor) is None
