"""What is settled, as tables for other systems, and data files in which private codes are replaced by it."""
