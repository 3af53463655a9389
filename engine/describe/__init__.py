"""Describing glyphs: ink → a vector whose inner product says how alike two glyphs are."""
