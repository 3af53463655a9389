"""The draft document: what it says comes from the results; what it is written to can be read again."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.errors import UsageError
from engine.judge.criteria import load_criteria
from engine.judge.vocabulary import SOURCE, load_vocabulary
from engine.policy.action import Action
from engine.policy.check import check
from engine.policy.columns import from_rows
from engine.policy.draft.compose import compose
from engine.policy.draft.evidence import gather, of_municipality
from engine.policy.draft.markdown import escaped, to_markdown
from engine.policy.draft.model import Document, Items, Picture, Question, plain
from engine.policy.draft.pictures import Pictures, strip
from engine.policy.draft.word import write_word
from engine.policy.load import load_policy, starting_policies
from engine.policy.policy import as_data
from engine.policy.simulate import Minutes, simulate
from engine.policy.tables import simulation_json
from engine.report.survey_table import Table
from engine.result import Identification, Review, Subclass, Verdict
from tests.policy.material import policies, rows

MADE_ON = date(2026, 4, 1)
CHAPTERS = (
    "目的と適用範囲",
    "用語",
    "文字集合と版",
    "外字の棚卸しと新規作成の制限",
    "同定基準",
    "判定手続",
    "類似・同定不可能の扱いと縮退の順序",
    "本人への告知と申出",
    "台帳・変換表・監査",
    "連携",
    "安全管理",
    "改定",
)
HOSTILE = '=HYPERLINK("http://x")\x00\x07\ud800\u202e<w:t>&|`*_[a](b)\n# 見出し' + "長" * 300
NUMBER = re.compile(r"[0-9][0-9,.]*")
NAMES = re.compile(r"MJ[0-9]{6}|U\+[0-9A-F]{4,5}|JIS X 0213|E[0-9A-F]{3}")


def numbers(text: str) -> set[str]:
    return {each.rstrip(".,").replace(",", "") for each in NUMBER.findall(NAMES.sub("", text))}


def some_rows() -> list[Identification]:
    def row(code, verdict, system, **more):
        return Identification(
            "a.tte", code, verdict, system=system, municipality="131016", kind="2", **more
        )  # fmt: skip

    return [
        row("U+E000", Verdict.SAME, "住民記録", mj="MJ026190", review=Review.AUTO),
        row("U+E001", Verdict.DESIGN, "住民記録", mj="MJ008095", evidence=("D1", "diff:2-4")),
        row("U+E002", Verdict.SIMILAR, "戸籍", mj="MJ014255", evidence=("R1", "diff:f-1")),
        row("U+E003", Verdict.UNIDENTIFIED, "戸籍", subclass=Subclass.UNKNOWN),
        row("", None, "戸籍", status="unreadable-image"),
    ]


@pytest.fixture(scope="module")
def evidence(targets):
    return gather(
        load_policy("standard"), from_rows(some_rows()), targets, municipality="見本市", made_on=MADE_ON
    )


def blocks(document: Document):
    return [
        block for chapter in document.chapters for section in chapter.sections for block in section.blocks
    ]


def word_of(document: Document) -> bytes:
    target = io.BytesIO()
    write_word(document, target, made_on=MADE_ON)
    return target.getvalue()


def known_numbers(policy, listed, targets, minutes) -> set[str]:
    """Everything that a draft may cite, gathered without any of the draft's own code."""
    simulation = simulate(policy, listed, targets, minutes)
    told = simulation_json(simulation, shapes=10**6)
    found = numbers(json.dumps([told, as_data(policy)], ensure_ascii=False))
    shown = [*told["outcomes"].values(), *told["sensitivity"], told]
    found |= numbers(" ".join(f"{each['hours']:.1f}" for each in shown))
    found |= numbers(" ".join(f"{each.hours:.1f}" for each in simulation.sensitivity()))
    checked = check(policy, simulation.looked, targets)
    found |= {str(each) for each in (*checked.counts.values(), checked.rows)}
    shapes = simulation.shapes()
    found |= {str(len(shapes)), str(sum(each.rows for each in shapes)), str(min(20, len(shapes)))}
    found |= {f"{each:g}" for each in (minutes.look, minutes.two, minutes.ask, minutes.forbid)}
    cell = Counter((row.system, row.kind, row.verdict, row.subclass) for row in listed)
    for keep in range(1, 16):
        sums: Counter[tuple[object, ...]] = Counter()
        for key, count in cell.items():
            sums[tuple(part for at, part in enumerate(key) if keep >> at & 1)] += count
        found |= {str(count) for count in sums.values()}
    read = [row for row in listed if row.verdict]
    found |= {"0", str(len(listed)), str(sum(row.review is Review.REQUIRED for row in read))}
    found |= {str(len({row.same_as or row.place for row in read})), str(len({row.mj for row in read} - {""}))}
    refset, table = targets.table.refset, targets.table
    found |= {str(int(table.charset_mask(name).sum())) for name in ("mj", "juki", "koseki", "jisx0213")}
    texts = [refset.title, refset.id, refset.source, refset.license, refset.font.title, refset.font.version]
    texts += [refset.font.license, SOURCE, MADE_ON.isoformat(), policy.identity, policy.identity[:8]]
    texts += [each.title + each.group for each in refset.shrink_bases]
    criteria = load_criteria(refset.criteria)
    texts += [criteria.title, criteria.version]
    texts += [" ".join((rule.id, rule.title, rule.rationale, rule.source)) for rule in criteria.rules]
    texts += [f"{each.kind.value} {each.explanation}" for each in load_vocabulary()]
    texts += [row.municipality for row in listed] + [f"{at}" for at, _ in enumerate(policy.shrink_order, 1)]
    return found | numbers(" ".join(texts))


@settings(max_examples=20, deadline=None)
@given(policies(), st.lists(rows(), min_size=1, max_size=12))
def test_every_number_comes_from_the_results(targets, policy, listed):
    listed = [replace(each, municipality="131016") for each in listed]
    minutes = Minutes(1.5, 2.5, 17, 11)
    made = gather(policy, from_rows(listed), targets, minutes=minutes, made_on=MADE_ON)
    said = numbers("\n".join(compose(made).texts()))
    assert said <= known_numbers(policy, listed, targets, minutes)


def test_the_twelve_chapters(evidence):
    document = compose(evidence)
    assert tuple(chapter.title for chapter in document.chapters) == CHAPTERS
    text = "\n".join(document.texts())
    assert "見本市の外字は 5 字で、図形としては 4 である" in text
    assert "民二5202号通知別表" in text
    assert evidence.policy.identity in text


def test_counts_stand_in_the_cell_that_they_belong_to(evidence):
    (table,) = [
        each
        for each in blocks(compose(evidence))
        if isinstance(each, Table) and each.title == "業務システムと区分ごとの外字"
    ]
    assert table.headings == (
        "業務システム", "字形一致", "デザイン差", "類似", "不明文字", "読めなかったもの", "計",
    )  # fmt: skip
    assert table.lines == (
        ("戸籍", 0, 0, 1, 1, 1, 3),
        ("住民記録", 1, 1, 0, 0, 0, 2),
        ("計", 1, 1, 1, 1, 1, 5),
    )


def test_many_systems_are_put_together_and_none_is_lost(targets):
    listed = [
        replace(some_rows()[0], system=f"第{at % 40}", gaiji_code=f"U+{0xE000 + at:04X}") for at in range(50)
    ]
    held = gather(load_policy("standard"), from_rows(listed), targets).inventory
    assert held.total == 50
    assert len(held.systems) == 30
    assert dict(held.systems)["そのほかのシステム"] == 11


@pytest.mark.parametrize("name", starting_policies())
def test_what_is_not_decided_is_a_question(targets, name):
    policy = load_policy(name)
    draft = compose(gather(policy, from_rows(some_rows()), targets))
    asked = "".join(question.text for _, question in draft.questions)
    assert "団体の名" in asked
    assert "施行日" in asked
    named = compose(
        gather(replace(policy, adopted=MADE_ON), from_rows(some_rows()), targets, municipality="見本市")
    )
    asked = "".join(question.text for _, question in named.questions)
    assert "団体の名" not in asked
    assert "施行日" not in asked
    asks = any(rule.action is Action.ASK for rule in policy.rules)
    assert ("答えがないとき" in asked) is asks


def test_a_changed_rule_changes_what_is_said_of_it(targets):
    policy = load_policy("standard")
    results = from_rows(some_rows())
    before, after = (
        "\n".join(compose(gather(each, results, targets, made_on=MADE_ON)).texts())
        for each in (policy, policy.with_action("C4", Action.ASK))
    )
    assert "本人に確かめるのは 1 字である" in before
    assert "本人に確かめるのは 2 字である" in after


def test_several_municipalities_are_not_put_into_one_document(targets):
    mixed = from_rows([*some_rows(), replace(some_rows()[0], municipality="011002")])
    with pytest.raises(UsageError, match="2 団体"):
        gather(load_policy("standard"), mixed, targets)
    only = of_municipality(mixed, "131016")
    assert gather(load_policy("standard"), only, targets).inventory.total == 5
    with pytest.raises(UsageError, match="999999"):
        of_municipality(mixed, "999999")


def test_the_word_file_has_real_parts(evidence):
    document = compose(evidence)
    data = word_of(document)
    word = docx.Document(io.BytesIO(data))
    assert [p.text for p in word.paragraphs if p.style.name == "Heading 1"] == list(CHAPTERS)
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert word.core_properties.language == "ja-JP"
    assert word.core_properties.title == "文字運用ポリシー（案）"
    xml = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert 'TOC \\o "1-2"' in xml
    tables = [each for each in blocks(document) if isinstance(each, Table)]
    assert xml.count("<w:tblHeader") == len(tables) + 1  # and the list of questions
    assert xml.count("SEQ 表") == len(tables)
    styles = zipfile.ZipFile(io.BytesIO(data)).read("word/styles.xml").decode()
    assert 'w:eastAsia="游明朝"' in styles
    assert 'w:lang w:val="en-US"' not in styles
    boxes = [p for p in word.paragraphs if p.style.name == "要決定"]
    assert [p.text.partition("】")[2] for p in boxes] == [each.text for _, each in document.questions]
    assert "PAGE" in zipfile.ZipFile(io.BytesIO(data)).read("word/footer1.xml").decode()


def test_ordered_lists_begin_anew(evidence):
    document = compose(evidence)
    lists = [each for each in blocks(document) if isinstance(each, Items) and each.ordered]
    word = docx.Document(io.BytesIO(word_of(document)))
    ids = [
        p._p.pPr.numPr.numId.val
        for p in word.paragraphs
        if p.style.name == "List Paragraph" and p._p.pPr.numPr is not None and p._p.pPr.numPr.numId.val > 100
    ]
    assert [ids.count(each) for each in dict.fromkeys(ids)] == [len(each.texts) for each in lists]


def test_hostile_results_break_neither_file(targets):
    listed = [
        replace(each, system=HOSTILE, source=f"{HOSTILE}#1", gaiji_code="", status=each.status)
        for each in some_rows()
    ]
    listed = [replace(each, system=HOSTILE.replace("\ud800", ""), source="=x\x01.png") for each in listed]
    written = HOSTILE.replace("\ud800", "")  # no file of a policy can hold half a character
    policy = replace(load_policy("standard"), purpose="\x0b" + written, title=written)
    made = gather(policy, from_rows(listed), targets, municipality=HOSTILE, made_on=MADE_ON)
    document = compose(made)
    with zipfile.ZipFile(io.BytesIO(word_of(document))) as archive:
        for entry in archive.namelist():
            if entry.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(entry))
    word = docx.Document(io.BytesIO(word_of(document)))
    cells = [cell.text for table in word.tables for cell in table._cells]
    assert any(cell.startswith("=HYPERLINK") and cell.endswith("…") and len(cell) == 60 for cell in cells)
    text, _ = to_markdown(document, "図")
    assert not [line for line in text.split("\n") if line.startswith("# 見出し")]
    assert "<w:t>" not in text
    assert not re.search(r"(?<!\\)\]\(b\)", text)
    text.encode("utf-8")


@given(st.text())
def test_plain_text_is_what_xml_may_hold(text):
    made = plain(text)
    root = etree.Element("x")
    root.text = made
    assert etree.fromstring(etree.tostring(root)).text == (made or None)
    assert plain(made) == made
    assert "\n" not in made


@given(st.text(st.sampled_from("a|\\`*_[](){}<>#&~-+=1.) 外"), max_size=20))
def test_markdown_text_holds_no_marks(text):
    made = escaped(text)
    assert re.sub(r"\\(.)", r"\1", made) == plain(text)
    assert not re.search(r"(?<!\\)[`*_{}\[\]<>|~#&]", made.replace("\\\\", ""))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("0.1", "0.1"),
        ("1. 甲", "1\\. 甲"),
        ("1.", "1\\."),
        ("2) 乙", "2\\) 乙"),
        ("- 丙", "\\- 丙"),
        ("=1+1", "\\=1+1"),
    ],
)
def test_markdown_takes_no_beginning_for_a_list(text, made):
    assert escaped(text) == made


def test_markdown_numbers_tables_and_names_pictures(evidence):
    from numpy import uint8, zeros

    class Drawn(Pictures):
        def __init__(self) -> None:
            self.picture = strip([[zeros((160, 160), uint8)]])

        def examples(self, examples):
            return (*self.picture, list(range(len(examples))))

        def gaiji(self, rows):
            return (*self.picture, list(rows))

    document = compose(replace(evidence, pictures=Drawn()))
    text, pictures = to_markdown(document, "草案の図")
    shown = [each for each in blocks(document) if isinstance(each, Picture)]
    assert len(pictures) == len(shown) == text.count("](<草案の図/")
    tables = [each for each in blocks(document) if isinstance(each, Table)]
    assert [int(n) for n in re.findall(r"\*\*表 ([0-9]+)　", text)] == list(range(1, len(tables) + 1))
    questions = [each for each in blocks(document) if isinstance(each, Question)]
    assert text.count("> **【要決定") == len(questions)
    word = docx.Document(io.BytesIO(word_of(document)))
    assert len(word.inline_shapes) == len(shown)


def test_pictures_of_rules_and_gaiji(evidence, refset, request, reference_font):
    from engine.glyph.model import Glyph, GlyphKind
    from engine.sheet.face import ReferenceFace

    face = ReferenceFace.of(refset, request.getfixturevalue("settings"))
    ink = face.ink("MJ026190")
    drawer = Pictures(
        face, lambda row: Glyph(ink, row.source, row.gaiji_code, GlyphKind.IMAGE) if row.gaiji_code else None
    )
    rule = evidence.criteria.class_rules[0]
    png, width, places = drawer.examples(rule.examples[:1])
    assert png.startswith(b"\x89PNG")
    assert places == [0]
    first, last = some_rows()[0], some_rows()[-1]
    png, width, drawn = drawer.gaiji([first, last])
    assert drawn == [first]
    assert 50 < width < 54
    assert drawer.gaiji([last]) is None


def test_the_command_writes_both_files_and_replaces_none_unasked(targets, tmp_path, monkeypatch, capfd):
    from engine.cli.main import main
    from engine.output.sink import RowSink

    monkeypatch.chdir(tmp_path)
    with RowSink(tmp_path / "結果.parquet") as sink:
        for row in some_rows():
            sink.write(row)
    given = ["policy", "draft", "結果.parquet", "--policy", "standard", "--no-pictures", "-q"]
    for suffix in (".docx", ".md"):
        out = tmp_path / f"草案{suffix}"
        assert main([*given, "-o", str(out)]) == 0
        assert out.stat().st_size > 5_000
        assert main([*given, "-o", str(out)]) == 2
        assert main([*given, "-o", str(out), "--force", "--only", "131016"]) == 0
    assert main([*given, "-o", "草案.pdf"]) == 2
    assert main([*given, "-o", "別.md", "--only", "999999"]) == 2
    assert "見本市" not in (tmp_path / "草案.md").read_text(encoding="utf-8")
    assert "Traceback" not in capfd.readouterr().err
