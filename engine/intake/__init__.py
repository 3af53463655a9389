"""A delivery: whose gaiji these are, what the ledger says of them, which of them are the same picture."""
