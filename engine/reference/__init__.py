"""The reference set: table, font, index and the code points they share; versioned and replaceable."""
