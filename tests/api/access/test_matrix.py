"""Every route × every role × one's own and another municipality × session and token.

The routes are found by walking the application, what they ask for by the marks of their gates, and what is
allowed in ``RIGHTS``. A new route is in the matrix by itself; one without a gate fails until it has one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

import pytest
from fastapi import Depends

from api.access.current import arriving_person, current_person
from api.access.place import Place, enter
from api.domain.rights import RIGHTS, Action, Role
from tests.api.access import world
from tests.api.access.routes import Walked, walk
from tests.api.clients import log_in, stranger, token_of, with_token
from tests.api.conftest import HERE, THERE

PUBLIC = {
    "GET /login": "who is not in comes in here",
    "POST /login": "the same",
    "POST /logout": "ends what there is",
    "GET /help": "says nothing of anybody",
    "GET /help/{topic}": "the same",
    "GET /static": "files that everybody has",
    "GET /healthz": "says only whether the application lives",
    "GET /metrics": "has a token of its own, or this machine only",
    "GET /api/v1/openapi.json": "the description, the same for everybody",
    "GET /api/v1/docs": "shows the description",
}
Reader = Annotated[Place, Depends(enter(Action.READ))]
NOWHERE = 10**9 + 7
WORDS = {
    "format": "csv", "suffix": "csv", "topic": "start", "name": "square", "mj": "MJ000001", "key": "x",
    "id": NOWHERE, "session_id": NOWHERE, "token_id": NOWHERE, "job_id": NOWHERE,
}  # fmt: skip
"""What stands in a path beside the objects of a municipality."""

ELSEWHERE = "この団体はないか、あなたの団体ではありません。"
NOT_THIS_ROLE = "の役割ではできません"
NOT_AN_OPERATOR = "システムの運用者だけができます"
NO_PROGRAM = "API トークンではできません"


@pytest.fixture
def routes(app) -> list[Walked]:
    return [route for route in walk(app) if str(route) not in PUBLIC]


@pytest.fixture
def worlds(services, people) -> tuple[world.World, world.World]:
    here = world.build(services, people, "here", "first")
    there = world.build(services, people, "there", "other-first")
    return here, there


def outcome(answer) -> str:
    """What the gate said: ``out``, ``forbidden``, ``elsewhere``, ``no-program``, or ``in``."""
    text = answer.text
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/login"):
        return "out"
    if answer.status_code == 403:
        if NO_PROGRAM in text:
            return "no-program"
        if NOT_THIS_ROLE in text or NOT_AN_OPERATOR in text:
            return "forbidden"
    if answer.status_code == 404 and ELSEWHERE in text:
        return "elsewhere"
    return "in"


def expected(route: Walked, role: Role | None, *, is_here: bool, is_operator: bool, is_token: bool) -> str:
    if is_token and (current_person in route.needs or arriving_person in route.needs):
        return "no-program"
    if Action.OPERATE in route.actions:
        return "in" if is_operator and not is_token else "forbidden"
    if not route.actions:
        return "in"
    if role is None or not is_here:
        return "elsewhere"
    return "in" if route.actions <= RIGHTS[role] else "forbidden"


def ask(client, route: Walked, code: str):
    values = {name: WORDS.get(name, NOWHERE) for name in route.names} | {"code": code}
    return client.request(route.method, route.at(values))


def wrong(client, routes, role: Role | None, **how) -> list[str]:
    """Ask every route in both municipalities; return where the answer is not as RIGHTS says."""
    found = []
    for route in routes:
        for code in (HERE, THERE):
            got = outcome(ask(client, route, code))
            want = expected(route, role, is_here=code == HERE, **how)
            if got != want:
                found.append(f"{route} in {code}: {got}, not {want}")
    return found


# --- The matrix ---


def test_there_are_routes(routes):
    assert len(routes) > 50
    assert {action for route in routes for action in route.actions} >= {Action.READ, Action.MANAGE_MEMBERS}


def test_every_route_has_a_gate_or_is_known_to_need_none(routes):
    assert [str(route) for route in routes if not route.actions and not route.needs] == []


def test_every_route_in_a_municipality_enters_it(routes):
    inside = [route for route in routes if "{code}" in route.path and "/operate/" not in route.path]
    assert [str(route) for route in inside if not route.actions - {Action.OPERATE}] == []


def test_a_stranger_gets_nowhere(app, routes, people):
    client = stranger(app)
    found = [str(route) for route in routes if outcome(ask(client, route, HERE)) != "out"]
    assert found == []


@pytest.mark.parametrize("role", list(Role))
def test_each_role_by_session(role, client_of, routes):
    assert wrong(client_of(role.value), routes, role, is_operator=False, is_token=False) == []


@pytest.mark.parametrize("role", list(Role))
def test_each_role_by_token(role, app, services, people, routes):
    client = with_token(app, token_of(services, role.value, people["here"], role))
    assert wrong(client, routes, role, is_operator=False, is_token=True) == []


def test_an_operator_sees_no_municipalitys_data(client_of, routes):
    assert wrong(client_of("operator"), routes, None, is_operator=True, is_token=False) == []


@pytest.mark.parametrize(
    "path", ["/m/12/people", "/m/1310160/people", "/m/131016x/people", "/m/999999/people"]
)
def test_no_such_municipality(path, client_of):
    assert client_of("admin").get(path).status_code == 404


def test_the_matrix_sees_what_is_wrong(app, client_of):
    """A route without a gate, and one behind the wrong gate."""

    def open_to_all(code: str) -> str:
        return code

    def too_wide(place: Reader) -> str:
        return place.code

    app.add_api_route("/m/{code}/open", open_to_all)
    app.add_api_route("/m/{code}/wide", too_wide)
    added = {route.path: route for route in walk(app) if route.path.endswith(("/open", "/wide"))}
    assert not added["/m/{code}/open"].actions
    assert added["/m/{code}/wide"].actions == {Action.READ}
    claimed = replace(added["/m/{code}/wide"], actions=frozenset({Action.MANAGE_MEMBERS}))
    assert len(wrong(client_of("viewer"), [claimed], Role.VIEWER, is_operator=False, is_token=False)) == 1
    ungated = replace(added["/m/{code}/open"], actions=frozenset({Action.READ}))
    assert len(wrong(client_of("viewer"), [ungated], Role.VIEWER, is_operator=False, is_token=False)) == 1


# --- Objects of another municipality ---

_FORM = {
    "version": "1",
    "reason": "ためし",
    "verdict": "同定不可能",
    "subclass": "不明文字",
    "role": "viewer",
}
_V1 = "/api/v1/municipalities/{code}"
_PROJECT = {"name": "x", "system": "x", "version": 1}
BODIES: dict[str, dict] = {
    "POST /m/{code}/bulk/{bulk_id}/judge": {"data": {"shape_id": "1", "answer": "right"}},
    f"PUT {_V1}/projects/{{project_id}}": {"json": _PROJECT},
    f"POST {_V1}/projects/{{project_id}}/archive": {"json": {"version": 1}},
    f"POST {_V1}/projects/{{project_id}}/reopen": {"json": {"version": 1}},
    f"POST {_V1}/projects/{{project_id}}/uploads": {
        "files": {"file": ("a.bin", b"x")}, "data": {"raw": "16x16"},
    },
    f"POST {_V1}/shapes/{{shape_id}}/decisions": {
        "json": {"version": 1, "class": "同定不可能", "subclass": "不明文字"},
    },
    f"POST {_V1}/decisions/{{decision_id}}/withdrawal": {"json": {"reason": "ためし"}},
    f"POST {_V1}/bulk-confirmations/{{bulk_id}}/judgements": {"json": {"shape_id": 1, "right": True}},
    f"PUT {_V1}/members/{{user_id}}/role": {"json": {"role": "viewer"}},
}  # fmt: skip
"""What a route needs to get as far as its object, where the common form is not enough."""


def send(client, route: Walked, values: dict[str, object]):
    path = route.at({"code": HERE} | values)
    if route.method in {"GET", "DELETE", "HEAD"}:
        return client.request(route.method, path)
    if str(route) in BODIES:
        return client.request(route.method, path, **BODIES[str(route)])
    if path.startswith("/api/"):
        return client.request(route.method, path, json=_FORM)
    if route.path.endswith("/uploads"):
        return client.request(route.method, path, data=_FORM, files={"file": ("a.png", b"x")})
    return client.request(route.method, path, data=_FORM)


def test_objects_of_another_municipality_are_not_there(client_of, routes, worlds):
    """Each id in turn is replaced by one that is good in the other municipality."""
    here, there = worlds
    client = client_of("admin")
    found = []
    for route in routes:
        objects = [name for name in route.names if name in here]
        if not route.actions - {Action.OPERATE} or not objects:
            continue
        own = {name: here.get(name, WORDS.get(name)) for name in route.names if name != "code"}
        for name in objects:
            answer = send(client, route, own | {name: there[name]})
            if answer.status_code != 404:
                found.append(f"{route} with another's {name}: {answer.status_code}")
    assert found == []


def test_every_object_of_a_path_is_known(routes, worlds):
    known = {*worlds[0], *WORDS, "code"}
    assert {name for route in routes for name in route.names} - known == set()


def test_own_objects_are_there(app, services, people, routes, worlds):
    """Else the test above would pass for routes that never find anything."""
    here, _ = worlds
    # The explanations of this world are empty: a page that shows one may fail, but it was found.
    client = log_in(stranger(app, raise_server_exceptions=False), services, people["admin"])
    found = []
    for route in routes:
        objects = [name for name in route.names if name in here]
        if not route.actions - {Action.OPERATE} or not objects or route.method != "GET":
            continue
        if re.search(r"/events$|/{mj}|/lookup$", route.path):
            continue  # without an end; of the reference set
        own = {name: here.get(name, WORDS.get(name)) for name in route.names if name != "code"}
        answer = send(client, route, own)
        if answer.status_code == 404:
            found.append(str(route))
    assert found == []
