"""
Sees that no page loads anything from another host: who reads about privacy
shall have some.
"""

from __future__ import annotations

import re

from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page


_LOADS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc=["']?(?:https?:)?//"""
    r"""|<link\b(?=[^>]*\srel=["']?(?:stylesheet|preconnect|preload|icon))"""
    r"""[^>]*\shref=["']?(?:https?:)?//"""
    r"""|@import\s+["']?(?:https?:)?//|url\(["']?(?:https?:)?//""",
    re.IGNORECASE,
)


def on_post_page(output: str, *, page: Page, **_more: object) -> str:
    """Refuse the page that does."""
    found = _LOADS.search(output)
    if found is not None:
        raise PluginError(f"{page.file.src_uri} loads from elsewhere: {found[0]}")
    return output
