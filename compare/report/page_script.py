"""The one script of a page, made of scripts/*.js, the hash that lets a browser run it, and data for it to read."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

SCRIPTS = Path(__file__).parent / "scripts"


def page_script() -> Markup:
    """Join the files of ``scripts`` in the order of their names: the text between the page's only two script tags.

    Each file is a function that is called at once, so that its names are its own; what all share stands in the first.
    """
    return Markup("\n".join(path.read_text("utf-8") for path in sorted(SCRIPTS.glob("*.js"))))


def content_security_policy(script: str) -> str:
    """Return the policy that lets a page run that script and no other, not even in an attribute, and fetch nothing.

    Source: W3C, "Content Security Policy Level 3": the hash is that of the text between the tags, byte by byte.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def data_block(name: str, value: Any) -> Markup:
    """Write a value as a block of JSON that no browser runs; the script reads it by ``readData(name)``.

    name : unique in the page. No "<" stands in it, whatever text the value holds, so that nothing can end the block.
    Raises ValueError for what JSON has no word for: NaN and infinities.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(f'<script type="application/json" id="data-{escape(name)}">{text}</script>')
