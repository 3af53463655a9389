"""Reading glyphs: every input format becomes a stream of :class:`~engine.glyph.model.Glyph`."""
