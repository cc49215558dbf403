"""
Who gives an order.
"""

from __future__ import annotations

import pwd

from collections.abc import Mapping


def operator(environment: Mapping[str, str], uid: int) -> str:
    """
    Return who gives the orders: who he was before sudo, else his login name.
    """
    if environment.get("SUDO_USER"):
        return environment["SUDO_USER"]
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
