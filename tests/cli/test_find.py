"""``gaiji find``: looking characters up by what a person knows of them."""

import json

import pytest
from PIL import Image

from engine.lookup.finder import Finder


@pytest.fixture(scope="module")
def opened(table):
    return Finder(table)


@pytest.fixture(autouse=True)
def _opened_once(request, monkeypatch, opened):
    """Build what the finder needs for one command line only: it takes a second."""
    if "tiny_settings" not in request.fixturenames and "from_scratch" not in request.node.name:
        monkeypatch.setattr(Finder, "open", lambda *_: opened)


def listed(out):
    return [line.split()[0] for line in out.splitlines()[1:]]


@pytest.mark.parametrize(
    ("arguments", "mj"),
    [
        (["渡辺の辺"], "MJ025758"),
        (["木", "目"], "MJ018129"),
        (["MJ026190"], "MJ026190"),
        (["--reading", "なべ"], "MJ058062"),
        (["--parts", "辶 刀"], "MJ025758"),
        (["--parts", "⿺辶？", "--reading", "べ"], "MJ025758"),
        (["--radical", "162", "--strokes", "15-19"], "MJ005030"),
        (["--radical", "しんにょう", "--inner-strokes", "2"], "MJ025758"),
        (["--code", "J+9089"], "MJ026190"),
        (["--code", "445000"], "MJ026190"),
        (["--related", "MJ026190"], "MJ026190"),
        (["さい", "--radical", "水", "--strokes", "8-10"], "MJ015247"),
    ],
)
def test_the_first_line_is_the_best(gaiji, arguments, mj):
    code, out, err = gaiji("find", *arguments)
    assert code == 0
    assert mj in listed(out)[:2]
    assert "字" in err


def test_from_scratch(gaiji):
    assert listed(gaiji("find", "木", "目")[1])[0] == "MJ018129"


def test_the_number_of_lines_and_the_whole_count(gaiji):
    code, out, err = gaiji("find", "口", "--limit", "7")
    assert code == 0
    assert len(listed(out)) == 7
    assert "はじめの 7 字" in err


def test_json_is_for_programs(gaiji):
    code, out, _ = gaiji("find", "渡辺の辺", "--json", "--limit", "2")
    document = json.loads(out)
    assert code == 0
    assert document["count"] > 2
    assert [hit["mj"] for hit in document["hits"]] == ["MJ025758", "MJ025759"]
    assert document["hits"][0]["reasons"] == ["辺 の字形"]
    assert document["reference"].startswith("mojikiban-")


def test_only_one_character_set(gaiji):
    every = listed(gaiji("find", "邉", "--limit", "200")[1])
    some = listed(gaiji("find", "邉", "--limit", "200", "--charset", "jisx0213")[1])
    assert set(some) < set(every)
    assert "MJ026190" in set(every) - set(some) or "MJ026190" in some


def test_a_sheet(gaiji, tmp_path, reference_font):
    path = tmp_path / "一覧.png"
    code, _, err = gaiji("find", "渡辺の辺", "--limit", "9", "--sheet", path)
    assert code == 0
    assert str(path) in err
    with Image.open(path) as image:
        assert image.width > image.height > 300
        assert len(image.convert("L").getcolors(256)) > 50
    assert gaiji("find", "渡辺の辺", "--sheet", path)[0] == 2
    assert gaiji("find", "渡辺の辺", "--sheet", path, "--force")[0] == 0
    assert gaiji("find", "渡辺の辺", "--sheet", tmp_path / "a.jpg")[0] == 2


def test_nothing_found(gaiji, tmp_path):
    code, out, err = gaiji("find", "渡辺", "--sheet", tmp_path / "none.png")
    assert (code, out) == (1, "")
    assert "見つかりません" in err
    assert not (tmp_path / "none.png").exists()
    code, out, _ = gaiji("find", "渡辺", "--json")
    assert code == 1
    assert json.loads(out)["count"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["hello"],
        ["木\x1b[2J"],
        ["木", "--strokes", "many"],
        ["--radical", "215"],
        ["--reading", "木"],
        ["--code", "あ"],
        ["--parts", "⿰木"],
        ["木", "--charset", "big5"],
        ["木", "--limit", "0"],
        ["あ" * 300],
    ],
)
def test_what_means_nothing(gaiji, arguments):
    code, out, err = gaiji("find", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("gaiji: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_a_second_set(gaiji, tiny_settings, monkeypatch):
    monkeypatch.setenv("GAIJI_DATA_DIR", str(tiny_settings.data_dirs[0]))
    monkeypatch.setenv("GAIJI_CACHE_DIR", str(tiny_settings.cache_dir))
    assert listed(gaiji("find", "GJ000001", "--reference", "tiny")[1]) == ["GJ000001"]


def test_the_help_has_examples(gaiji):
    code, out, _ = gaiji("find", "--help")
    assert code == 0
    for words in ("渡辺の辺", "--radical", "--sheet"):
        assert words in out
