"""What alembic runs: a migration over the connection that it is given, or for a developer's ``revision``."""

from __future__ import annotations

from alembic import context

from api.settings import ServerSettings
from api.store.database import Database
from api.store.models import Base

connection = context.config.attributes.get("connection")
if connection is None:
    connection = Database(ServerSettings().url).engine.connect()
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
