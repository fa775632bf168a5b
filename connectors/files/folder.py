"""Which files a path names: one file, those of a folder with the right suffix, or those of a glob."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from connectors.source import SourceError, cause


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it is now; `key` is its path below the folder that is watched, `mtime` is nanoseconds."""

    key: str
    path: Path
    size: int
    mtime: int


@dataclass(frozen=True)
class Folder:
    """Where a source's files lie.

    Attributes
    ----------
    source : name of the source, for messages
    path : a file, a folder or a glob
    suffixes : ends of the names of the files to read in a folder
    """

    source: str
    path: Path
    suffixes: tuple[str, ...]

    def look(self) -> list[Look]:
        """The files that are there now, by name.

        Raises SourceError when there is no such file or folder; an empty folder is fine.
        """
        base, paths = self._found()
        looks = []
        for path in paths:
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # it was just there: deleted or renamed since
            except OSError as error:
                raise SourceError(
                    f"source {self.source}: {path} cannot be read: {error.strerror}",
                    cause=cause("unreadable", path=str(path)),
                ) from error
            key = Path(os.path.relpath(path, base)).as_posix()
            looks.append(Look(key, path, status.st_size, status.st_mtime_ns))
        return sorted(looks, key=lambda look: look.key)

    def overlooked(self) -> list[str]:
        """Names of files in the folder that are not read because of their suffix."""
        if not self.path.is_dir():
            return []
        return sorted(path.name for path in _files(self.path.iterdir()) if not self._ours(path))

    def _found(self) -> tuple[Path, Iterable[Path]]:
        path = self.path
        try:
            if path.is_dir():
                return path, [file for file in _files(path.iterdir()) if self._ours(file)]
            if path.is_file():
                return path.parent, [path]
            if has_magic(str(path)):
                base = next(parent for parent in path.parents if not has_magic(str(parent)))
                if base.is_dir():
                    return base, _files(Path(found) for found in glob(str(path), recursive=True))  # noqa: PTH207
                path = base
        except OSError as error:
            raise SourceError(
                f"source {self.source}: {path} cannot be read: {error.strerror}",
                cause=cause("unreadable", path=str(path)),
            ) from error
        raise SourceError(
            f"source {self.source}: there is no file or folder {path}; change its path, or create it",
            cause=cause("no_file", path=str(path)),
        )

    def _ours(self, path: Path) -> bool:
        return path.name.lower().endswith(self.suffixes)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files that are not hidden; programs that copy write to a hidden name first."""
    return (path for path in paths if not path.name.startswith(".") and path.is_file())
