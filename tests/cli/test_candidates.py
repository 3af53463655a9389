"""``gaiji candidates``: the table and the sheet."""

import pytest
from PIL import Image

from tests.cli.stand_in import StandIn

pytestmark = pytest.mark.usefixtures("engine_is")


def test_table_and_sheet(gaiji, picture, tmp_path, reference_font):
    sheet = tmp_path / "sheet.png"
    code, out, err = gaiji("candidates", picture, "-o", sheet, "--top", "3", "--charset", "juki")
    assert code == 0
    headline, _, first, second, third = out.splitlines()
    assert headline == "デザイン差  MJ026190  邉  確信度 90.0%"
    assert first.split() == ["1", "MJ026190", "邉", "U+9089", "17", "90.0%", "0.980"]
    assert second.split()[1] == "MJ026191"
    assert third.split() == ["3", "MJ026192", "邉", "U+9089", "16", "—", "0.100"]
    assert StandIn.opened["charset"] == "juki"
    assert str(sheet) in err
    with Image.open(sheet) as image:
        assert image.mode == "RGB"
        assert image.width > 1000


def test_wrong_use_and_unreadable(gaiji, picture, tmp_path, debian_font):
    assert gaiji("candidates", picture, "-o", tmp_path / "a.jpg")[0] == 2
    code, out, err = gaiji("candidates", tmp_path / "no.png")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    font = debian_font("fonts-hanazono", "HanaMinA.ttf")
    code, _, err = gaiji("candidates", font)
    assert code == 2
    assert "--code" in err
    assert gaiji("candidates", font, "--code", "F153")[0] == 0
