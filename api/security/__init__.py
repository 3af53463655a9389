"""What every request passes: ids, limits, the origin of writes, headers, and how errors leave."""
