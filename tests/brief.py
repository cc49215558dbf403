"""How much the tests try."""

from __future__ import annotations

import os


BRIEF = "RATEGUARD_TEST_BRIEF" in os.environ
"""One Python tries everything; the others need not try it all again."""
