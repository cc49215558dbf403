"""``python -m rateguard``."""

from __future__ import annotations

from rateguard.entrypoints.cli.main import main


if __name__ == "__main__":
    main(prog_name="rateguard")
