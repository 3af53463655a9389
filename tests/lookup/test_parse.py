import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.lookup.parse import parse_field, parse_query
from engine.lookup.query import (
    AnyOf,
    ByCharacter,
    ByCode,
    ByParts,
    ByRadical,
    ByReading,
    ByRelation,
    ByStrokes,
    ByWord,
    CodeKind,
    Script,
)

ONE = [
    ("MJ026190", ByCode(CodeKind.MJ, "MJ026190")),
    ("mj0261", ByCode(CodeKind.MJ, "MJ0261")),
    ("ＭＪ０２６１９０", ByCode(CodeKind.MJ, "MJ026190")),
    ("j+9089", ByCode(CodeKind.JUKI, "J+9089")),
    ("U+9089", ByCharacter("邉")),
    ("8FBB", ByCharacter("辻")),
    ("U+9089_E010F", ByCharacter("邉", "\U000e010f")),
    ("U+9089 U+E010F", ByCharacter("邉", "\U000e010f")),
    ("u+9089, e010f", ByCharacter("邉", "\U000e010f")),
    ("邉\U000e010f", ByCharacter("邉", "\U000e010f")),
    ("00445000", ByCode(CodeKind.TOKI, "00445000")),
    ("1-1-25", ByCode(CodeKind.JISX0213, "1-01-25")),
    ("補６１１", ByCode(CodeKind.DAIKANWA, "補611")),
    ("2076′", ByCode(CodeKind.DAIKANWA, "2076'")),
    ("0x9089", ByCode(CodeKind.NYUKAN, "0x9089")),
    ("わたる", ByReading("わたる")),
    ("ｻｲ", ByReading("さい")),
    ("わた.る", ByReading("わたる")),
    ("渡辺の辺", ByCharacter("辺", related=True)),
    ("食べる", ByWord("食", "べる")),
    ("木 目", ByParts(("木", "目"))),
    ("木木", ByParts(("木", "木"))),
    ("木　木、木", ByParts(("木", "木", "木"))),
    ("⿺辶刀", ByParts(("辶", "刀"), "⿺辶刀")),
    ("⿰氵？", ByParts(("氵",), "⿰氵?")),
    ("12画", ByStrokes(12, 12)),
    ("8〜10画", ByStrokes(8, 10)),
    ("15画以上", ByStrokes(15, 99)),
    ("画数:8-10", ByStrokes(8, 10)),
    ("総画数：9以下", ByStrokes(0, 9)),
    ("画数: 8-", ByStrokes(8, 99)),
    ("部首:水", ByRadical((85,))),
    ("部首 : さんずい", ByRadical((85,))),
    ("部首:162 内画数:3", ByRadical((162,), 3, 3)),
    ("内画数:3-4 部首:阝", ByRadical((163, 170), 3, 4)),
    ("残り3画 部首:水", ByRadical((85,), 3, 3)),
    ("音:サイ", ByReading("さい", Script.ON)),
    ("訓:わたる", ByReading("わたる", Script.KUN)),
    ("関連:mj026190", ByRelation("MJ026190")),
    ("関連:辺", ByRelation("辺")),
    ("戸籍:445000", ByCode(CodeKind.KOSEKI, "445000")),
    ("大漢和:38941", ByCode(CodeKind.DAIKANWA, "38941")),
    ("部品:木目", ByParts(("木", "目"))),
    ("コード:J+9089", ByCode(CodeKind.JUKI, "J+9089")),
    ("文字:辺", ByCharacter("辺")),
]


@pytest.mark.parametrize(("text", "criterion"), ONE)
def test_one_criterion(text, criterion):
    assert parse_query(text).criteria == (criterion,)


def test_a_single_character_is_itself_or_a_part():
    assert parse_query("辺").criteria == (AnyOf((ByCharacter("辺", related=True), ByParts(("辺",)))),)
    assert parse_query("\ufa19").criteria[0].options[0].character == "\ufa19"


def test_a_bare_number_has_several_meanings():
    (found,) = parse_query("26190").criteria
    assert found.options == (
        ByCode(CodeKind.MJ, "26190"),
        ByCode(CodeKind.DAIKANWA, "26190"),
        ByCharacter("\U00026190"),
    )
    assert ByCode(CodeKind.KOSEKI, "445000") in parse_query("445000").criteria[0].options


def test_kana_may_name_a_radical_or_be_part_of_a_word():
    assert parse_query("さんずい").criteria == (AnyOf((ByReading("さんずい"), ByRadical((85,)))),)
    assert parse_query("さいとうのさい").criteria == (
        AnyOf((ByReading("さいとうのさい"), ByReading("さい"))),
    )


def test_words_are_joined_by_and():
    found = parse_query("部首:水 画数:8-10 読み:さい").criteria
    assert set(found) == {ByRadical((85,)), ByStrokes(8, 10), ByReading("さい")}
    assert ByStrokes(5, 5) in parse_query("辶 5画").criteria


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "　",
        "、",
        "hello",
        "水:木",
        "部首:",
        "部首:鬱",
        "部首:215",
        "画数:多い",
        "画数:10-8",
        "読み:木",
        "読み:a",
        "⿰木",
        "⿰？？",
        "⿰木a",
        "⿰木{8}",
        "U+FFFFFFF",
        "U+D800",
        "U+110000",
        "U+9089_0041",
        "\ud800",
        "a\0b",
        "\u202e木",
        "\ue000",
        "木" * 13,
        "あ " * 13,
        "あ" * 201,
        "関連:MJ1",
        "関連:木目",
        "戸籍:あ",
        "コード:あ",
        "渡辺の木",
        "部品:a",
        "文字:木目",
        "1234567",
        "1-2-3-4",
        "渡り鳥",
        ":",
        "=木",
        "{88}",
    ],
)
def test_what_means_nothing_is_told(text):
    with pytest.raises(UsageError) as told:
        parse_query(text)
    assert str(told.value)


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=220),
        st.text(
            "部首画数読み部品関連:：=-〜_+.0123456789UMJEFujx補'′⿰⿺〾㇯？?木水氵辶さいのサ"
            "画以上内 　\U000e0100\ufe00",
            max_size=24,
        ),
    )
)
def test_no_text_breaks_it(text):
    try:
        assert parse_query(text).criteria
    except UsageError as error:
        assert str(error)


@pytest.mark.parametrize("value", ["、", "・", ";", "\U000e0100", "、\ufe00"])
def test_parts_without_a_part_are_refused_with_an_example(value):
    with pytest.raises(UsageError, match="木 目"):
        parse_field("部品", value)
