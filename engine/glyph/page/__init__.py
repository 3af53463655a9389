"""A printed list of gaiji, scanned: page → grid → cells → glyphs, with codes from a table or by position."""
