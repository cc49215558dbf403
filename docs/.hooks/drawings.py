"""Puts drawings into the pages, so that they take the colours of the palette."""

from __future__ import annotations

import re

from pathlib import Path


_PICTURES = Path(__file__).parents[1] / "pictures"
_IMAGE = re.compile(r'<img alt="([^"]*)" src="(?:\.\./)*pictures/([\w-]+\.svg)" ?/?>')


def on_page_content(html: str, **_more: object) -> str:
    """Replace each image that is a drawing of ours by its elements."""
    return _IMAGE.sub(_drawing, html)


def _drawing(image: re.Match[str]) -> str:
    svg = (_PICTURES / image[2]).read_text("utf-8")
    return svg.replace("<svg ", f'<svg role="img" aria-label="{image[1]}" ', 1)
