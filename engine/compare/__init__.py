"""Comparing two glyphs: bring one over the other, then say where and how much they still differ."""
