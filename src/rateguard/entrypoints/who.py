"""
Who gives an order.
"""

from __future__ import annotations

import os
import pwd

from collections.abc import Mapping


def who(environment: Mapping[str, str]) -> str:
    """
    Return the name of who is at the keyboard, for the history: with sudo, not
    root.
    """
    if name := environment.get("SUDO_USER"):
        return name
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
