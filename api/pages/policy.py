"""Pages: a municipality's 文字運用ポリシー: versions, editing, trying, comparing, adopting, taking away."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from api.access.place import Place, enter, services_of
from api.domain.japan import JAPAN
from api.domain.rights import Action
from api.errors import ApiError, InvalidError
from api.pages.templates import page
from api.pictures.reference import reference_of
from api.policy import edit, trial, versions
from api.policy.versions import Version
from api.review.rule import rule_in_force
from api.services import Services
from engine.errors import GaijiError, UsageError
from engine.policy.load import PolicyError, from_data, load_policy, parse_policy, starting_policies
from engine.policy.load import validate_against as against_the_set
from engine.reference.table import CHARSETS

if TYPE_CHECKING:
    from engine.policy.policy import Policy

router = APIRouter(include_in_schema=False, prefix="/m/{code}/policy")

Shared = Annotated[Services, Depends(services_of)]
Reader = Annotated[Place, Depends(enter(Action.READ))]
Manager = Annotated[Place, Depends(enter(Action.MANAGE_POLICY))]
Exporter = Annotated[Place, Depends(enter(Action.EXPORT))]
PolicyId = Annotated[int, Path(ge=1, le=2**53)]

_MOST_FIELDS = 3_000
_DONE = {
    "begun": "案を作りました。内容を直してください。",
    "changed": "案を保存しました。",
    "adopted": "採用しました。この版は、もう変えられません。",
}
_MINUTES = ("look", "two", "ask", "forbid")
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def _form(request: Request, place: Manager) -> AsyncIterator[FormData]:
    """Read a form of many fields, once the right to change is known."""
    async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
        yield form


Sent = Annotated[FormData, Depends(_form)]


@router.get("")
def show_versions(request: Request, place: Reader, services: Shared, done: str = "") -> Response:
    """Show what is in force, all versions, and where a new one may start."""
    return _all(request, place, services, done=_DONE.get(done, ""))


@router.post("")
def begin(request: Request, place: Manager, services: Shared, base: Annotated[str, Form()] = "") -> Response:
    """Begin a draft."""
    bases = [each.id for each in reference_of(services).refset.shrink_bases]
    try:
        with services.database.writing() as session:
            made = versions.begin(session, place=place, base=base, bases=bases)
    except ApiError as error:
        if error.status == 404:
            raise
        return _all(request, place, services, error=error)
    return RedirectResponse(f"/m/{place.code}/policy/{made}/edit?done=begun", 303)


@router.get("/{policy_id}")
def show_version(
    request: Request, policy_id: PolicyId, place: Reader, services: Shared, done: str = ""
) -> Response:
    """Show one version: its rules, and what can be done with it."""
    return _one(request, place, services, policy_id, done=_DONE.get(done, ""))


@router.get("/{policy_id}/edit")
def show_form(
    request: Request, policy_id: PolicyId, place: Manager, services: Shared, done: str = ""
) -> Response:
    """Show the form of a draft."""
    version = _version(services, place, policy_id)
    if not version.is_draft:
        return RedirectResponse(f"/m/{place.code}/policy/{policy_id}", 303)
    return _editor(request, place, services, version, done=_DONE.get(done, ""))


@router.post("/{policy_id}/edit")
def change(request: Request, policy_id: PolicyId, place: Manager, services: Shared, form: Sent) -> Response:
    """Take the form in; what is wrong is told at the field, and nothing typed is lost."""
    version = _version(services, place, policy_id)
    fields = {name: [str(value) for value in form.getlist(name)] for name in form}
    toml = (fields.get("toml") or [""])[0].replace("\r\n", "\n")
    is_toml = "toml" in fields
    data: dict[str, Any] = {}
    try:
        if is_toml:
            policy = parse_policy(toml)
        else:
            data = edit.edited(parse_policy(version.toml), fields)
            policy = from_data(data)
        problems = against_the_set(policy, reference_of(services).table)
        if problems:
            raise PolicyError("", problems)
        seen = (fields.get("seen") or [""])[0]
        with services.database.writing() as session:
            versions.change(session, place=place, policy_id=policy_id, policy=policy, seen=seen)
    except PolicyError as error:
        wrong = edit.by_field(error.problems, data) if data else {}
        told = [str(each) for each in error.problems]
        return _editor(
            request, place, services, version, status=422, data=data, toml=toml if is_toml else None,
            wrong=wrong, problems=told,
        )  # fmt: skip
    except ApiError as error:
        if error.status == 404:
            raise
        return _editor(
            request, place, services, version, status=error.status, data=data,
            toml=toml if is_toml else None, problems=[str(error)],
        )  # fmt: skip
    return RedirectResponse(f"/m/{place.code}/policy/{policy_id}?done=changed", 303)


@router.get("/{policy_id}/trial")
def show_trial(
    request: Request,
    policy_id: PolicyId,
    place: Reader,
    services: Shared,
    against: str = "",
    look: str = "1",
    two: str = "2",
    ask: str = "20",
    forbid: str = "10",
) -> Response:
    """Try a version on the municipality's own gaiji; ``against`` is another version, or a starting policy."""
    from engine.policy.simulate import Minutes
    from engine.policy.tables import comparison_tables, notes_of, simulation_tables

    with services.database.reading() as session:
        version = versions.get_version(session, place=place, policy_id=policy_id)
        others = [each for each in versions.list_versions(session, place=place) if each.id != policy_id]
        in_force = rule_in_force(session, place.municipality_id).policy_id
    if (
        not against
        and in_force is not None
        and in_force != policy_id
        and "against" not in request.query_params
    ):
        against = str(in_force)
    given = dict(zip(_MINUTES, (look, two, ask, forbid), strict=True))
    tables: list[Any] = []
    notes: list[str] = []
    error, settled = "", 0
    try:
        minutes = Minutes(*(_minutes(given[name]) for name in _MINUTES))
        other = _other(services, place, against)
        tried = trial.try_policy(
            services, place=place, policy=parse_policy(version.toml), against=other, minutes=minutes
        )
        tables = comparison_tables(tried.comparison) if tried.comparison else []
        tables += simulation_tables(tried.simulation)
        notes, settled = notes_of(tried.simulation), tried.settled
    except (ApiError, PolicyError, UsageError) as problem:
        if isinstance(problem, ApiError) and problem.status == 404:
            raise
        error = str(problem)
    return page(
        request,
        "policy/trial.html",
        status=_status(error),
        place=place,
        section="policy",
        version=version,
        others=others,
        starting=_starting(),
        against=against,
        given=given,
        tables=tables,
        notes=notes,
        settled=settled,
        error=error,
    )


@router.post("/{policy_id}/adopt")
def adopt(
    request: Request,
    policy_id: PolicyId,
    place: Manager,
    services: Shared,
    label: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Adopt a draft."""
    try:
        with services.database.writing() as session:
            versions.adopt(session, place=place, policy_id=policy_id, seen=seen, label=label, day=day)
    except ApiError as error:
        if error.status == 404:
            raise
        return _one(request, place, services, policy_id, error=error, given={"label": label, "day": day})
    return RedirectResponse(f"/m/{place.code}/policy/{policy_id}?done=adopted", 303)


@router.get("/{policy_id}/policy.toml")
def download(policy_id: PolicyId, place: Exporter, services: Shared) -> Response:
    """Give a version as the file that the command line reads."""
    version = _version(services, place, policy_id)
    return _file(version.toml.encode("utf-8"), "application/toml", f"policy-{place.code}-{policy_id}.toml")


@router.get("/{policy_id}/draft.docx")
def document(policy_id: PolicyId, place: Exporter, services: Shared) -> Response:
    """Give a version as a Word document, with the municipality's numbers and pictures."""
    from engine.policy.draft.word import write_word

    version = _version(services, place, policy_id)
    try:
        policy = parse_policy(version.toml)
    except PolicyError as error:
        raise InvalidError(str(error)) from error
    made = trial.draft_document(services, place=place, policy=policy)
    target = io.BytesIO()
    write_word(made, target, made_on=_today().date())
    return _file(target.getvalue(), _WORD, f"policy-{place.code}-{policy_id}.docx")


def _all(
    request: Request, place: Place, services: Services, *, done: str = "", error: ApiError | None = None
) -> Response:
    with services.database.reading() as session:
        found = versions.list_versions(session, place=place)
        rule = rule_in_force(session, place.municipality_id)
    return page(
        request,
        "policy/versions.html",
        status=error.status if error else 200,
        place=place,
        section="policy",
        versions=found,
        rule=rule,
        starting=_starting(),
        done=done,
        error=str(error) if error else "",
    )


def _one(
    request: Request,
    place: Place,
    services: Services,
    policy_id: int,
    *,
    done: str = "",
    error: ApiError | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    version = _version(services, place, policy_id)
    policy, problems = _read(version)
    return page(
        request,
        "policy/one.html",
        status=error.status if error else 200,
        place=place,
        section="policy",
        version=version,
        policy=policy,
        problems=problems,
        charsets=CHARSETS,
        bases=_bases(services),
        done=done,
        error=str(error) if error else "",
        wrong=error.details.get("field", "") if error else "",
        given=given or {"label": version.label, "day": f"{_today() + timedelta(days=1):%Y-%m-%d}"},
    )


def _editor(
    request: Request,
    place: Place,
    services: Services,
    version: Version,
    *,
    status: int = 200,
    done: str = "",
    data: Mapping[str, Any] | None = None,
    toml: str | None = None,
    wrong: Mapping[str, str] | None = None,
    problems: list[str] | None = None,
) -> Response:
    from engine.policy.action import Action as Outcome
    from engine.policy.action import NewGaiji, NewGaijiCheck, SecondReview
    from engine.policy.policy import as_data
    from engine.result import Verdict

    policy, unread = _read(version)
    return page(
        request,
        "policy/edit.html",
        status=status,
        place=place,
        section="policy",
        version=version,
        policy=policy,
        data=data or (as_data(policy) if policy else {}),
        toml=version.toml if toml is None else toml,
        wrong=wrong or {},
        problems=problems or unread,
        is_toml=toml is not None or policy is None,
        outcomes=list(Outcome),
        charsets=list(CHARSETS.items()),
        second=list(SecondReview),
        new=list(NewGaiji),
        checks=list(NewGaijiCheck),
        verdicts=[each for each in Verdict if each is not Verdict.UNIDENTIFIED],
        bases=_bases(services),
        done=done,
    )


def _version(services: Services, place: Place, policy_id: int) -> Version:
    with services.database.reading() as session:
        return versions.get_version(session, place=place, policy_id=policy_id)


def _read(version: Version) -> tuple[Policy | None, list[str]]:
    """Return the policy of a version; one that this engine cannot read is told, not hidden."""
    try:
        return parse_policy(version.toml), []
    except PolicyError as error:
        return None, [str(each) for each in error.problems]


def _other(services: Services, place: Place, against: str) -> Policy | None:
    if not against:
        return None
    if against in starting_policies():
        return load_policy(against)
    if not (against.isascii() and against.isdigit() and len(against) < 16):
        raise InvalidError("比べるポリシーを選んでください。", {"field": "against"})
    return parse_policy(_version(services, place, int(against)).toml)


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 10_000:
        raise InvalidError("分数を、0 以上の数で書いてください。", {"field": "minutes"})
    return value


def _starting() -> list[tuple[str, str]]:
    return [(name, load_policy(name).title) for name in starting_policies()]


def _bases(services: Services) -> list[tuple[str, str]]:
    try:
        return [(each.id, each.title) for each in reference_of(services).refset.shrink_bases]
    except GaijiError:
        return []


def _status(error: str) -> int:
    return 409 if error else 200


def _today() -> datetime:
    return datetime.now(UTC).astimezone(JAPAN)


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
