"""
A store that lives and dies with the process: a real one, with the same
promises as the others but for durability.
"""

from __future__ import annotations

from rateguard.adapters.memory.store import MemoryStore, MemoryUnitOfWork


__all__ = ["MemoryStore", "MemoryUnitOfWork"]
