"""Pictures for people: MJ glyphs as PNG and SVG, overlays, contact sheets of candidates and results."""
