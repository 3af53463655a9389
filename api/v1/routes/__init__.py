"""Routes of version 1: thin, one noun a file; what they do is in the use cases."""
