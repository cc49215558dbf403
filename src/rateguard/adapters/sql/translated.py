"""
The errors of a driver in our words.
"""

from __future__ import annotations

from types import TracebackType

from rateguard.adapters.sql.dialect import Dialect


class Translated:
    """
    A context manager that raises the driver's errors in our words. May be entered
    again and again.
    """

    __slots__ = ("_dialect",)

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc, self._dialect.failures):
            ours = self._dialect.translate(exc)
            if ours is not None:
                raise ours from exc
