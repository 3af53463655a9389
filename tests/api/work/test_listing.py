"""The list of shapes against a plain reading of everything, and how the database goes about it."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview, State
from api.errors import InvalidError, NotFoundError
from api.store.models import Gaiji, Prototype, PrototypeHit, Shape
from api.work.filters import Filter
from api.work.listing import Cursor, Sort, counts, list_page, neighbours, next_shape
from engine.result import Review, Subclass, Verdict
from tests.api.conftest import HERE, THERE
from tests.api.large import fill

_SHARES = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 0.9, 1.0])
_PROJECTS = st.none() | st.integers(1, 2**63 - 1)
_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)


def _some(options):
    return st.lists(st.sampled_from(list(options)), max_size=4).map(tuple)


@st.composite
def filters(draw, *, texts=_TEXTS, projects=_PROJECTS):
    low, high = sorted((draw(_SHARES), draw(_SHARES)))
    return Filter(
        project=draw(projects),
        states=draw(_some(State)),
        classes=draw(_some(Verdict)),
        subclasses=draw(_some(Subclass)),
        review=draw(st.none() | st.sampled_from(list(Review))),
        confidence_min=draw(st.none() | st.just(low)),
        confidence_max=draw(st.none() | st.just(high)),
        kinds=draw(_some("123")),
        text=draw(texts),
        changed=draw(st.booleans()),
        prototype=draw(st.booleans()),
    )


@given(filters())
def test_a_filter_survives_an_address_and_a_json_column(filter):
    assert Filter.from_query(filter.to_query()) == filter
    assert Filter.from_mapping(filter.to_mapping()) == filter


def test_equal_filters_are_equal_whatever_the_order():
    one = Filter.from_query([("states", "settled"), ("states", "open"), ("states", "open")])
    assert one == Filter(states=(State.OPEN, State.SETTLED))
    assert one.query == "states=open&states=settled"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("states", "done"),
        ("classes", "same"),
        ("review", "maybe"),
        ("kinds", "4"),
        ("confidence_min", "90"),
        ("confidence_max", "nan"),
        ("confidence_min", "high"),
        ("project", "-1"),
        ("project", "9" * 30),
        ("project", "٣"),
        ("text", "x" * 101),
        ("text", "a\0b"),
        ("changed", "perhaps"),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(InvalidError) as caught:
        Filter.from_query([(name, value)])
    assert caught.value.details["field"] == name
    assert any("\u3040" <= character <= "\u30ff" for character in str(caught.value))


def test_bounds_that_cross_are_refused():
    with pytest.raises(InvalidError, match="下限"):
        Filter(confidence_min=0.9, confidence_max=0.5)


@given(st.text(string.printable, max_size=60))
def test_no_cursor_from_outside_does_harm(text):
    try:
        cursor = Cursor.parse(text)
    except InvalidError:
        return
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("document", ['["id",false,0,9223372036854775808]', '["code",false,0,"\\ud800",1]'])
def test_a_cursor_holds_only_what_a_database_can_compare_with(document):
    import base64

    with pytest.raises(InvalidError):
        Cursor.parse(base64.urlsafe_b64encode(document.encode()).decode())


# --- Against everything read plainly ---


@pytest.fixture
def filled(services, people):
    """Some shapes in two projects here, and other ones there."""
    large = fill(
        services.database, municipality_id=people["here"], user_id=people["first"], shapes=120, gaiji=150
    )
    with services.database.writing() as session:
        session.execute(update(Shape).where(Shape.id == 7).values(confidence=None, machine_class=""))
        session.execute(update(Shape).where(Shape.id.in_([10, 11, 12])).values(confidence=0.5))
        session.execute(update(Gaiji).where(Gaiji.id == 20).values(font="外字_100%"))
        session.add(Shape(municipality_id=people["there"], digest="f" * 32, png=b""))
    return large


def _place(people, name="admin", role=Role.ADMIN, where="here", code=HERE) -> Place:
    actor = Actor(people[name], name, {people[where]: role})
    return Place(actor, role, people[where], code, "", SecondReview.ALL)


def _expected(session, filter) -> dict[int, Shape]:
    """What the filter lets through, found out by looking at every shape."""
    found = {}
    gaiji = session.scalars(select(Gaiji).where(Gaiji.shape_id.is_not(None))).all()
    for shape in session.scalars(select(Shape).where(Shape.digest != "f" * 32)):
        own = [g for g in gaiji if g.shape_id == shape.id and filter.project in (None, g.project_id)]
        final = (shape.final_class, shape.final_subclass, shape.final_mj)
        machine = (shape.machine_class, shape.machine_subclass, shape.machine_mj)
        sure = shape.confidence
        if (
            own
            and (not filter.states or shape.state in filter.states)
            and (not filter.classes or shape.machine_class in filter.classes)
            and (not filter.subclasses or shape.machine_subclass in filter.subclasses)
            and filter.review in (None, shape.review)
            and (filter.confidence_min is None or (sure is not None and sure >= filter.confidence_min))
            and (filter.confidence_max is None or (sure is not None and sure <= filter.confidence_max))
            and (not filter.kinds or any(g.kind in filter.kinds for g in own))
            and (not filter.changed or (shape.state == "settled" and final != machine))
            and not filter.prototype
        ):
            found[shape.id] = shape
    return found


def _ordered(session, shapes, sort, project) -> list[int]:
    classes = ["類似", "デザイン差", "字形一致", "同定不可能", ""]
    if sort is Sort.CODE:
        rows = session.execute(
            select(Gaiji.shape_id, Gaiji.code, Gaiji.id).where(Gaiji.project_id == project).order_by(Gaiji.id)
        )
        codes: dict[int, str] = {}
        for shape_id, code, _ in rows:
            codes.setdefault(shape_id, code)
        return sorted(shapes, key=lambda each: (codes[each], each))
    if sort is Sort.CLASS:
        return sorted(shapes, key=lambda each: (classes.index(shapes[each].machine_class), each))
    if sort is Sort.ID:
        return sorted(shapes)
    sure = sorted(
        (each for each in shapes if shapes[each].confidence is not None),
        key=lambda each: (shapes[each].confidence, each),
        reverse=sort is Sort.MOST_SURE,
    )
    return sure + sorted(each for each in shapes if shapes[each].confidence is None)


def _walk(session, place, filter, sort, limit):
    """Go through all pages and back again."""
    page = list_page(session, place=place, filter=filter, sort=sort, limit=limit)
    assert page.previous is None
    there = [page]
    while page.next:
        cursor = Cursor.parse(str(page.next))
        page = list_page(session, place=place, filter=filter, sort=sort, cursor=cursor, limit=limit)
        there.append(page)
    back = [page]
    while page.previous:
        cursor = Cursor.parse(str(page.previous))
        page = list_page(session, place=place, filter=filter, sort=sort, cursor=cursor, limit=limit)
        back.append(page)
    ids = [row.id for each in there for row in each.rows]
    again = [row.id for each in reversed(back) for row in each.rows]
    return ids, again


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_page_there_and_back_is_what_a_plain_reading_finds(services, people, filled, data):
    projects = st.sampled_from([None, filled.large_project, filled.small_project])
    filter = data.draw(filters(texts=st.just(""), projects=projects))
    sorts = [each for each in Sort if filter.project is not None or each is not Sort.CODE]
    sort, limit = data.draw(st.sampled_from(sorts)), data.draw(st.integers(5, 60))
    place = _place(people)
    with services.database.reading() as session:
        shapes = _expected(session, filter)
        wanted = _ordered(session, shapes, sort, filter.project)
        ids, again = _walk(session, place, filter, sort, limit)
        assert ids == wanted
        assert again == wanted
        numbers = counts(session, place=place, filter=filter)
        assert numbers.shapes == len(wanted)
        assert counts(session, place=place, filter=filter, with_gaiji=False).shapes == len(wanted)
        for state in State:
            assert numbers.of(state=state) == sum(shape.state == state for shape in shapes.values())
        held = session.scalars(
            select(Gaiji.id).where(
                Gaiji.shape_id.in_(wanted), Gaiji.project_id.in_([filter.project or Gaiji.project_id])
            )
        ).all()
        assert numbers.gaiji == len(held)
        for before, here, behind in zip([None, *wanted], wanted, [*wanted[1:], None], strict=False):
            if here in wanted[:5]:
                beside = neighbours(session, place=place, filter=filter, sort=sort, shape_id=here)
                assert (beside.previous, beside.next) == (before, behind)


@pytest.mark.parametrize("sort", Sort)
def test_every_order_is_the_one_it_says(services, people, filled, sort):
    place, filter = _place(people), Filter(project=filled.large_project)
    with services.database.reading() as session:
        wanted = _ordered(session, _expected(session, filter), sort, filled.large_project)
        ids, again = _walk(session, place, filter, sort, 25)
    assert len(wanted) == 120
    assert ids == again == wanted


def test_every_code_that_begins_so_is_found(services, people, filled):
    with services.database.reading() as session:
        codes = session.scalars(select(Gaiji.code).where(Gaiji.project_id == filled.large_project)).all()
        filter = Filter(project=filled.large_project, text="U+F")
        found = counts(session, place=_place(people), filter=filter).shapes
        shapes = session.execute(
            select(Gaiji.shape_id, Gaiji.code).where(Gaiji.project_id == filled.large_project)
        ).all()
    assert 0 < found < 120 < len(codes)
    assert found == len({shape_id for shape_id, code in shapes if code.startswith("U+F")})


def test_codes_are_found_in_the_order_of_the_index_too(services, people, filled, monkeypatch):
    from api.work import listing

    place, filter = _place(people), Filter(project=filled.large_project)
    with services.database.reading() as session:
        few, _ = _walk(session, place, filter, Sort.CODE, 7)
        monkeypatch.setattr(listing, "_FEW", 10)
        many, again = _walk(session, place, filter, Sort.CODE, 7)
    assert few == many == again
    assert len(few) == 120


@pytest.mark.parametrize("text", ["U+E0", "ｕ＋ｅ０", "u+e0"])
def test_a_code_is_found_by_its_beginning(services, people, filled, text):
    with services.database.reading() as session:
        page = list_page(
            session, place=_place(people), filter=Filter(project=filled.small_project, text=text)
        )
        assert [row.code for row in page.rows] == ["U+E000", "U+E001"]
        elsewhere = Filter(project=filled.large_project, text=text)
        assert list_page(session, place=_place(people), filter=elsewhere).rows == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("外字_100%", [20]),
        ("外字_", [20]),
        ("00%", [20]),
        ("字_1", [20]),
        ("KOSEKI.zip", [50, 100]),
        ("%", [20]),
    ],
)
def test_a_name_is_found_by_any_part_of_it(services, people, filled, text, wanted):
    with services.database.reading() as session:
        page = list_page(session, place=_place(people), filter=Filter(text=text))
    assert [row.id for row in page.rows] == wanted


def test_an_mj_or_a_character_is_looked_for_in_suggestions_and_decisions(services, people, filled):
    with services.database.writing() as session:
        session.execute(update(Shape).where(Shape.id == 3).values(machine_mj="MJ030196", final_mj=""))
        session.execute(update(Shape).where(Shape.id == 4).values(machine_mj="", final_mj="MJ030197"))
    forms = {"辻": ["MJ030196", "MJ030197"], "丂": []}
    with services.database.reading() as session:

        def ids(text):
            page = list_page(
                session, place=_place(people), filter=Filter(text=text), names_of=lambda each: forms[each[0]]
            )
            return [row.id for row in page.rows]

        assert ids("mj030196") == [3]
        assert ids("辻") == [3, 4]
        assert ids("辻\U000e0101") == [3, 4]
        assert ids("丂") == []


def test_an_earlier_decision_is_filtered_by_while_it_stands(services, people, filled):
    from api.store.types import now

    with services.database.writing() as session:
        if not services.database.is_sqlite:
            pytest.skip("the made-up prototype names no decision")
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for shape_id, ended in ((5, None), (6, now())):
            prototype = Prototype(
                municipality_id=people["here"],
                shape_id=1,
                decision_id=shape_id,
                verdict="類似",
                ended_at=ended,
            )
            session.add(prototype)
            session.flush()
            session.add(
                PrototypeHit(shape_id=shape_id, prototype_id=prototype.id, likeness="same", probability=1.0)
            )
            session.flush()
        page = list_page(session, place=_place(people), filter=Filter(prototype=True))
        assert [row.id for row in page.rows] == [5]
        assert page.rows[0].prototype
        session.rollback()


def test_a_row_says_what_there_is_to_say(services, people, filled):
    with services.database.reading() as session:
        page = list_page(session, place=_place(people), filter=Filter(project=filled.small_project))
        row = page.rows[0]
        assert (row.id, row.code, row.gaiji) == (50, "U+E000", 1)
        assert [(part.id, part.name) for part in row.projects] == [
            (filled.large_project, "住民記録"),
            (filled.small_project, "戸籍附票"),
        ]
        everywhere = list_page(session, place=_place(people), filter=Filter(), limit=200)
        both = next(each for each in everywhere.rows if each.id == 50)
        assert both.gaiji == sum(part.gaiji for part in both.projects) == 2


def test_nothing_of_another_municipality_is_seen(services, people, filled):
    other = _place(people, "other-admin", where="there", code=THERE)
    with services.database.reading() as session:
        page = list_page(session, place=other, filter=Filter())
        assert len(page.rows) == 1
        assert list_page(session, place=other, filter=Filter(project=filled.large_project)).rows == ()
        assert counts(session, place=other, filter=Filter(project=filled.large_project)).shapes == 0
        assert list_page(session, place=other, filter=Filter(text="EUDC")).rows == ()
        with pytest.raises(NotFoundError):
            neighbours(session, place=other, filter=Filter(), shape_id=1)


@pytest.mark.parametrize(
    ("name", "role", "states"),
    [
        ("viewer", Role.VIEWER, set()),
        ("second-first", Role.FIRST, {"open"}),
        ("second", Role.SECOND, {"open", "awaiting-second", "disputed"}),
        ("first", Role.SECOND, {"open", "disputed"}),  # made all the first decisions
    ],
)
def test_the_next_shape_is_one_that_this_person_may_decide(services, people, filled, name, role, states):
    place = _place(people, name, role)
    with services.database.reading() as session:
        found, at = [], None
        while True:
            at = next_shape(session, place=place, filter=Filter(), after=at, for_user=place.actor.user_id)
            if at is None:
                break
            found.append(at)
        wanted = session.scalars(
            select(Shape.id)
            .where(Shape.municipality_id == people["here"], Shape.state.in_(states))
            .order_by(Shape.id)
        ).all()
        assert found == list(wanted)


def test_the_way_goes_on_behind_a_shape_that_the_filter_no_longer_lets_through(services, people, filled):
    filter = Filter(states=(State.DISPUTED, State.OPEN))
    with services.database.reading() as session:
        settled = session.scalar(select(Shape.id).where(Shape.state == "settled").order_by(Shape.id))
        found = next_shape(session, place=_place(people), filter=filter, after=settled)
        wanted = session.scalar(
            select(Shape.id)
            .where(Shape.id > settled, Shape.state.in_(["open", "disputed"]), Shape.digest != "f" * 32)
            .order_by(Shape.id)
        )
    assert found == wanted


@pytest.mark.parametrize("limit", [0, 201])
def test_a_page_has_a_sensible_size(services, people, limit):
    with services.database.reading() as session, pytest.raises(InvalidError):
        list_page(session, place=_place(people), filter=Filter(), limit=limit)


def test_an_order_that_needs_a_project_says_so(services, people):
    with services.database.reading() as session, pytest.raises(InvalidError, match="プロジェクト"):
        list_page(session, place=_place(people), filter=Filter(), sort=Sort.CODE)


def test_a_cursor_of_another_order_is_refused(services, people):
    with services.database.reading() as session, pytest.raises(InvalidError):
        list_page(session, place=_place(people), filter=Filter(), cursor=Cursor(Sort.CLASS, (0, 1)))


@pytest.mark.parametrize("sort", [Sort.ID, Sort.LEAST_SURE, Sort.MOST_SURE, Sort.CLASS])
@pytest.mark.parametrize("project", [False, True])
def test_the_ids_of_a_page_come_from_an_index_alone_and_in_its_order(services, people, filled, sort, project):
    """Reading pictures on the way, or sorting everything, would take seconds at 100,000 shapes."""
    if not services.database.is_sqlite:
        pytest.skip("the plans of SQLite")
    filter = Filter(
        project=filled.large_project if project else None,
        states=(State.OPEN, State.DISPUTED),
        text="MJ000001",
    )
    plans = _plans(
        services, lambda session: list_page(session, place=_place(people), filter=filter, sort=sort)
    )
    of_ids = [plan for plan in plans if "LIMIT" in plan[0]]
    assert of_ids
    for statement, steps in of_ids:
        (shape,) = [step for step in steps if " shape " in step]
        assert "COVERING INDEX ix_shape_" in shape, statement
        assert not any("TEMP B-TREE" in step for step in steps), statement


def _plans(services, act):
    said = []

    def listen(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            said.append((statement, parameters))

    engine = services.database.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        with services.database.reading() as session:
            act(session)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    plans = []
    with engine.connect() as connection:
        for statement, parameters in said:
            try:
                rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
            except OperationalError:
                continue
            plans.append((statement, [row[3] for row in rows]))
    return plans
