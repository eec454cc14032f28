"""
A row's text as HTML and as plain text: `code` and **stress**, and nothing else.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.html import escape
from django.utils.safestring import SafeString

from barbican.portal.fragments import safe

_CODE = re.compile(r"`([^`]+)`")
_STRESS = re.compile(r"\*\*([^*`]+)\*\*")


@cache
def html(text: str) -> SafeString:
    """Return the text escaped, with its marks as elements. For the project's own words."""
    marked = _CODE.sub(r"<code>\1</code>", str(escape(text)))
    return safe(_STRESS.sub(r"<strong>\1</strong>", marked))


def plain(text: str) -> str:
    return _STRESS.sub(r"\1", text).replace("`", "")
