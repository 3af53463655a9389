"""Accounts, logins, tokens, and who may enter which municipality."""
