"""Projects: one for each system's gaiji. Make, change, close and reopen one; how far each has come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Action, Actor, Role
from api.domain.standing import State
from api.errors import ConflictError, InvalidError, NotFoundError, StaleError
from api.store.models import Decision, Gaiji, Municipality, Project, ProjectShape, Shape, Upload
from api.store.types import now
from api.work.filters import Filter
from api.work.listing import next_shape
from engine.errors import UsageError
from engine.intake.key import parse_kind, parse_name
from engine.reference.table import CHARSETS

_UNFINISHED = ("queued", "running")


@dataclass(frozen=True, slots=True)
class ProjectFields:
    """What a person says about a project, checked.

    Attributes
    ----------
    name, system : str
        ``system`` is the one that the gaiji come from; the name is for the people here.
    kind : str
        A key of :data:`engine.intake.key.KINDS`, or empty.
    charset : str
        A key of :data:`engine.reference.table.CHARSETS`.
    """

    name: str
    system: str
    kind: str = ""
    charset: str = "mj"

    @classmethod
    def checked(cls, *, name: str, system: str, kind: str = "", charset: str = "mj") -> ProjectFields:
        """Check what was typed.

        Raises
        ------
        InvalidError
            ``details["field"]`` says which value, and ``details["fields"]`` has every message by field.
        """
        wrong: dict[str, str] = {}
        texts = {"name": name, "system": system}
        for field, title in (("name", "プロジェクト"), ("system", "システム")):
            try:
                texts[field] = parse_name(texts[field], title)
            except UsageError as error:
                wrong[field] = str(error)
            if not texts[field].strip():
                wrong[field] = f"{title}の名前を入力してください。"
        try:
            kind = parse_kind(kind)
        except UsageError as error:
            wrong["kind"] = str(error)
        if charset not in CHARSETS:
            wrong["charset"] = "候補にする文字の範囲を選んでください。"
        if wrong:
            first = next(iter(wrong))
            raise InvalidError(wrong[first], {"field": first, "fields": wrong})
        return cls(texts["name"], texts["system"], kind, charset)


@dataclass(frozen=True, slots=True)
class Overview:
    """A project and how far it has come.

    Attributes
    ----------
    project : Project
    shapes : mapping of State to int
        How many shapes stand where; every state is there.
    gaiji : int
        Its gaiji, the unreadable ones left out.
    unreadable : int
    running : int
        Files that are waiting or being identified.
    """

    project: Project
    shapes: Mapping[State, int]
    gaiji: int
    unreadable: int
    running: int

    @property
    def total(self) -> int:
        """All shapes."""
        return sum(self.shapes.values())

    @property
    def settled(self) -> float | None:
        """Share of the shapes that are settled, 0–1; None where there are none."""
        return self.shapes[State.SETTLED] / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class MunicipalityWork:
    """A municipality that somebody belongs to, with its projects."""

    municipality: Municipality
    role: Role
    projects: tuple[Overview, ...]


def my_work(session: Session, *, actor: Actor) -> tuple[MunicipalityWork, ...]:
    """Return the municipalities of a person, by code, each with the projects that are not closed.

    Parameters
    ----------
    session : Session
    actor : Actor
    """
    municipalities = session.scalars(
        select(Municipality).where(Municipality.id.in_(actor.roles)).order_by(Municipality.code)
    ).all()
    found = _overviews(session, actor.roles)
    return tuple(
        MunicipalityWork(
            each,
            actor.roles[each.id],
            tuple(one for one in found[each.id] if one.project.archived_at is None),
        )
        for each in municipalities
    )


def of_municipality(session: Session, *, place: Place) -> tuple[Overview, ...]:
    """Return all projects of a municipality, in the order in which they were made."""
    return tuple(_overviews(session, [place.municipality_id])[place.municipality_id])


def find(session: Session, *, place: Place, project_id: int) -> Project:
    """Return a project of the municipality.

    Raises
    ------
    NotFoundError
        There is none, or it is another municipality's.
    """
    project = session.scalar(
        select(Project).where(Project.id == project_id, Project.municipality_id == place.municipality_id)
    )
    if project is None:
        raise NotFoundError("このプロジェクトはありません。")
    return project


def create(session: Session, *, place: Place, fields: ProjectFields) -> Project:
    """Make a project.

    Raises
    ------
    ForbiddenError
    ConflictError
        There is one of that name.
    """
    _may_manage(place)
    project = Project(
        municipality_id=place.municipality_id,
        name=fields.name,
        system=fields.system,
        kind=fields.kind,
        charset=fields.charset,
        created_by=place.actor.user_id,
    )
    session.add(project)
    _flush(session)
    _note(session, "project.created", place, project.id, {"kind": fields.kind, "charset": fields.charset})
    return project


def change(
    session: Session, *, place: Place, project_id: int, version: int, fields: ProjectFields
) -> Project:
    """Change what a project is called and what it is about; identified gaiji stay as they are.

    Raises
    ------
    ForbiddenError, NotFoundError
    StaleError
        Somebody else changed it first.
    ConflictError
        There is another one of that name.
    """
    values = {
        "name": fields.name, "system": fields.system, "kind": fields.kind, "charset": fields.charset,
    }  # fmt: skip
    return _write(session, place, project_id, version, values, "project.changed")


def archive(session: Session, *, place: Place, project_id: int, version: int) -> Project:
    """Close a project: it takes no more files and leaves the first page. Nothing is deleted.

    Raises
    ------
    ForbiddenError, NotFoundError, StaleError
    ConflictError
        It is closed already, or a file of it is still being identified.
    """
    _may_manage(place)
    project = find(session, place=place, project_id=project_id)
    session.refresh(project, with_for_update=True)  # no file is taken in while its files are looked at
    if project.archived_at is not None:
        raise ConflictError("このプロジェクトは、もう終了しています。")
    running = select(func.count()).where(Upload.project_id == project_id, Upload.state.in_(_UNFINISHED))
    if session.scalar(running):
        raise ConflictError("同定中のファイルがあります。終わるのを待つか、取り消してから終了してください。")
    return _write(session, place, project_id, version, {"archived_at": now()}, "project.archived")


def reopen(session: Session, *, place: Place, project_id: int, version: int) -> Project:
    """Open a closed project again.

    Raises
    ------
    ForbiddenError, NotFoundError, StaleError
    ConflictError
        It is open.
    """
    _may_manage(place)
    if find(session, place=place, project_id=project_id).archived_at is None:
        raise ConflictError("このプロジェクトは、終了していません。")
    return _write(session, place, project_id, version, {"archived_at": None}, "project.reopened")


def continue_at(session: Session, *, place: Place, project_id: int) -> int | None:
    """Return the shape with which a person goes on: the one behind the last that they decided on.

    Parameters
    ----------
    session : Session
    place : Place
    project_id : int

    Returns
    -------
    int or None
        Id of a shape whose next decision this person may make; None where there is none left.
    """
    user_id = place.actor.user_id
    last = session.scalar(
        select(Decision.shape_id)
        .join(
            ProjectShape,
            (ProjectShape.shape_id == Decision.shape_id) & (ProjectShape.project_id == project_id),
        )
        .where(Decision.user_id == user_id, Decision.municipality_id == place.municipality_id)
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1)
    )
    filter = Filter(project=project_id)
    found = None
    if last is not None:
        found = next_shape(session, place=place, filter=filter, after=last, for_user=user_id)
    return found or next_shape(session, place=place, filter=filter, for_user=user_id)


def last_worked_on(session: Session, *, actor: Actor) -> tuple[str, int] | None:
    """Return 団体コード and project of a person's last decision, if both are still open to them."""
    row = session.execute(
        select(Municipality.code, Project.id)
        .select_from(Decision)
        .join(Project, Project.id == Decision.project_id)
        .join(Municipality, Municipality.id == Project.municipality_id)
        .where(
            Decision.user_id == actor.user_id,
            Decision.municipality_id.in_(actor.roles),
            Project.archived_at.is_(None),
        )
        .order_by(Decision.created_at.desc(), Decision.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def _overviews(session: Session, municipality_ids: Collection[int]) -> dict[int, list[Overview]]:
    """Return the projects of some municipalities with their numbers, by municipality."""
    projects = session.scalars(
        select(Project).where(Project.municipality_id.in_(municipality_ids)).order_by(Project.id)
    ).all()
    # From shape outwards, whatever the planner thinks of it: its index holds the state, its rows pictures.
    by_state: dict[int, Counter[State]] = defaultdict(Counter)
    gaiji: Counter[int] = Counter()
    for project_id, state, shapes, held in session.execute(
        select(ProjectShape.project_id, Shape.state, func.count(), func.sum(ProjectShape.gaiji_count))
        .select_from(Shape)
        .outerjoin(ProjectShape, ProjectShape.shape_id == Shape.id)
        .where(Shape.municipality_id.in_(municipality_ids))
        .group_by(ProjectShape.project_id, Shape.state)
    ):
        if project_id is not None:
            by_state[project_id][State(state)] += shapes
            gaiji[project_id] += held
    ids = [project.id for project in projects]
    unreadable = _numbers(
        session,
        select(Gaiji.project_id, func.count())
        .where(Gaiji.project_id.in_(ids), Gaiji.shape_id.is_(None))
        .group_by(Gaiji.project_id),
    )
    running = _numbers(
        session,
        select(Upload.project_id, func.count())
        .where(Upload.project_id.in_(ids), Upload.state.in_(_UNFINISHED))
        .group_by(Upload.project_id),
    )
    found: dict[int, list[Overview]] = defaultdict(list)
    for project in projects:
        standing = {state: by_state[project.id][state] for state in State}
        found[project.municipality_id].append(
            Overview(
                project,
                standing,
                gaiji[project.id],
                unreadable.get(project.id, 0),
                running.get(project.id, 0),
            )
        )
    return found


def _numbers(session: Session, query: Any) -> dict[int, int]:
    return dict(iter(session.execute(query)))


def _write(
    session: Session, place: Place, project_id: int, version: int, values: Mapping[str, Any], action: str
) -> Project:
    """Change a project, if it is still the version that was seen."""
    _may_manage(place)
    project = find(session, place=place, project_id=project_id)
    changed = _execute(
        session,
        update(Project)
        .where(Project.id == project_id, Project.version == version)
        .values(**values, version=Project.version + 1)
        .execution_options(synchronize_session=False),
    )
    session.refresh(project)
    if not changed:
        raise StaleError(
            "ほかの人が先に変更しました。今の内容を確かめてから、もう一度操作してください。",
            {"version": project.version},
        )
    _note(session, action, place, project_id, {"version": project.version})
    return project


def _execute(session: Session, statement: Any) -> bool:
    try:
        result = session.execute(statement)
    except IntegrityError as error:
        raise _taken() from error
    return isinstance(result, CursorResult) and result.rowcount == 1


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise _taken() from error


def _taken() -> ConflictError:
    return ConflictError(
        "同じ名前のプロジェクトがあります。別の名前にしてください。",
        {"field": "name", "fields": {"name": "同じ名前のプロジェクトがあります。別の名前にしてください。"}},
    )


def _may_manage(place: Place) -> None:
    place.require(
        Action.MANAGE_PROJECTS,
        f"プロジェクトを作ったり変えたりするのは、「{Role.ADMIN.japanese}」の役割の人です。",
    )


def _note(session: Session, action: str, place: Place, project_id: int, detail: Mapping[str, Any]) -> None:
    record(
        session,
        action,
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="project",
        object_id=project_id,
        detail=detail,
    )
