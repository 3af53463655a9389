"""Pictures of gaiji and MJ glyphs, and the stored explanations behind the decision page."""
