"""Everything that the decision page shows of one shape, gathered in a few short queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from api.access.place import Place
from api.domain.rights import Action
from api.domain.standing import Finding, Stage, Standing, State
from api.errors import NotFoundError
from api.pages.decide.choices import Choice, Chooser
from api.pictures.explanations import StoredExplanation, explanation_of
from api.pictures.reference import Reference, reference_of
from api.prototypes.hits import Hit, hits_of
from api.review.history import History, Taken, history_of
from api.review.records import finding_of
from api.review.rule import rule_in_force
from api.store.models import Gaiji, Project, ProjectShape, Shape, Suggestion
from engine.errors import GaijiError
from engine.intake.key import KINDS
from engine.result import Subclass, Verdict

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.services import Services

NEEDS: Mapping[Stage, Action] = {
    Stage.FIRST: Action.DECIDE_FIRST,
    Stage.SECOND: Action.DECIDE_SECOND,
    Stage.CONFERENCE: Action.CONFER,
}
"""What a person must be allowed to do in order to make each decision."""

CLASSES: tuple[tuple[str, str, str], ...] = (
    (Verdict.SAME.value, "s", "配置・画数・形がすべて同じ"),
    (Verdict.DESIGN.value, "d", "違いは書体デザインの範囲"),
    (Verdict.SIMILAR.value, "r", "似ているが、同じとはいえない"),
    (Subclass.UNKNOWN.value, "x", "同定不可能: 似た文字がない"),
    (Subclass.HENTAIGANA.value, "h", "同定不可能: 変体仮名"),
    (Subclass.SYMBOL.value, "k", "同定不可能: 仮名・英数字・記号"),
)
"""Value, key and meaning of each class on offer; the last three are kinds of 同定不可能."""

_MOST_GAIJI = 6


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person has chosen and typed; shown again where it could not be taken.

    Attributes
    ----------
    verdict : str
        A value of :data:`CLASSES`, or empty.
    mj, reason : str
    """

    verdict: str = ""
    mj: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One gaiji that shares the picture."""

    code: str
    font: str
    source: str
    kind: str
    project_id: int
    project: str
    system: str


@dataclass(frozen=True, eq=False)
class View:
    """One shape for one person.

    Attributes
    ----------
    shape : Shape
    suggestion : Suggestion or None
    standing : Standing
    stage : Stage or None
        The decision that this person may make now; None where there is none to be made by them.
    barred : str
        Why not, in Japanese; empty where they may.
    members : sequence of Member
        Some of the gaiji with this picture; those of the project first.
    gaiji_count : int
        All of them in the municipality.
    hits : sequence of Hit
        Earlier decisions that speak for it.
    history : History
        Everything that happened to it.
    withdrawable : frozenset of int
        Ids of the decisions that this person may take back.
    explanation : StoredExplanation or None
    trouble : str
        Why there is no explanation.
    candidates, named : sequence of Choice
        Numbered; and those that other sources name: earlier decisions, an address.
    entered : Entered
        What is chosen when the page appears.
    reference : Reference
    policy : str
        The 文字運用ポリシー in force, as people cite it; empty where none has been adopted.
    """

    shape: Shape
    suggestion: Suggestion | None
    standing: Standing
    stage: Stage | None
    barred: str
    members: Sequence[Member]
    gaiji_count: int
    hits: Sequence[Hit]
    history: History
    withdrawable: frozenset[int]
    explanation: StoredExplanation | None
    trouble: str
    candidates: Sequence[Choice]
    named: Sequence[Choice]
    entered: Entered
    reference: Reference
    policy: str

    @property
    def document(self) -> Mapping[str, Any]:
        """The explanation as data; empty where there is none."""
        return self.explanation.document if self.explanation else {}

    @property
    def live(self) -> list[Taken]:
        """The decisions in force, first to last."""
        return [event for event in taken(self.history) if event.in_force]

    @property
    def member(self) -> Member | None:
        """The gaiji that gives the page its title."""
        return self.members[0] if self.members else None

    @property
    def remade(self) -> bool:
        """Whether the explanation is of another version of the engine than the suggestion."""
        made, told = self.suggestion, self.document
        if made is None or not told:
            return False
        return (told["engine"], told["reference"]) != (made.engine, made.reference)

    @property
    def needs_reason(self) -> bool:
        """Whether a decision needs a reason whatever it is."""
        return self.stage is Stage.CONFERENCE


def view_of(
    services: Services,
    *,
    place: Place,
    shape_id: int,
    project_id: int | None = None,
    name: str = "",
    entered: Entered | None = None,
) -> View:
    """Gather the page of a shape.

    Parameters
    ----------
    services : Services
    place : Place
    shape_id : int
    project_id : int, optional
        From whose list the person comes: its gaiji are named first.
    name : str
        MJ name to have chosen when the page appears.
    entered : Entered, optional
        What a person had chosen; the machine's suggestion where None.

    Raises
    ------
    NotFoundError
        No such shape in this municipality.
    ReferenceSetError
        The reference set is missing or damaged.
    """
    reference = reference_of(services)
    with services.database.reading() as session:
        shape = shape_here(session, place, shape_id)
        suggestion = session.get(Suggestion, shape.suggestion_id) if shape.suggestion_id else None
        history = history_of(session, place=place, shape_id=shape_id)
        members, count = members_of(session, place, shape_id, project_id)
        hits = hits_of(session, shape_id)
        policy = rule_in_force(session, place.municipality_id).policy_label
    standing = history.standing
    explanation, trouble = _explained(services, shape, suggestion)
    stage, barred = _stage(place, standing)
    names = suggestion.candidates.split() if suggestion else []
    chosen = entered or _start(standing, stage, suggestion, names, name)
    chooser = Chooser(f"/m/{place.code}/shapes/{shape_id}", reference, explanation)
    candidates = chooser.candidates(names)
    shown = {each.mj for each in candidates}
    told = [name, chosen.mj, *(hit.finding.mj for hit in hits)]
    told += [each.finding.mj for each in taken(history) if each.in_force and each.finding]
    return View(
        shape=shape,
        suggestion=suggestion,
        standing=standing,
        stage=stage,
        barred=barred,
        members=members,
        gaiji_count=count,
        hits=hits,
        history=history,
        withdrawable=withdrawable(place, history),
        explanation=explanation,
        trouble=trouble,
        candidates=candidates,
        named=chooser.others("n", (each for each in told if each and each not in shown)),
        entered=chosen,
        reference=reference,
        policy=policy,
    )


def shape_here(session: Session, place: Place, shape_id: int) -> Shape:
    """Return a shape of the municipality that was entered.

    Raises
    ------
    NotFoundError
        There is none.
    """
    shape = session.scalar(
        select(Shape).where(Shape.id == shape_id, Shape.municipality_id == place.municipality_id)
    )
    if shape is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    return shape


def as_class(finding: Finding) -> str:
    """Return a finding's value of :data:`CLASSES`."""
    return (finding.subclass or finding.verdict).value


def taken(history: History) -> list[Taken]:
    """Return the decisions of a history, in order of time."""
    return [event for event in history.events if isinstance(event, Taken)]


def withdrawable(place: Place, history: History) -> frozenset[int]:
    """Return the ids of the decisions that this person may take back."""
    every, own = place.may(Action.WITHDRAW_ANY), place.may(Action.WITHDRAW_OWN)
    return frozenset(
        event.id
        for event in history.events
        if isinstance(event, Taken)
        and event.in_force
        and (every or (own and event.user_id == place.actor.user_id))
    )


def _explained(
    services: Services, shape: Shape, suggestion: Suggestion | None
) -> tuple[StoredExplanation | None, str]:
    if suggestion is None:
        return None, "まだ同定していません。"
    try:
        return explanation_of(services, shape=shape, suggestion=suggestion), ""
    except GaijiError as error:
        return None, f"説明を作れませんでした。{error}"


def _stage(place: Place, standing: Standing) -> tuple[Stage | None, str]:
    """Tell which decision the person may make, or why none."""
    stage = standing.next_stage
    if stage is None:
        may_undo = place.may(Action.WITHDRAW_OWN)
        return None, "確定しています。" + ("直すには、先に判定を取り消してください。" if may_undo else "")
    if stage is Stage.SECOND and standing.live[0].user_id == place.actor.user_id:
        return None, "一次判定はあなたがしました。二次判定は、ほかの人がします。"
    if not place.may(NEEDS[stage]):
        return None, f"{stage.japanese}を待っています。「{place.role.japanese}」の役割では判定できません。"
    return stage, ""


def _start(
    standing: Standing,
    stage: Stage | None,
    suggestion: Suggestion | None,
    names: Sequence[str],
    name: str,
) -> Entered:
    """What is chosen when the page appears: what is settled, else the machine's suggestion.

    In a conference no class is: the machine has no say between two people.
    """
    if standing.state is State.SETTLED and standing.finding is not None:
        return Entered(as_class(standing.finding), name or standing.finding.mj)
    if suggestion is None:
        return Entered(mj=name)
    suggested = finding_of(suggestion.verdict, suggestion.subclass, suggestion.mj)
    of_kanji = suggested.verdict is not Verdict.UNIDENTIFIED
    mj = name or suggested.mj or (names[0] if names and of_kanji else "")
    return Entered("" if stage is Stage.CONFERENCE or name else as_class(suggested), mj)


def members_of(
    session: Session, place: Place, shape_id: int, project_id: int | None
) -> tuple[list[Member], int]:
    """Return some of the gaiji with a picture, those of a project first, and how many there are in all."""
    rows = session.execute(
        select(Gaiji, Project.name, Project.system)
        .join(Project, Project.id == Gaiji.project_id)
        # By the project's municipality: with the gaiji's own, SQLite goes through all of the municipality.
        .where(Gaiji.shape_id == shape_id, Project.municipality_id == place.municipality_id)
        .order_by((Gaiji.project_id != (project_id or 0)), Gaiji.id)
        .limit(_MOST_GAIJI)
    ).all()
    count = session.scalar(
        select(func.sum(ProjectShape.gaiji_count))
        .join(Project, Project.id == ProjectShape.project_id)
        .where(ProjectShape.shape_id == shape_id, Project.municipality_id == place.municipality_id)
    )
    members = [
        Member(
            gaiji.code, gaiji.font, gaiji.source, KINDS.get(gaiji.kind, ""), gaiji.project_id, name, system
        )
        for gaiji, name, system in rows
    ]
    return members, max(int(count or 0), len(members))
