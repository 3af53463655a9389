"""Names and limits of what is noted about the installation."""

from __future__ import annotations

from datetime import timedelta

BACKUP_NOTE = "backup"
"""Name of the note on the last backup: file (without folders), bytes, verified, uploads, missing, seconds."""

WORKER_SILENT_S = 30.0
"""Without a sign of life for so long, the worker is taken for dead; it gives one every five seconds."""

BACKUP_OLD = timedelta(days=7)
