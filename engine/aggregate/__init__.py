"""Many municipalities' results together: survey tables, the MJ in use, unknown glyphs in many places."""
