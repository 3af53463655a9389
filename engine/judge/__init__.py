"""Judging: measured differences → one of the four classes, by rules that are data."""
