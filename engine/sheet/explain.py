"""The picture of an explanation: gaiji, candidate, and the overlay of both with the differences ringed."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.describe.normalise import MARGIN_PX, SIDE_PX, normalise
from engine.explain.explanation import ExplainedCandidate, Explanation, TracedRule, percent
from engine.explain.place import Place, places_in_words
from engine.glyph.model import Ink
from engine.sheet import document
from engine.sheet.canvas import FAINT, TEXT, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, overlay
from engine.sheet.verdict import VERDICT_COLOURS, verdict_text

TILE_PX = 240

_MARGIN, _GAP = 32, 12
_TEXT_X = _MARGIN + 4 * (TILE_PX + _GAP) + 8
_WIDTH = _TEXT_X + 380 + _MARGIN
_ROOM_PX = 1500
"""More than the text of one rule or the pictures of one candidate ever take."""
_SHARPEN = 3.0
"""Slope at the edge of enlarged ink: a 64 px drawing enlarged smoothly is a blur otherwise."""
_DOTS_PX = 64
"""Size of a glyph up to which its dots are shown as they are."""
_LEAST_RING_PX = 15.0
_BADGE_AWAY_PX = 15.0


def explanation_sheet(explanation: Explanation, face: ReferenceFace) -> Image.Image:
    """Draw an explanation on one page.

    Parameters
    ----------
    explanation : Explanation
    face : ReferenceFace
        Draws the candidates and the labels.

    Returns
    -------
    Image, mode RGB.
    """
    canvas = Canvas(_WIDTH, _ROOM_PX, face)
    y = _head(canvas, explanation)
    y = _pair(canvas, explanation, explanation.decided, explanation.role, face, y)
    if explanation.runner_up is not None:
        y = _pair(canvas, explanation, explanation.runner_up, explanation.runner_up_role, face, y)
    else:
        y += canvas.paragraph(_MARGIN, y, explanation.runner_up_sentence, 17, width_px=_WIDTH - 2 * _MARGIN)
    _legend(canvas, _MARGIN, y + 4)
    y = _rules(canvas, "この区分にした理由", explanation.fired, y + 40)
    y = _rules(canvas, "当てはまらなかった規則", explanation.missed, y, failed_only=True)
    return canvas.cropped(y + 12)


def explanation_page(explanation: Explanation, face: ReferenceFace) -> str:
    """Return an explanation as an HTML document with the pictures inside."""
    row = explanation.row
    body = [
        "<h1>外字の同定の説明</h1>",
        document.paragraph(_source(explanation), of="faint source"),
        document.paragraph(verdict_text(row), of="verdict"),
        document.paragraph(explanation.meaning),
        document.paragraph(_facts(explanation)),
        *map(document.paragraph, explanation.notes),
    ]
    shown = [(explanation.role, explanation.decided)]
    if explanation.runner_up is not None:
        shown.append((explanation.runner_up_role, explanation.runner_up))
    for role, candidate in shown:
        body += [
            f"<section><h2>{document.plain(f'{role} {candidate.label}')}</h2>",
            '<div class="pictures">',
            *(document.figure(tile, words) for words, tile in _tiles(explanation, candidate, face)),
            "</div>",
            document.paragraph(f"同じ字形である確率 {percent(candidate.probability)}"),
            document.paragraph(explanation.places_preface(candidate)),
            document.items(places_in_words(candidate.places), marked=False),
            "</section>",
        ]
    body += [
        document.legend(),
        "<section><h2>次点との比べ方</h2>",
        document.paragraph(explanation.runner_up_sentence),
        "</section>",
    ]
    for title, rules, failed in (
        ("この区分にした理由", explanation.fired, False),
        ("当てはまらなかった規則", explanation.missed, True),
    ):
        if rules:
            body.append(f"<section><h2>{title}</h2>")
        for traced in rules:
            body += [
                f"<h3>{document.plain(f'{traced.rule.id}　{traced.rule.title}')}</h3>",
                document.paragraph(traced.rule.rationale),
                document.items(_conditions(traced, failed_only=failed), marked=False),
                document.paragraph(f"出典: {traced.rule.source}", of="faint"),
            ]
        if rules:
            body.append("</section>")
    body.append(document.paragraph(f"{row.reference}　{row.engine}", of="faint"))
    return document.page(f"外字の同定の説明 {_source(explanation)}", filter(None, body))


def _tiles(
    explanation: Explanation, candidate: ExplainedCandidate, face: ReferenceFace
) -> list[tuple[str, NDArray[np.uint8]]]:
    """Gaiji, candidate, and both on top of each other twice, each with its caption.

    The parts of the candidate move before differences are looked for. A person must also see what that hides:
    土 and 士 differ by nothing else.
    """
    gaiji = _normalised(explanation.glyph.ink)
    ink = face.ink(candidate.name)
    alone = _normalised(ink) if ink is not None else enlarged(candidate.square, TILE_PX)
    moved = overlay(gaiji, enlarged(candidate.registered, TILE_PX))
    return [
        ("外字", gaiji),
        (candidate.label, alone),
        ("大きさだけをそろえて重ねた図", overlay(gaiji, alone)),
        ("位置もそろえて重ねた図", ringed(moved, candidate.places, face)),
    ]


def _normalised(ink: Ink) -> NDArray[np.uint8]:
    """Draw ink as the comparison normalises it, only larger."""
    longest = max(ink.shape)
    if longest <= _DOTS_PX:
        factor = -(-TILE_PX // longest)
        ink = np.repeat(np.repeat(ink, factor, axis=0), factor, axis=1)
    return normalise(ink, TILE_PX, round(TILE_PX * MARGIN_PX / SIDE_PX))


def enlarged(square: NDArray[np.uint8], size_px: int) -> NDArray[np.uint8]:
    """Enlarge a normalised picture with sharp edges: (S, S) → (size_px, size_px) uint8."""
    smooth = cv2.resize(square.astype(np.float32), (size_px, size_px), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip((smooth - 127.5) * _SHARPEN + 127.5, 0, 255), np.uint8)


def ringed(picture: NDArray[np.uint8], places: Sequence[Place], face: ReferenceFace) -> NDArray[np.uint8]:
    """Draw a numbered ring around every place of a picture of a normalised glyph."""
    side = picture.shape[0]
    canvas = Canvas(side, side, face)
    canvas.image.paste(Image.fromarray(picture))
    scale = side / SIDE_PX
    rings = [
        (
            (place.difference.x_px + 0.5) * scale,
            (place.difference.y_px + 0.5) * scale,
            max(place.difference.radius_px * scale, _LEAST_RING_PX),
        )
        for place in places
    ]
    for x, y, radius in rings:
        canvas.ring(x, y, radius)
    taken: list[tuple[float, float]] = []
    for place, (x, y, radius) in zip(places, rings, strict=True):
        spot = _free_spot(x, y, radius, side, rings, taken)
        taken.append(spot)
        canvas.badge(*spot, str(place.number))
    return np.asarray(canvas.image)


def _free_spot(
    x: float,
    y: float,
    radius: float,
    side: int,
    rings: Sequence[tuple[float, float, float]],
    taken: Sequence[tuple[float, float]],
) -> tuple[float, float]:
    """Choose where on its ring a number stands: inside the picture, far from other numbers and rings."""
    best, most = (x, y), -np.inf
    for angle in np.arange(-np.pi / 4, 2 * np.pi - np.pi / 4, np.pi / 8):
        spot = (x + radius * np.cos(angle), y + radius * np.sin(angle))
        inside = min(*spot, side - max(spot)) - _BADGE_AWAY_PX
        away = [np.hypot(spot[0] - ox, spot[1] - oy) - 2 * _BADGE_AWAY_PX for ox, oy in taken]
        away += [
            np.hypot(spot[0] - cx, spot[1] - cy) - r - _BADGE_AWAY_PX
            for cx, cy, r in rings
            if (cx, cy, r) != (x, y, radius)
        ]
        room = min(0.0, inside) * 4 + min([0.0, *away])
        if room > most:
            best, most = spot, room
    return best


def _source(explanation: Explanation) -> str:
    return " ".join(part for part in (explanation.glyph.source, explanation.glyph.gaiji_code) if part)


def _facts(explanation: Explanation) -> str:
    row = explanation.row
    name = f"{explanation.role} {explanation.decided.label}"
    sure = "" if row.confidence is None else f"確信度 {percent(row.confidence)}"
    return "　".join(part for part in (name, sure, explanation.review) if part)


def _head(canvas: Canvas, explanation: Explanation) -> int:
    row, width = explanation.row, _WIDTH - 2 * _MARGIN
    used = canvas.text(_MARGIN, 24, "外字の同定の説明", 26, bold=True)
    canvas.text(
        _MARGIN + used + 20, 33, _source(explanation), 17, colour=FAINT, width_px=max(100, width - used - 20)
    )
    canvas.rule(68, _MARGIN, width)
    verdict = verdict_text(row)
    used = canvas.text(_MARGIN, 84, verdict, 24, colour=VERDICT_COLOURS[row.verdict], bold=True)
    y = 90 + canvas.paragraph(_MARGIN + used + 20, 90, explanation.meaning, 17, width_px=width - used - 20)
    for line in (_facts(explanation), *explanation.notes):
        y += canvas.paragraph(_MARGIN, y + 6, line, 17, width_px=width)
    return y + 24


def _pair(
    canvas: Canvas,
    explanation: Explanation,
    candidate: ExplainedCandidate,
    role: str,
    face: ReferenceFace,
    y: int,
) -> int:
    """One line of the page; returns where the next begins."""
    canvas.reach(y + _ROOM_PX)
    below = y + TILE_PX + 6
    for number, (words, tile) in enumerate(_tiles(explanation, candidate, face)):
        x = _MARGIN + number * (TILE_PX + _GAP)
        canvas.tile(x, y, tile)
        canvas.text(x, below, words, 15, colour=FAINT, width_px=TILE_PX)
    width = _WIDTH - _TEXT_X - _MARGIN
    top = y
    top += canvas.paragraph(_TEXT_X, top, f"{role} {candidate.label}", 20, width_px=width) + 2
    chance = f"同じ字形である確率 {percent(candidate.probability)}"
    top += canvas.paragraph(_TEXT_X, top, chance, 16, width_px=width) + 6
    for line in (explanation.places_preface(candidate), *places_in_words(candidate.places)):
        top += canvas.paragraph(_TEXT_X, top, line, 16, width_px=width)
    if candidate is explanation.runner_up:
        top += 8
        sentence = explanation.runner_up_sentence
        top += canvas.paragraph(_TEXT_X, top, sentence, 16, width_px=width, colour=FAINT)
    return max(below + 34, top + 10)


def _rules(
    canvas: Canvas, title: str, rules: Sequence[TracedRule], y: int, *, failed_only: bool = False
) -> int:
    if not rules:
        return y
    width = _WIDTH - 2 * _MARGIN
    canvas.rule(y, _MARGIN, width)
    canvas.text(_MARGIN, y + 12, title, 20, bold=True)
    y += 46
    for traced in rules:
        canvas.reach(y + _ROOM_PX)
        rule = traced.rule
        y += canvas.paragraph(_MARGIN, y, f"{rule.id}　{rule.title}", 18, width_px=width) + 2
        if not failed_only:
            y += canvas.paragraph(_MARGIN + 24, y, rule.rationale, 16, width_px=width - 24, colour=FAINT)
        colour = FAINT if failed_only else TEXT
        for line in _conditions(traced, failed_only=failed_only):
            y += canvas.paragraph(_MARGIN + 24, y, line, 16, width_px=width - 24, colour=colour)
        y += 10
    return y


def _conditions(traced: TracedRule, *, failed_only: bool) -> list[str]:
    told = traced.failed if failed_only else traced.conditions
    return [f"{'○' if each.holds else '×'} {each.sentence}" for each in told]


def _legend(canvas: Canvas, x: int, y: int) -> None:
    x += canvas.text(x, y - 3, "重ね合わせの色:", 15, colour=FAINT) + 12
    for colour, text in ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "相手だけ"), (BOTH, "両方")):
        canvas.swatch(x, y, colour)
        x += 20 + canvas.text(x + 18, y - 3, text, 15, colour=FAINT) + 22
