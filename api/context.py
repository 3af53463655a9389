"""What belongs to the request being served, for logs and the audit log."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Id of the request; empty outside of one."""
