"""All that logs."""

from __future__ import annotations

import logging


def existing() -> list[logging.Logger]:
    """Return every logger that there is."""
    found = logging.Logger.manager.loggerDict.values()
    named = [each for each in found if isinstance(each, logging.Logger)]
    return [logging.getLogger(), *named]
