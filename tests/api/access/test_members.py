"""Accounts and members: who may do what to whom, and what follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.access import accounts, members, municipalities, passwords, sessions, tokens
from api.access.logins import fold, parse
from api.access.place import Place
from api.domain.rights import Role
from api.domain.standing import SecondReview
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.store.models import ApiToken, AuditEvent, LoginSession, Membership, User
from api.store.types import now
from tests.api.clients import actor_named, token_of
from tests.api.conftest import HERE, PASSWORD, THERE


@pytest.fixture
def here(services, people) -> Place:
    """The municipality, entered by its administrator."""
    actor = actor_named(services, "admin")
    return Place(actor, Role.ADMIN, people["here"], HERE, "千代田区", SecondReview.ALL)


@pytest.fixture
def writing(services, people):
    with services.database.writing() as session:
        yield session


def role_of(session, user_id: int, municipality_id: int) -> str | None:
    question = select(Membership.role)
    return session.scalar(
        question.where(Membership.user_id == user_id, Membership.municipality_id == municipality_id)
    )


def actions(session) -> list[tuple[str, int | None]]:
    session.flush()
    return [(row.action, row.municipality_id) for row in session.scalars(select(AuditEvent))]


# --- Logins ---


@pytest.mark.parametrize("login", ["ab", "Tanaka.Ichiro", "t-1_x@city.lg.jp", "DOMAIN\\user", "a" * 100])
def test_a_login(login):
    assert parse(f" {login} ") == login.lower()


@pytest.mark.parametrize("login", ["", "a", "田中", "a b", "-a", "a" * 101, "a\nb", "<b>", "a'b", "ａｂｃ"])
def test_no_login(login):
    with pytest.raises(InvalidError) as caught:
        parse(login)
    assert caught.value.details == {"field": "login"}


@given(st.text(max_size=40))
def test_folding_is_done_once(text):
    assert fold(fold(text)) == fold(text)


# --- Taking in ---


def test_a_new_member_gets_a_one_time_password(writing, here, people):
    made = members.add_member(writing, place=here, login="Suzuki", name="鈴木", role=Role.SECOND)
    user = writing.get(User, made.user_id)
    assert (user.login, user.display_name, user.must_change_password) == ("suzuki", "鈴木", True)
    assert user.is_operator is False
    assert passwords.verify(user.password_hash, made.password)
    assert role_of(writing, made.user_id, people["here"]) == "second"
    assert actions(writing) == [("user.created", people["here"]), ("member.added", people["here"])]


def test_a_member_for_the_proxy_only_has_no_password(writing, here):
    made = members.add_member(writing, place=here, login="sato", name="", role=Role.FIRST, has_password=False)
    user = writing.get(User, made.user_id)
    assert (made.password, user.password_hash, user.must_change_password) == ("", None, False)
    assert user.display_name == "sato"


def test_somebody_of_another_municipality_is_taken_in_as_they_are(writing, here, people):
    made = members.add_member(writing, place=here, login="other-first", name="別名", role=Role.VIEWER)
    assert (made.user_id, made.password) == (people["other-first"], "")
    assert writing.get(User, made.user_id).display_name == "other-first"
    assert role_of(writing, made.user_id, people["here"]) == "viewer"
    assert role_of(writing, made.user_id, people["there"]) == "first"


def test_nobody_is_taken_in_twice(writing, here):
    with pytest.raises(ConflictError):
        members.add_member(writing, place=here, login="first", name="", role=Role.ADMIN)


def test_an_account_that_belongs_nowhere_is_placed_by_operators(writing, here):
    accounts.create_account(writing, actor=None, login="lost", name="")
    for login in ("lost", "operator"):
        with pytest.raises(ConflictError):
            members.add_member(writing, place=here, login=login, name="", role=Role.FIRST)


def test_a_disabled_account_is_not_taken_in(writing, here, people):
    accounts.disable(writing, actor=None, user_id=people["other-first"])
    with pytest.raises(ConflictError):
        members.add_member(writing, place=here, login="other-first", name="", role=Role.FIRST)


# --- Governing ---


def test_a_new_password_ends_the_logins_and_the_lock(writing, here, people, services):
    sessions.begin(writing, user_id=people["first"], settings=services.settings)
    user = writing.get(User, people["first"])
    user.locked_until, user.failed_logins = now(), 2
    writing.flush()
    password = members.reset_member_password(writing, place=here, user_id=people["first"])
    writing.flush()
    writing.refresh(user)
    assert passwords.verify(user.password_hash, password)
    assert user.must_change_password
    assert (user.locked_until, user.failed_logins) == (None, 0)
    assert writing.scalar(select(LoginSession.revoked_at)) is not None
    assert actions(writing) == [("user.password-reset", people["here"])]


def test_nobody_elses_account_is_governed(writing, here, people):
    """Who belongs elsewhere too, an operator, somebody of another municipality."""
    members.grant(
        writing, actor=None, user_id=people["first"], municipality_id=people["there"], role=Role.VIEWER
    )
    members.grant(
        writing, actor=None, user_id=people["operator"], municipality_id=people["here"], role=Role.VIEWER
    )
    writing.flush()
    for name in ("first", "operator"):
        with pytest.raises(ForbiddenError):
            members.reset_member_password(writing, place=here, user_id=people[name])
    with pytest.raises(NotFoundError):
        members.reset_member_password(writing, place=here, user_id=people["other-first"])
    governed = {each.login for each in members.list_members(writing, place=here) if each.is_governed}
    assert governed == {"viewer", "second", "admin", "second-first"}


def test_only_members_are_changed(writing, here, people):
    stranger = people["other-first"]
    for change in (
        lambda: members.set_role(writing, place=here, user_id=stranger, role=Role.ADMIN),
        lambda: members.remove_member(writing, place=here, user_id=stranger),
        lambda: members.unlock_member(writing, place=here, user_id=stranger),
        lambda: members.remove_member(writing, place=here, user_id=10**6),
    ):
        with pytest.raises(NotFoundError):
            change()
    assert role_of(writing, stranger, people["here"]) is None
    assert role_of(writing, stranger, people["there"]) == "first"


def test_only_members_are_listed(writing, here):
    shown = members.list_members(writing, place=here)
    assert [each.login for each in shown] == ["admin", "first", "second", "second-first", "viewer"]
    assert [each.role for each in shown][:2] == [Role.ADMIN, Role.FIRST]


def test_the_last_administrator_stays(writing, here, people):
    for change in (
        lambda: members.remove_member(writing, place=here, user_id=people["admin"]),
        lambda: members.set_role(writing, place=here, user_id=people["admin"], role=Role.SECOND),
        lambda: members.revoke(writing, actor=None, user_id=people["admin"], municipality_id=people["here"]),
    ):
        with pytest.raises(ConflictError):
            change()
    members.set_role(writing, place=here, user_id=people["second"], role=Role.ADMIN)
    writing.flush()
    members.remove_member(writing, place=here, user_id=people["admin"])
    writing.flush()
    assert role_of(writing, people["admin"], people["here"]) is None


def test_an_administrator_who_is_shut_out_does_not_count(writing, here, people):
    members.set_role(writing, place=here, user_id=people["second"], role=Role.ADMIN)
    writing.flush()
    accounts.disable(writing, actor=None, user_id=people["second"])
    writing.flush()
    with pytest.raises(ConflictError):
        members.remove_member(writing, place=here, user_id=people["admin"])
    members.remove_member(writing, place=here, user_id=people["second"])


def test_leaving_takes_the_tokens_of_this_municipality(services, here, people):
    with services.database.writing() as session:
        members.grant(
            session, actor=None, user_id=people["first"], municipality_id=people["there"], role=Role.FIRST
        )
    token_of(services, "first", people["here"], Role.VIEWER)
    token_of(services, "first", people["there"], Role.VIEWER)
    with services.database.writing() as session:
        members.remove_member(session, place=here, user_id=people["first"])
    with services.database.reading() as session:
        rows = session.execute(select(ApiToken.municipality_id, ApiToken.revoked_at.is_(None)))
        assert dict(rows.all()) == {people["here"]: False, people["there"]: True}


# --- Accounts ---


def test_a_taken_login_in_any_case(writing, people):
    with pytest.raises(ConflictError):
        accounts.create_account(writing, actor=None, login=" FIRST ", name="")


def test_disabling_ends_everything(services, people):
    token_of(services, "first", people["here"], Role.FIRST)
    with services.database.writing() as session:
        sessions.begin(session, user_id=people["first"], settings=services.settings)
        accounts.disable(session, actor=actor_named(services, "operator"), user_id=people["first"])
    with services.database.reading() as session:
        assert session.scalar(select(LoginSession.revoked_at)) is not None
        assert session.scalar(select(ApiToken.revoked_at)) is not None
    with services.database.writing() as session:
        accounts.enable(session, actor=None, user_id=people["first"])
    with services.database.reading() as session:
        assert session.get(User, people["first"]).disabled_at is None
        assert session.scalar(select(ApiToken.revoked_at)) is not None


def test_nobody_shuts_themselves_out(writing, services, people):
    with pytest.raises(ForbiddenError):
        accounts.disable(writing, actor=actor_named(services, "operator"), user_id=people["operator"])


def test_a_disabled_account_gets_no_password(writing, people):
    accounts.disable(writing, actor=None, user_id=people["first"])
    with pytest.raises(ConflictError):
        accounts.reset_password(writing, actor=None, user_id=people["first"])


def test_changing_the_own_password(writing, services, people):
    user = writing.get(User, people["first"])
    user.password_hash = passwords.hash_password(PASSWORD)
    writing.flush()
    actor = actor_named(services, "first")
    sessions.begin(writing, user_id=user.id, settings=services.settings)
    with pytest.raises(InvalidError, match="今のパスワード"):
        accounts.change_password(writing, actor=actor, present="x", new="あたらしい長い合言葉-1")
    with pytest.raises(InvalidError, match="12 字以上"):
        accounts.change_password(writing, actor=actor, present=PASSWORD, new="みじかい")
    with pytest.raises(InvalidError, match="同じ"):
        accounts.change_password(writing, actor=actor, present=PASSWORD, new=PASSWORD)
    accounts.change_password(writing, actor=actor, present=PASSWORD, new="あたらしい長い合言葉-1")
    writing.flush()
    assert passwords.verify(user.password_hash, "あたらしい長い合言葉-1")
    assert user.password_changed_at is not None
    assert writing.scalar(select(LoginSession.revoked_at)) is not None


def test_the_list_goes_by_pages(writing, people):
    names = [each.login for each in accounts.list_accounts(writing, limit=4)]
    more = [each.login for each in accounts.list_accounts(writing, after=names[-1])]
    assert names + more == sorted(names + more)
    assert set(names + more) == set(people) - {"here", "there"}
    (first,) = [each for each in accounts.list_accounts(writing) if each.login == "first"]
    assert first.roles == ((HERE, "千代田区", Role.FIRST),)


# --- Tokens ---


def test_a_token_is_never_more_than_its_owner(writing, services, people):
    actor = actor_named(services, "first")
    common = {"name": "x", "days": 1}
    with pytest.raises(ForbiddenError):
        tokens.create(writing, actor=actor, municipality_id=people["here"], role=Role.SECOND, **common)
    with pytest.raises(NotFoundError):
        tokens.create(writing, actor=actor, municipality_id=people["there"], role=Role.VIEWER, **common)


@pytest.mark.parametrize(("name", "days"), [("", 1), ("x" * 101, 1), ("a\nb", 1), ("x", 0), ("x", 367)])
def test_a_tokens_name_and_days(name, days, writing, services, people):
    with pytest.raises(InvalidError):
        tokens.create(
            writing,
            actor=actor_named(services, "first"),
            municipality_id=people["here"],
            role=Role.VIEWER,
            name=name,
            days=days,
        )


def test_a_token_is_found_by_its_mark_and_kept_as_a_digest(services, people):
    token = token_of(services, "first", people["here"], Role.FIRST)
    assert token.startswith("gaiji_")
    assert len(token) == 6 + 43
    with services.database.reading() as session:
        row = session.scalar(select(ApiToken))
    assert row.prefix == token[:12]
    assert row.token_digest == sessions.digest(token)


def test_there_are_not_endlessly_many(services, people, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_TOKENS", 2)
    for _ in range(2):
        token_of(services, "first", people["here"], Role.FIRST)
    with pytest.raises(ConflictError):
        token_of(services, "first", people["here"], Role.FIRST)
    token_of(services, "second", people["here"], Role.FIRST)


# --- Municipalities ---


def test_a_municipality(writing, people):
    _, warning = municipalities.create(writing, actor=None, code="１３１０２４", name=" 中央区 ")
    assert warning == ""
    _, warning = municipalities.create(writing, actor=None, code="13103", name="港区")
    assert "131032" in warning
    shown = [(each.code, each.name) for each in municipalities.list_municipalities(writing)]
    assert shown == [(THERE, "札幌市"), (HERE, "千代田区"), ("131024", "中央区"), ("131032", "港区")]
    municipalities.rename(writing, actor=None, code="131024", name="新しい区")
    assert municipalities.find(writing, code="131024").version == 2


@pytest.mark.parametrize(
    ("code", "name"), [("", "x"), ("131017", "x"), ("99", "x"), ("131024", ""), ("131024", "a\nb")]
)
def test_no_municipality(code, name, writing, people):
    with pytest.raises(InvalidError):
        municipalities.create(writing, actor=None, code=code, name=name)


def test_one_municipality_of_a_code(writing, people):
    with pytest.raises(ConflictError):
        municipalities.create(writing, actor=None, code=HERE, name="別の区")
