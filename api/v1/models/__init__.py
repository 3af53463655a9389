"""Bodies of version 1: what is sent and received, one noun a file."""
