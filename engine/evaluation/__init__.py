"""How well the engine does on glyphs whose answer is known.

A *case* is one glyph with what would be right; *sets* draw cases from fonts kept for this alone; *metrics*
count; *run* puts the cases through the engine; *report* shows the figures beside the targets of
``targets.toml``.
"""
