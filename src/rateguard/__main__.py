"""``python -m rateguard``."""

from __future__ import annotations

from rateguard.entrypoints.container import main


if __name__ == "__main__":
    main()
