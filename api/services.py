"""What the whole application shares; made by :func:`api.app.create_app` or a worker, never global."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from api.settings import ServerSettings
from api.store.append_only import guard
from api.store.database import Database
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.identify import Identifier


@dataclass(eq=False)
class Services:
    """Settings, database and engine of one running application.

    Attributes
    ----------
    settings : ServerSettings
    engine_settings : Settings
        Where reference set and index are.
    """

    settings: ServerSettings
    engine_settings: Settings = field(default_factory=Settings.from_environment)
    engine_lock: threading.RLock = field(default_factory=threading.RLock)
    """Held while an identifier works: it is made for one thread at a time."""
    ring: Callable[[], None] = field(default=lambda: None)
    """Tells the worker that a job is queued; where nobody does, it sees it some seconds later."""

    @cached_property
    def database(self) -> Database:
        """The database, opened when first asked for."""
        guard()
        return Database(self.settings.url)

    def identifier(self, charset: str = "mj") -> Identifier:
        """Return the engine, opened when first asked for; hold :attr:`engine_lock` while using it.

        Raises
        ------
        ReferenceSetError
            Font or index is missing.
        """
        from engine.identify import Identifier

        with self.engine_lock:
            if charset not in self._identifiers:
                self._identifiers[charset] = Identifier.open(self.engine_settings, charset=charset)
            return self._identifiers[charset]

    @cached_property
    def _identifiers(self) -> dict[str, Identifier]:
        return {}

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()
