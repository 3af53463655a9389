"""What the tests of version 1 share: shapes to decide on, programs with a token, how an answer is read."""

from __future__ import annotations

import pytest

from api.domain.rights import Role
from tests.api.clients import token_of, with_token
from tests.api.conftest import HERE
from tests.api.review.material import Material

BASE = f"/api/v1/municipalities/{HERE}"


@pytest.fixture
def material(services, people) -> Material:
    return Material(services, people)


@pytest.fixture
def program(app, services, people):
    """Give a program that acts as a person here, with all of their rights."""
    clients = []

    def act(name: str):
        role = Role.FIRST if name == "second-first" else Role(name)
        clients.append(with_token(app, token_of(services, name, people["here"], role)))
        return clients[-1]

    yield act
    for each in clients:
        each.close()


@pytest.fixture
def ok():
    """Return the body of an answer that went well."""

    def body(answer, status: int = 200):
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return body
