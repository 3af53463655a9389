"""Two people who make the same thing in one moment: the second is told so.

Only PostgreSQL lets both get that far; here the question whether it is there already is answered wrongly.
"""

from __future__ import annotations

import pytest

from api.access import accounts, municipalities
from api.errors import ConflictError


@pytest.fixture
def blind(monkeypatch):
    """Sessions that find nothing."""

    def open_eyes(session):
        monkeypatch.setattr(session, "scalar", lambda *_given, **_named: None)
        return session

    return open_eyes


def test_a_login_is_given_once(services, people, blind):
    with pytest.raises(ConflictError) as told, services.database.writing() as session:
        accounts.create_account(blind(session), actor=None, login="first", name="")
    assert told.value.details == {"field": "login"}


def test_a_code_is_given_once(services, people, blind):
    with pytest.raises(ConflictError) as told, services.database.writing() as session:
        municipalities.create(blind(session), actor=None, code="131016", name="別の区")
    assert told.value.details == {"field": "code"}
