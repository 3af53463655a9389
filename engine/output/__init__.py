"""Result rows to files: CSV, JSON Lines, Parquet and Excel, streamed, in the columns of the contract."""
