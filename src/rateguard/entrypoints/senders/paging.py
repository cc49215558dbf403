"""
How much is shown at once. With bounds: a database counts no further than its
integers go.
"""

from __future__ import annotations

import click


LIMIT = click.IntRange(1, 1_000_000)
OFFSET = click.IntRange(0, 4_294_967_295)
