"""Finding the nearest reference glyphs: exact search, then re-ranking of the best."""
