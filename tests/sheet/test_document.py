"""Pages that need nothing beside themselves, whatever they are told."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from engine.sheet import document


class Reader(HTMLParser):
    """Collects elements and text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def test_what_is_told_is_text_and_never_markup():
    hostile = "<script>alert(1)</script>\"'&\u202e\x00"
    picture = np.zeros((4, 4), np.uint8)
    page = document.page(
        hostile, [document.paragraph(hostile), document.items([hostile]), document.figure(picture, hostile)]
    )
    reader = read(page)
    assert "script" not in {tag for tag, _ in reader.tags}
    assert reader.text.count("alert(1)") == 4
    assert "\u202e" not in page
    assert "\x00" not in page


def test_the_page_asks_for_nothing_from_elsewhere():
    page = document.page("題", [document.legend(), document.figure(np.zeros((4, 4, 3), np.uint8), "図")])
    reader = read(page)
    assert {tag for tag, _ in reader.tags} & {"link", "script", "iframe"} == set()
    assert re.search(r"https?:|@import|url\(", page) is None
    assert ("html", {"lang": "ja"}) in reader.tags


def test_a_picture_is_inside_the_page():
    ink = np.array([[0, 255], [128, 0]], np.uint8)
    (image,) = [attrs for tag, attrs in read(document.figure(ink, "外字")).tags if tag == "img"]
    kind, data = image["src"].split(",")
    assert kind == "data:image/png;base64"
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert drawn.tolist() == (255 - ink).tolist()
    assert image["alt"] == "外字"


def test_nothing_gives_nothing():
    assert document.paragraph("") == document.items([]) == ""
