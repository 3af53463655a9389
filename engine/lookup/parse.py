"""Free text → criteria: one box into which a person types whatever is known of a character.

A word is tried as the most definite thing first: a field (``部首:水``), a code, a stroke count, a character,
a reading. All words together must be met. Characters side by side are parts, unless there is only one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.errors import UsageError
from engine.lookup.codes import SPECS, by_code
from engine.lookup.ids import ANYTHING, OPERATORS, IdsError, leaves, parse_ids
from engine.lookup.parts import layout_error
from engine.lookup.query import (
    AnyOf,
    ByCharacter,
    ByParts,
    ByRadical,
    ByReading,
    ByRelation,
    ByStrokes,
    ByWord,
    CodeKind,
    Criterion,
    Query,
    Script,
)
from engine.lookup.radicals import radical_book
from engine.lookup.typed import hiragana, is_ideograph, is_kana, is_selector, typed

MAX_WORDS, MAX_PARTS, MAX_STROKES = 12, 12, 99
"""Bounds of a query; the character with the most strokes in the table has 84."""

_SEPARATORS = re.compile(r"[\s、,;・]+")
_FIELD = re.compile(r"([^:=]{1,16}?)\s*[:=]\s*(.*)", re.DOTALL)
_CODE_POINT = re.compile(
    r"(?:U\+?|\\U|&#X)([0-9A-F]{4,8});?(?:[_ +-]?(?:U\+)?([0-9A-F]{4,6}))?", re.IGNORECASE
)
_SEQUENCE = re.compile(
    r"(U\+[0-9A-F]{4,6})[\s_,]+(?=(?:U\+)?(?:E01[0-9A-F]{2}|FE0[0-9A-F])\b)", re.IGNORECASE
)
_RANGE = re.compile(r"(\d{1,3})(?:(以上|以下)|(?:\.\.|[-~〜–から]+)(\d{1,3})?)?")
_STROKES = re.compile(r"(内|残り|総)?(?:画数)?(\d{1,3}(?:(?:\.\.|[-~〜–から]+)\d{1,3})?)画(以上|以下)?")
_OF = re.compile(r"(.{1,20})の(.{1,2})")
_HEX = re.compile(r"[0-9A-F]{4,6}", re.IGNORECASE)

_HELP = (
    "読み（さい）、コード（MJ026190・U+9089・1-78-21）、文字（辺・渡辺の辺）、部品（木 目）、"
    "または「部首:水 画数:8-10 読み:さい」のように書いてください。"
)


def parse_query(text: str) -> Query:
    """Read what was typed.

    Parameters
    ----------
    text : str
        Anything.

    Raises
    ------
    UsageError
        It is too long, has characters that cannot be looked for, or a word means nothing; the message says
        how to write it.
    """
    words = [word for word in _SEPARATORS.split(_SEQUENCE.sub(r"\1_", typed(text))) if word]
    if len(words) > MAX_WORDS:
        raise UsageError(f"検索の語が多すぎます（{len(words)}）。{MAX_WORDS} 語までにしてください。")
    criteria: list[Criterion] = []
    characters: list[str] = []
    for word in _joined(words):
        if _is_characters(word):
            characters += word
        else:
            criteria.append(_word(word))
    criteria = [*_characters(characters, alone=not criteria), *criteria]
    if not criteria:
        raise UsageError(f"探すものがありません。{_HELP}")
    return Query(merge_radicals(criteria))


def parse_field(name: str, value: str) -> Criterion:
    """Read one field, such as ``部首`` with ``水``.

    Raises
    ------
    UsageError
        There is no such field, or the value is not spelled as it must be.
    """
    reader = _FIELDS.get(name.strip().lower())
    if reader is None:
        fields = "・".join(dict.fromkeys(_SHOWN))
        raise UsageError(f"「{name}」という項目はありません。{fields} のどれかを書いてください。")
    if not value.strip():
        raise UsageError(f"「{name}:」のあとに、探すものを続けて書いてください。")
    return reader(value.strip())


def parse_parts(text: str) -> ByParts:
    """Read parts, with spaces between them or without, or an IDS.

    Raises
    ------
    UsageError
        No parts, too many, or an IDS that cannot be read.
    """
    given = "".join(_SEPARATORS.split(typed(text)))
    if given[:1] in OPERATORS:
        return _layout(given)
    characters = [character for character in given if not is_selector(character)]
    if not characters:
        raise UsageError(f"部品「{text}」は、「木 目」のように漢字で書いてください。")
    strange = [character for character in characters if not is_ideograph(character)]
    if strange:
        raise UsageError(
            f"「{strange[0]}」は部品として探せません。部品は「木 目」のように漢字で書いてください。"
        )
    return _parts(characters)


def parse_reading(text: str, script: Script = Script.BOTH) -> ByReading:
    """Read a reading in hiragana or katakana.

    Raises
    ------
    UsageError
        It is not kana.
    """
    given = re.sub(r"[\s.\-・()]", "", typed(text))
    if not is_kana(given):
        raise UsageError(f"読み「{text}」は、ひらがなかカタカナで書いてください。")
    return ByReading(hiragana(given), script)


def parse_radical(text: str) -> ByRadical:
    """Read a radical: its number, a character, a form of it, or its name.

    Raises
    ------
    UsageError
        No radical.
    """
    given = hiragana(typed(text).removesuffix("部"))
    numbers = radical_book().numbers(given)
    if not numbers:
        raise UsageError(
            f"部首「{text}」はありません。番号（1〜214）、部首の字（水・氵）、名前（さんずい）で書いてください。"
        )
    return ByRadical(numbers)


def parse_strokes(text: str) -> ByStrokes:
    """Read 総画数: ``8``, ``8-10``, ``8以上``, ``8-``.

    Raises
    ------
    UsageError
        No number or range.
    """
    return ByStrokes(*_bounds(text))


def parse_inner_strokes(text: str) -> ByRadical:
    """Read 内画数, spelled like 総画数.

    Raises
    ------
    UsageError
        No number or range.
    """
    return ByRadical((), *_bounds(text))


def parse_code(text: str) -> Criterion:
    """Read a code or a character of any kind.

    Raises
    ------
    UsageError
        No code is spelled so.
    """
    given = typed(text)
    found = _code(re.sub(r"\s+", "_", given)) or _one_character(given)
    if found is None:
        raise UsageError(
            f"コード「{text}」の種類が分かりません。"
            "MJ026190・U+9089・J+9089・445000・1-78-21 のように書いてください。"
        )
    return found


def parse_relation(text: str) -> ByRelation:
    """Read an MJ name or a character whose relations are wanted.

    Raises
    ------
    UsageError
        Neither.
    """
    given = typed(text)
    found = _one_character(given)
    if isinstance(found, ByCharacter):
        return ByRelation(found.character)
    if re.fullmatch(r"[A-Za-z]{2}\d{6}", given, re.ASCII):
        return ByRelation(given.upper())
    raise UsageError(f"関連を調べる字「{text}」は、MJ026190 か、文字 1 字で書いてください。")


def merge_radicals(criteria: list[Criterion]) -> tuple[Criterion, ...]:
    """Join a radical with the strokes beside it: a character may have several radicals, each with its own."""
    radicals = [each for each in criteria if isinstance(each, ByRadical)]
    counted = [each for each in radicals if each.fewest is not None]
    if len(radicals) < 2 or not counted:
        return tuple(criteria)
    bounds = counted[0]
    named = [each for each in radicals if each.numbers]
    joined = [ByRadical(each.numbers, bounds.fewest, bounds.most) for each in named] or [bounds]
    return (*joined, *counted[1:], *(each for each in criteria if not isinstance(each, ByRadical)))


def _joined(words: list[str]) -> list[str]:
    """Give a field its value where there is a space between them."""
    joined: list[str] = []
    for word in words:
        if joined and (word[0] in ":=" or re.fullmatch(r"[^:=]{1,16}[:=]", joined[-1])):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _word(word: str) -> Criterion:
    if (field := _FIELD.fullmatch(word)) and field[1]:
        return parse_field(field[1], field[2])
    for read in (_code, _stroke_word, _one_character, _kana_word, _character_of_word, _okurigana):
        if (found := read(word)) is not None:
            return found
    if word[0] in OPERATORS:
        return _layout(word)
    raise UsageError(f"「{word}」の調べ方が分かりません。{_HELP}")


def _code(word: str) -> Criterion | None:
    """Read a code by its look; a bare number has several meanings."""
    if found := _CODE_POINT.fullmatch(word):
        return _code_point(found[1], found[2] or "")
    kinds: tuple[CodeKind, ...] = ()
    upper = word.upper()
    if re.fullmatch(r"[A-Z]{2}\d{1,6}", upper, re.ASCII):
        kinds = (CodeKind.MJ,)
    elif re.match(r"J\+?[0-9A-F]", upper):
        kinds = (CodeKind.JUKI,)
    elif upper.startswith("0X"):
        kinds = (CodeKind.NYUKAN,)
    elif re.fullmatch(r"\d+-\d+(-\d+)?", upper, re.ASCII):
        kinds = (CodeKind.JISX0213, CodeKind.JISX0212)
    elif re.fullmatch(r"補\d+|補?\d+'+", upper, re.ASCII):
        kinds = (CodeKind.DAIKANWA,)
    elif upper.isascii() and upper.isdigit():
        return _number(upper)
    elif _HEX.fullmatch(word):
        return _code_point(upper, "")
    options: list[Criterion] = [code for kind in kinds if (code := by_code(kind, word))]
    return _any_of(options) if options else None


def _number(digits: str) -> Criterion | None:
    """Read a bare number as whatever has that many digits."""
    lengths = {6: CodeKind.KOSEKI, 8: CodeKind.TOKI, 9: CodeKind.HENTAIGANA}
    kinds = [lengths[len(digits)]] if len(digits) in lengths else []
    if len(digits) <= 6:
        kinds += [CodeKind.MJ, CodeKind.DAIKANWA]
    options: list[Criterion] = [code for kind in kinds if (code := by_code(kind, digits))]
    if 4 <= len(digits) <= 5:
        options.append(_code_point(digits, ""))
    return _any_of(options) if options else None


def _code_point(base: str, selector: str) -> ByCharacter:
    numbers = [int(part, 16) for part in (base, selector) if part]
    if max(numbers) > 0x10FFFF or any(0xD800 <= number < 0xE000 for number in numbers):
        raise UsageError(f"U+{base} は Unicode の文字ではありません。")
    characters = [chr(number) for number in numbers]
    if len(characters) > 1 and not is_selector(characters[1]):
        raise UsageError(
            f"U+{selector} は異体字セレクタではありません。U+9089_E0100 のように書いてください。"
        )
    return ByCharacter(characters[0], characters[1] if len(characters) > 1 else "")


def _stroke_word(word: str) -> Criterion | None:
    found = _STROKES.fullmatch(word)
    if found is None:
        return None
    bounds = _bounds(found[2] + (found[3] or ""))
    return ByStrokes(*bounds) if found[1] in (None, "総") else ByRadical((), *bounds)


def _one_character(word: str) -> Criterion | None:
    if len(word) == 2 and is_selector(word[1]) and is_ideograph(word[0]):
        return ByCharacter(word[0], word[1])
    return ByCharacter(word) if len(word) == 1 and is_ideograph(word) else None


def _kana_word(word: str) -> Criterion | None:
    """Read kana: a reading, perhaps told by a longer word (さいとうのさい), or the name of a radical."""
    kana = re.sub(r"[.\-()]", "", word)
    if not is_kana(kana):
        return None
    reading = hiragana(kana)
    options: list[Criterion] = [ByReading(reading)]
    if len(reading) > 2 and (numbers := radical_book().numbers(reading)):
        options.append(ByRadical(numbers))
    for at in range(1, len(reading) - 1):
        whole, part = reading[:at], reading[at + 1 :]
        if (
            reading[at] == "の"
            and len(part) < len(whole)
            and (whole.startswith(part) or whole.endswith(part))
        ):
            options.append(ByReading(part))
    return _any_of(options)


def _character_of_word(word: str) -> Criterion | None:
    """Read 渡辺の辺: the character is told by a word that it is in."""
    found = _OF.fullmatch(word)
    if found is None or found[2][0] not in found[1]:
        return None
    one = _one_character(found[2])
    return ByCharacter(one.character, one.selector, related=True) if isinstance(one, ByCharacter) else None


def _okurigana(word: str) -> Criterion | None:
    if len(word) > 1 and is_ideograph(word[0]) and is_kana(word[1:]):
        return ByWord(word[0], hiragana(word[1:]))
    return None


def _is_characters(word: str) -> bool:
    """Whether a word is characters side by side; one with a selector names a glyph and is none of them."""
    return all(is_ideograph(character) and character not in OPERATORS for character in word)


def _characters(characters: list[str], *, alone: bool) -> list[Criterion]:
    """Read characters that stand by themselves: one means itself, or what it is a part of."""
    if len(characters) > 1:
        return [_parts(characters)]
    return [AnyOf((ByCharacter(character, related=alone), ByParts((character,)))) for character in characters]


def _parts(characters: list[str]) -> ByParts:
    if not 1 <= len(characters) <= MAX_PARTS:
        raise UsageError(f"部品は {MAX_PARTS} 個までにしてください（{len(characters)} 個）。")
    return ByParts(tuple(characters))


def _layout(text: str) -> ByParts:
    given = text.replace("？", ANYTHING)
    try:
        parts = [leaf for leaf in leaves(parse_ids(given)) if leaf != ANYTHING]
    except IdsError as error:
        raise layout_error(text) from error
    if any(not is_ideograph(leaf) for leaf in parts):
        raise layout_error(text)
    if not parts:
        raise UsageError(f"「{text}」には部品がありません。部品を一つは書いてください。")
    return ByParts(_parts(parts).parts, given)


def _bounds(text: str) -> tuple[int, int]:
    given = re.sub(r"\s|画", "", typed(text))
    found = _RANGE.fullmatch(given)
    if found is None:
        raise UsageError(f"画数「{text}」は、8・8-10・8以上 のように書いてください。")
    first = int(found[1])
    if found[2]:
        return (first, MAX_STROKES) if found[2] == "以上" else (0, first)
    if found[3] is None:
        return first, MAX_STROKES if len(found[0]) > len(found[1]) else first
    last = int(found[3])
    if last < first:
        raise UsageError(f"画数「{text}」は、小さいほうから書いてください。例: {last}-{first}")
    return first, last


def _any_of(options: list[Criterion]) -> Criterion:
    return options[0] if len(options) == 1 else AnyOf(tuple(options))


def _coded(kind: CodeKind) -> Callable[[str], Criterion]:
    def read(text: str) -> Criterion:
        code = by_code(kind, text)
        if code is None:
            raise UsageError(f"{kind}「{text}」は、{SPECS[kind].example} のように書いてください。")
        return code

    return read


def _character_field(text: str) -> Criterion:
    found = _one_character(text) or _code(text)
    if not isinstance(found, ByCharacter):
        raise UsageError(f"文字「{text}」は、1 字か U+9089・U+9089_E0100 の形で書いてください。")
    return found


_READERS: tuple[tuple[tuple[str, ...], Callable[[str], Criterion]], ...] = (
    (("読み", "よみ", "読"), parse_reading),
    (("音", "音読み"), lambda text: parse_reading(text, Script.ON)),
    (("訓", "訓読み"), lambda text: parse_reading(text, Script.KUN)),
    (("部首",), parse_radical),
    (("画数", "総画数", "画"), parse_strokes),
    (("内画数", "残り", "残画数", "部首内画数"), parse_inner_strokes),
    (("部品", "構成", "ids"), parse_parts),
    (("文字", "字", "ucs", "unicode", "ivs"), _character_field),
    (("関連", "異体字", "縮退"), parse_relation),
    (("コード",), parse_code),
    (("mj",), _coded(CodeKind.MJ)),
    (("戸籍",), _coded(CodeKind.KOSEKI)),
    (("住基",), _coded(CodeKind.JUKI)),
    (("登記",), _coded(CodeKind.TOKI)),
    (("入管",), _coded(CodeKind.NYUKAN)),
    (("面区点", "jis", "jisx0213", "0213"), _coded(CodeKind.JISX0213)),
    (("区点", "jisx0212", "0212"), _coded(CodeKind.JISX0212)),
    (("大漢和",), _coded(CodeKind.DAIKANWA)),
    (("日本語漢字辞典",), _coded(CodeKind.NIHONGO_KANJI)),
    (("新大字典",), _coded(CodeKind.SHINDAIJITEN)),
    (("大字源",), _coded(CodeKind.DAIJIGEN)),
    (("大漢語林",), _coded(CodeKind.DAIKANGORIN)),
    (("変体仮名",), _coded(CodeKind.HENTAIGANA)),
)
_FIELDS = {name: reader for names, reader in _READERS for name in names}
_SHOWN = [names[0] for names, _ in _READERS]
