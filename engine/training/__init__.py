"""Making the learned artefacts: scripts with a fixed seed; nothing here runs at identification time."""
