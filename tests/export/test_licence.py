"""What the IPA Font License demands of a derived program: another name, the text, the way back."""

import dataclasses

import pytest

from engine.errors import UsageError
from engine.export.licence import check_name, licence_document, origin_of


@pytest.fixture(scope="module")
def origin(refset, reference_font):
    return origin_of(refset, reference_font)


def test_the_origin_is_told_from_the_font_itself(origin):
    assert (origin.title, origin.version, origin.file) == ("IPAmj明朝", "005.01", "ipamjm.ttf")
    assert "Information-technology Promotion Agency" in origin.copyright
    assert {"IPAmjMincho", "IPAmj明朝", "ipamjm"} <= set(origin.names)


@pytest.mark.parametrize(
    "name",
    [
        "IPAmjMincho",
        "外字 IPAmj明朝",
        "ＩＰＡｍｊ　Ｍｉｎｃｈｏ",
        "ipa-mj mincho",
        "ipamjm.tte",
        "IPAフォント外字",
    ],
)
def test_a_name_of_the_original_is_refused(origin, name):
    with pytest.raises(UsageError, match="第3条1項"):
        check_name(name, origin, "ファイル名")


@pytest.mark.parametrize("name", ["EUDC", "EUDC.TTE", "外字明朝", "ipa.tte", "千代田区住基外字"])
def test_other_names_pass(origin, name):
    check_name(name, origin, "ファイル名")


def test_the_document_has_both_languages_and_the_way_back(origin):
    data = licence_document(origin, "EUDC.TTE")
    text = data.decode("utf-8-sig")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert text.startswith("EUDC.TTE について")
    assert "派生プログラム" in text and origin.download in text and "元のフォントに置き換える方法" in text
    for article in ("第1条", "第３条", "Article 1 (Definitions)", "Article 5 (Governing Law)"):
        assert article in text


def test_a_font_of_another_licence_is_not_touched(tiny_refset, tiny_font):
    with pytest.raises(UsageError, match="CC0"):
        origin_of(tiny_refset, tiny_font)


def test_names_of_the_set_are_reserved_too(refset, reference_font):
    other = dataclasses.replace(refset, font=dataclasses.replace(refset.font, title="見本明朝"))
    with pytest.raises(UsageError):
        check_name("見本明朝の外字", origin_of(other, reference_font), "フォントの名前")
