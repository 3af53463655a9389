"""Where things are: one frozen object, read from the environment, passed down explicitly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_REPO_DATA = Path(__file__).resolve().parent.parent / "data"
_PACKAGE_DATA = Path(__file__).resolve().parent / "_data"


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths and names that a user may change.

    Attributes
    ----------
    data_dirs : tuple of Path
        Searched in order for a reference set's folder: the setting, the repository, the installed package.
    cache_dir : Path
        Imported fonts, fetched packages and built indexes.
    reference : str
        Folder name of the reference set in use.
    """

    data_dirs: tuple[Path, ...]
    cache_dir: Path
    reference: str = "mojikiban"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``GAIJI_DATA_DIR``, ``GAIJI_CACHE_DIR`` and ``GAIJI_REFERENCE``."""
        env = os.environ if environ is None else environ
        own = [Path(env["GAIJI_DATA_DIR"])] if env.get("GAIJI_DATA_DIR") else []
        cache = env.get("GAIJI_CACHE_DIR")
        return cls(
            data_dirs=(*own, _REPO_DATA, _PACKAGE_DATA),
            cache_dir=Path(cache) if cache else Path(platformdirs.user_cache_dir("gaiji", appauthor=False)),
            reference=env.get("GAIJI_REFERENCE") or "mojikiban",
        )
