"""Gaiji identification engine: from a private-use glyph to its 文字情報基盤 (MJ) character.

A glyph walks once from left to right through the packages::

    glyph → describe → search → compare → judge        (identify: the one path through them)
              ↑ reference (table, font, index)

Nothing here knows about the web or a database.
"""

__version__ = "0.2.0"
