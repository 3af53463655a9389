"""``gaiji explain`` as a user runs it."""

import json
import zipfile

import pytest
from PIL import Image

from engine.result import COLUMNS
from engine.sheet.face import ReferenceFace

pytestmark = pytest.mark.usefixtures("reference_font")


@pytest.fixture(scope="module")
def picture(tmp_path_factory, reference_font):
    path = tmp_path_factory.mktemp("explain") / "字.png"
    ReferenceFace(reference_font).picture("MJ004196", 96).save(path)
    return path


@pytest.fixture(scope="module")
def archive(tmp_path_factory, reference_font):
    folder = tmp_path_factory.mktemp("archive")
    face = ReferenceFace(reference_font)
    with zipfile.ZipFile(folder / "外字.zip", "w") as container:
        for mj in ("MJ026190", "MJ013150"):
            face.picture(mj, 96).save(folder / "a.png")
            container.write(folder / "a.png", f"中/{mj}.png")
        container.writestr("壊.png", b"\x89PNG\r\n\x1a\nbroken")
    return folder / "外字.zip"


def test_a_picture_in_words(gaiji, picture):
    code, out, err = gaiji("explain", picture)
    assert (code, err) == (0, "")
    assert out.startswith(f"{picture}\n字形一致")
    for words in ("MJ004196", "U+", "この区分にした理由", "○", "次点との比べ方"):
        assert words in out


def test_a_barred_glyph_shows_what_was_missed(gaiji, picture, tmp_path):
    (tmp_path / "x.txt").write_text("MJ004196\n", encoding="utf-8")
    code, out, _ = gaiji("explain", picture, "--exclude", tmp_path / "x.txt", "--charset", "mj")
    assert code == 0
    assert "類似" in out.splitlines()[1]
    assert "当てはまらなかった規則" in out
    assert "×" in out


def test_json_and_top(gaiji, picture):
    document = json.loads(gaiji("explain", picture, "--json", "--top", "2")[1])
    assert tuple(document)[: len(COLUMNS)] == COLUMNS
    assert len(document["compared"]) == 2
    assert gaiji("explain", picture, "--top", "1")[0] == 2


def test_pictures_and_pages(gaiji, picture, tmp_path):
    png, page, data = (tmp_path / f"説明{suffix}" for suffix in (".png", ".html", ".json"))
    code, out, err = gaiji("explain", picture, "-o", png)
    assert code == 0
    assert str(png) in err
    assert str(png) not in out
    with Image.open(png) as image:
        assert image.width > 900
    assert gaiji("explain", picture, "-o", png)[0] == 2
    assert gaiji("explain", picture, "-o", png, "--force", "-q")[2] == ""
    assert gaiji("explain", picture, "-o", page)[0] == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "data:image/png;base64," in text
    assert gaiji("explain", picture, "-o", data)[0] == 0
    assert json.loads(data.read_text(encoding="utf-8"))["mj"] == "MJ004196"
    assert gaiji("explain", picture, "-o", tmp_path / "a.pdf")[0] == 2


def test_a_member_of_an_archive(gaiji, archive):
    code, out, _ = gaiji("explain", f"{archive}#中/MJ026190.png")
    assert code == 0
    assert out.startswith(f"{archive}#中/MJ026190.png\n")
    assert "MJ026190" in out.splitlines()[2]


@pytest.mark.parametrize(
    ("member", "code", "said"),
    [("#ない.png", 1, "その名前の字がありません"), ("#壊.png", 1, "壊.png"), ("", 2, "字がいくつもあります")],
)
def test_what_cannot_be_explained(gaiji, archive, member, code, said):
    found, out, err = gaiji("explain", f"{archive}{member}")
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_file_whose_name_has_the_mark_of_a_member(gaiji, picture, tmp_path):
    odd = tmp_path / "a#b.png"
    odd.write_bytes(picture.read_bytes())
    assert gaiji("explain", odd)[0] == 0
    code, _, err = gaiji("explain", tmp_path / "ない#b.png")
    assert code == 1
    assert "ない#b.png" in err


def test_one_character_of_a_font(gaiji, tiny_settings, tiny_font, monkeypatch):
    monkeypatch.setenv("GAIJI_DATA_DIR", str(tiny_settings.data_dirs[0]))
    monkeypatch.setenv("GAIJI_CACHE_DIR", str(tiny_settings.cache_dir))
    code, out, _ = gaiji("explain", tiny_font, "--code", "F0015", "--reference", "tiny")
    assert code == 0
    assert "GJ000021" in out


def test_one_character_of_a_dot_font_with_codes_of_its_own(gaiji, debian_font):
    font = debian_font("xfonts-base", "k14.pcf.gz")
    code, out, _ = gaiji("explain", font, "--code", "0x3021")
    assert code == 0
    assert "0x3021" in "".join(out.splitlines()[:2])  # a long path wraps
