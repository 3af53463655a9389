"""How well the engine does on glyphs whose answer is known.

A *case* (:mod:`.case`) is one glyph with what would be right; *sets* (:mod:`.sets`) draw cases from fonts kept
for this alone; *metrics* (:mod:`.metrics`) count; *run* puts them through the engine; *report* shows the
result beside the targets of ``targets.toml``.
"""
