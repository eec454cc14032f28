"""
The form field of the editors' words.
"""

from __future__ import annotations

from typing import Any

from django import forms


class WordsField(forms.CharField):
    """
    Words to the letter, but for line ends: a browser sends CRLF, and LF is what is kept.

    So a section that nobody touched counts as unchanged, and one that goes back to an earlier
    version is that version.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "strip": False})

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else ""  # blanks alone are no words
