"""A disk of our own that can be full or read-only."""

from __future__ import annotations

import os

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import attrs

from tests.integration.rigs.requirements import run


_CHUNK = bytes(1 << 16)


@attrs.define
class SmallDisk:
    """A tmpfs of a few megabytes at *path*: a context manager. Needs root."""

    path: Path

    def __enter__(self) -> Self:
        self.path.mkdir()
        run(("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", self.path))
        return self

    def __exit__(self, *_: object) -> None:
        # Lazily: whoever still has a file open there must not keep it mounted.
        run(("umount", "-l", self.path))

    def fill(self) -> None:
        """Leave not one byte."""
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            chunk = _CHUNK
            while chunk:
                try:
                    os.write(file, chunk)
                except OSError:
                    chunk = chunk[: len(chunk) // 2]
        finally:
            os.close(file)

    def free(self) -> None:
        """Give back what `fill` took."""
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """
        Nothing can be written for the length of a ``with`` block. Nobody may
        have a file open for writing when it begins.
        """
        run(("mount", "-o", "remount,ro", self.path))
        try:
            yield
        finally:
            run(("mount", "-o", "remount,rw", self.path))
