import numpy as np
import pytest

from engine.lookup.composition import Composition
from engine.lookup.ids import parse_ids

DESCRIBED = {
    "林": ["⿰木木"],
    "森": ["⿱木林"],
    "相": ["⿰木目"],
    "想": ["⿱相心"],
    "湘": ["⿰氵相", "⿲氵木目"],
    "回": ["⿰？口"],
    "甲": ["⿰乙口"],
    "乙": ["⿱甲木", "⿰木火"],
    "己": ["己"],
    "壊": ["⿰木"],
    "身": ["⿻射㇒"],
    "射": ["\u31ef身㇒"],
    "躬": ["⿰身弓"],
}


@pytest.fixture(scope="module")
def graph():
    return Composition(DESCRIBED.items(), lambda part: {"氵": "水", "朩": "木"}.get(part, part))


def named(graph, things):
    return {name for name, number in graph.number_of.items() if things[number]}


def test_parts_inside_parts_are_counted(graph):
    wood = graph.count("木")
    counts = {name: int(wood[graph.number_of[name]]) for name in ("木", "林", "森", "想", "湘", "口")}
    assert counts == {"木": 1, "林": 2, "森": 3, "想": 1, "湘": 1, "口": 0}


def test_several_forms_count_as_one_part(graph):
    assert named(graph, graph.count("水氵")) == {"氵", "湘"}


def test_a_circle_is_cut_and_the_other_composition_stays(graph):
    assert named(graph, graph.count("火")) == {"火", "乙", "甲"}
    assert "己" in named(graph, graph.count("己"))


def test_less_a_stroke_is_the_description_that_goes(graph):
    assert named(graph, graph.count("㇒")) >= {"身", "躬"}
    assert "射" not in named(graph, graph.count("身"))


def test_a_part_that_the_sources_could_not_describe_is_still_there(graph):
    assert "回" not in named(graph, graph.composed_of("口"))
    assert "回" in named(graph, graph.count("口"))


def test_exactly_these_parts(graph):
    assert named(graph, graph.composed_of("目木")) == {"相"}
    assert named(graph, graph.composed_of("水相")) == {"湘"}
    assert named(graph, graph.composed_of("木木")) == {"林"}
    assert named(graph, graph.composed_of("木木木")) == set()
    assert named(graph, graph.composed_of("無")) == set()


def test_layouts(graph):
    def forms(part):
        return {"水": "水氵"}.get(part, part)

    fits = graph.fitting(parse_ids("⿰木?"), forms)
    assert {name for name, number in graph.number_of.items() if fits[number] == 2} == {"林", "相", "乙"}
    assert {name for name, number in graph.number_of.items() if fits[number] == 1} >= {"森", "想", "湘"}
    assert "相" in named(graph, graph.fitting(parse_ids("⿰木目"), forms))
    assert "相" not in named(graph, graph.fitting(parse_ids("⿱木目"), forms))
    assert named(graph, graph.fitting(parse_ids("⿰水?"), forms)) == {"湘"}


def test_an_empty_graph():
    graph = Composition([], lambda part: part)
    assert not np.any(graph.count("木"))
