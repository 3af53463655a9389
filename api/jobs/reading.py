"""From a stored upload to its spool: the file under its own name, the engine's readers, keys and ledger."""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.errors import ApiError
from api.jobs import spool
from api.settings import ServerSettings
from api.store.models import Upload
from api.work import storage
from api.work.upload_options import UploadOptions
from api.work.uploads import readable_ledger
from engine.errors import GaijiError
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.read import read_glyphs
from engine.intake.key import DeliveryKey
from engine.intake.match import Delivered, Intake

if TYPE_CHECKING:
    from engine.intake.ledger import Ledger

_RESERVED = re.compile(r'[<>:"|?*#]|^(?=(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$))', re.IGNORECASE)
_NAME_BYTES = 120


class HopelessError(GaijiError):
    """The job cannot be done, however often it is tried; the message is for who handed the file in."""

    code = "hopeless"


def spooled(
    settings: ServerSettings,
    upload: Upload,
    *,
    municipality: str,
    system: str,
    kind: str,
    tick: Callable[[], None] = lambda: None,
) -> spool.Spool:
    """Return an upload's spool, made now where there is none yet.

    Parameters
    ----------
    settings : ServerSettings
    upload : Upload
    municipality, system, kind : str
        Key of its gaiji, where a ledger says nothing: from municipality and project.
    tick : callable
        Called now and then; may raise to give up.

    Raises
    ------
    HopelessError
        The stored file is gone or damaged, the ledger does not fit, or there are too many glyphs.
    """
    folder = spool.folder_of(settings.data_dir, upload.id)
    found = spool.find(folder)
    if found is not None:
        return found
    path = _under_its_name(settings, upload, folder)
    key = DeliveryKey(municipality, system, "", kind)
    options = UploadOptions.from_words(upload.options).to_read(_limits(settings, upload.size))
    intake = Intake(key, _ledger(settings, upload, folder, key))
    items = read_glyphs([path], options)
    with contextlib.ExitStack() as stack:
        if isinstance(items, Generator):
            stack.enter_context(contextlib.closing(items))
        named = _named(intake.deliver(items), str(path), upload.name)
        return spool.write(folder, _at_most(named, settings.upload_glyphs), tick=tick)


def _under_its_name(settings: ServerSettings, upload: Upload, folder: Path) -> Path:
    """Link the stored file under the name that it was handed in with: the name may tell a code or a font."""
    stored = storage.stored_path(settings.uploads_dir, upload.sha256)
    if not storage.is_intact(stored, upload.sha256):
        raise HopelessError(
            "保存したファイルが見つからないか、壊れています。もう一度登録してください。"
            "繰り返すときは、システムの運用者に知らせてください。"
        )
    path = folder / "file" / _file_name(upload.name)
    _placed(stored, path)
    return path


def _placed(stored: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        os.link(stored, path)
    except OSError:  # a file system without links
        shutil.copyfile(stored, path)


def _file_name(name: str) -> str:
    """Make a name that every file system takes, with the same suffix."""
    name = _RESERVED.sub("_", name).rstrip(" .") or "_"
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or len(suffix) > 8:
        stem, suffix = name, ""
    stem = stem.encode("utf-8", "replace")[:_NAME_BYTES].decode("utf-8", "ignore")
    return f"{stem}.{suffix}" if suffix else stem


def _limits(settings: ServerSettings, size: int) -> Limits:
    """Ceilings for one upload: those of the installation, and memory for the file itself."""
    usual = Limits()
    size_mb = math.ceil(size / 1e6)
    return replace(
        usual,
        file_mb=max(usual.file_mb, size_mb),
        members=settings.upload_glyphs,
        characters=settings.upload_glyphs,
        memory_mb=usual.memory_mb + size_mb,
    )


def _ledger(settings: ServerSettings, upload: Upload, folder: Path, key: DeliveryKey) -> Ledger | None:
    noted: dict[str, Any] | None = upload.options.get("ledger")
    if noted is None:
        return None
    path = folder / "ledger" / f"ledger{noted['suffix']}"
    stored = storage.stored_path(settings.uploads_dir, noted["sha256"])
    if not storage.is_intact(stored, noted["sha256"]):
        raise HopelessError("保存した台帳が見つからないか、壊れています。もう一度登録してください。")
    _placed(stored, path)
    try:
        ledger = readable_ledger(path, code=key.municipality, system=key.system)
    except ApiError as error:
        raise HopelessError(str(error)) from error
    return replace(ledger, path=Path(noted["name"]))


def _named(items: Iterable[Delivered], path: str, name: str) -> Iterator[Delivered]:
    """Put the name that people know in the place of the path on this machine."""
    for each in items:
        item: Glyph | ReadFailure = each.item
        if item.source.startswith(path):
            item = replace(item, source=name + item.source[len(path) :])
        if isinstance(item, ReadFailure) and path in item.message:
            item = replace(item, message=item.message.replace(path, name))
        yield Delivered(item, each.key)


def _at_most(items: Iterable[Delivered], most: int) -> Iterator[Delivered]:
    for number, each in enumerate(items):
        if number == most:
            raise HopelessError(f"字が多すぎます（上限 {most:,} 字）。ファイルを分けて登録してください。")
        yield each
