"""The command ``gaiji``: what people type, what they read, and how a run ends."""
