"""Deliveries of a million glyphs: a dataset of results that is resumable and the same whoever computes it."""
