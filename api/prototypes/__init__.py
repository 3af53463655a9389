"""What was confirmed before speaks for what arrives later."""
