"""``gaiji show`` and ``gaiji reference info``: the reference set for a person."""

import json

import pytest
from PIL import Image


def test_a_kanji(gaiji):
    code, out, err = gaiji("show", "mj026190")
    assert (code, err) == (0, "")
    for words in (
        "MJ026190",
        "邉",
        "U+9089_E010F",
        "J+9089",
        "1-78-21",
        "17",
        "ヘン",
        "MJ026191  17 画",
        "辺",
        "親字・正字",
    ):
        assert words in out


def test_a_hentaigana(gaiji):
    out = gaiji("show", "MJ090001")[1]
    assert "変体仮名" in out
    assert "安  U+5B89" in out
    assert "画数" not in out


@pytest.mark.parametrize("text", ["邉", "U+9089", "u+9089"])
def test_a_character_lists_its_glyphs(gaiji, text):
    code, out, _ = gaiji("show", text)
    assert code == 0
    assert len([line for line in out.splitlines() if line.startswith("  MJ")]) == 16


@pytest.mark.parametrize("text", ["邉\U000e010f", "U+9089_E010F", "U+9089 U+E010F"])
def test_a_variation_sequence_is_one_glyph(gaiji, text):
    assert gaiji("show", text)[1].startswith("MJ026190\n")


@pytest.mark.parametrize(
    "text", ["MJ999999", "A", "U+41", "U+0041", "U+FFFFFF", "xyz", "", "邉邊", "U+9089_FFFFFF"]
)
def test_what_is_not_there(gaiji, text):
    code, out, err = gaiji("show", text)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_json(gaiji):
    one = json.loads(gaiji("show", "MJ026190", "--json")[1])
    assert one["juki"] == "J+9089"
    assert one["siblings"][0] == {"mj": "MJ026191", "strokes": 17, "ivs": "U+9089_E0119"}
    assert one["shrink"][0]["basis"] == "JIS包摂規準・UCS統合規則"
    assert len(json.loads(gaiji("show", "邉", "--json")[1])) == 16


def test_pictures(gaiji, tmp_path, reference_font):
    path = tmp_path / "字.png"
    code, out, err = gaiji("show", "MJ026190", "-o", path, "--size", "100")
    assert code == 0
    assert str(path) in err
    assert str(path) not in out
    with Image.open(path) as image:
        assert image.size == (100, 100)
    assert gaiji("show", "MJ026190", "-o", path)[0] == 2
    assert gaiji("show", "MJ026190", "-o", path, "--force")[0] == 0
    assert gaiji("show", "MJ026190", "-o", tmp_path / "a.svg")[0] == 0
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert gaiji("show", "邉", "-o", tmp_path / "b.svg")[0] == 2
    assert gaiji("show", "MJ026190", "-o", tmp_path / "a.gif")[0] == 2


def test_reference_info(gaiji, reference_font):
    code, out, _ = gaiji("reference", "info")
    assert code == 0
    assert "mojikiban-006.02" in out
    assert str(reference_font) in out
    document = json.loads(gaiji("reference", "info", "--json")[1])
    assert document["counts"] == {"kanji": 58862, "hentaigana": 299}
    assert document["font"]["glyphs"] == 59161


def test_a_second_set(gaiji, tiny_settings, monkeypatch, tmp_path):
    monkeypatch.setenv("GAIJI_DATA_DIR", str(tiny_settings.data_dirs[0]))
    monkeypatch.setenv("GAIJI_CACHE_DIR", str(tiny_settings.cache_dir))
    name = "GJ000001"
    assert gaiji("show", name, "--reference", "tiny")[1].startswith(name)
    assert gaiji("show", name, "--reference", "tiny", "-o", tmp_path / "a.svg")[0] == 0
    assert 'd="M' in (tmp_path / "a.svg").read_text()


def test_importing_what_is_no_font(gaiji, tmp_path, monkeypatch):
    monkeypatch.setenv("GAIJI_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "a.ttf").write_bytes(b"no font")
    code, out, err = gaiji("reference", "import", "--font", tmp_path / "a.ttf")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
