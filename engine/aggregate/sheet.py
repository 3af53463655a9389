"""A contact sheet of the unknown glyphs found in many places, as a picture and as a page to print."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from engine.aggregate.clusters import Cluster
from engine.aggregate.collect import Collected
from engine.glyph.model import Ink
from engine.report.tiles import png, tile
from engine.sheet.document import page, paragraph, plain

if TYPE_CHECKING:
    from PIL import Image

    from engine.sheet.face import ReferenceFace

MOST_CLUSTERS = 200
"""Clusters on the sheet, the most widespread ones."""
_COLUMNS = 2
_MEMBERS = 5
_TILE_PX = 72
_GAP_PX = 8
_LABEL_PX = 150
_TOP_PX = 70

_TITLE = "多くの団体にある不明の字"
_EXPLAINED = (
    "MJ に似た字がないと判定した外字を、形の似たものどうしでまとめました。団体の多い順です。"
    "左端が代表、右へ向かって代表との違いが大きくなります。右端は代表に最も近い MJ です。"
    "同じ字かどうかと、新しい標準文字の候補にするかどうかは、人が決めてください。"
)


def picture_sheet(collected: Collected, clusters: Sequence[Cluster], face: ReferenceFace) -> Image.Image:
    """Draw the sheet.

    Parameters
    ----------
    collected : Collected
    clusters : sequence of Cluster
        The first :data:`MOST_CLUSTERS` are shown.
    face : ReferenceFace
        For the labels and the nearest MJ.
    """
    from engine.sheet.canvas import FAINT, Canvas

    shown = clusters[:MOST_CLUSTERS]
    pitch = _TILE_PX + _GAP_PX
    width = _LABEL_PX + (_MEMBERS + 1) * pitch + 4 * _GAP_PX
    rows = max(1, -(-len(shown) // _COLUMNS))
    canvas = Canvas(_COLUMNS * width, _TOP_PX + rows * pitch + _GAP_PX, face)
    canvas.text(_GAP_PX, 10, _TITLE, 20, bold=True)
    total = sum(each.municipalities > 1 for each in clusters)
    told = (
        f"{len(clusters):,} 種類のうち {total:,} 種類が二つ以上の団体にある。上位 {len(shown):,} 種類を示す。"
    )
    canvas.text(_GAP_PX, 42, told, 14, colour=FAINT)
    for number, each in enumerate(shown):
        x, y = _GAP_PX + number // rows * width, _TOP_PX + number % rows * pitch
        canvas.text(x, y + 4, f"{number + 1}. {each.municipalities:,} 団体", 16, bold=True)
        canvas.text(x, y + 28, f"{each.glyphs:,} 字、{len(each.members):,} 図形", 13, colour=FAINT)
        nearest = collected.unknown.pictures[each.members[0]].nearest
        canvas.text(x, y + 48, nearest and f"近い: {nearest}", 13, colour=FAINT)
        for column, ink in enumerate(_members(collected, each)):
            canvas.tile(x + _LABEL_PX + column * pitch, y, ink)
        drawn = face.ink(nearest) if nearest else None
        if drawn is not None:
            right = x + _LABEL_PX + _MEMBERS * pitch + _GAP_PX
            canvas.tile(right, y, tile(drawn, _TILE_PX, margin_px=5))
    return canvas.image


def page_sheet(collected: Collected, clusters: Sequence[Cluster], face: ReferenceFace) -> str:
    """Return the sheet as an HTML page that needs nothing beside itself."""
    return page(_TITLE, _body(collected, clusters[:MOST_CLUSTERS], face))


def _body(collected: Collected, shown: Sequence[Cluster], face: ReferenceFace) -> Iterator[str]:
    yield f"<h1>{plain(_TITLE)}</h1>"
    yield paragraph(_EXPLAINED)
    if not shown:
        yield paragraph("不明の字はありませんでした。")
    for number, each in enumerate(shown, 1):
        first = collected.unknown.pictures[each.members[0]]
        yield "<section>"
        told = f"{number}. {each.municipalities:,} 団体・{each.glyphs:,} 字・{len(each.members):,} 図形"
        yield f"<h3>{plain(told)}</h3>"
        pictures = [_image(ink, f"{told} の図形") for ink in _members(collected, each)]
        drawn = face.ink(first.nearest) if first.nearest else None
        if drawn is not None:
            pictures.append(_image(tile(drawn, _TILE_PX, margin_px=5), f"近い MJ {first.nearest}"))
        yield f"<p>{' '.join(pictures)}</p>"
        near = f"最も近い MJ: {first.nearest}。" if first.nearest else ""
        yield paragraph(f"{near}代表: {first.place}", of="faint source")
        yield "</section>"


def _members(collected: Collected, each: Cluster) -> Iterator[Ink]:
    pictures = collected.unknown.squares(np.array(each.members[:_MEMBERS]))
    for picture in pictures:
        yield np.asarray(cv2.resize(picture, (_TILE_PX, _TILE_PX), interpolation=cv2.INTER_CUBIC), np.uint8)


def _image(ink: Ink, description: str) -> str:
    data = base64.b64encode(png(ink)).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" width="{_TILE_PX}" alt="{plain(description)}">'
