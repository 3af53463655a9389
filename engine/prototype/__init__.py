"""Matching a new glyph against confirmed ones: which earlier decision speaks for it."""
