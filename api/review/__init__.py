"""Deciding: first, second, conference, withdrawal, bulk, history, and how right the machine was."""
