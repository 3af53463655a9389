"""Looking up: a person names a character by reading, radical, strokes, code, parts or relation."""
