"""
What others may listen to. `examined` is sent once a request whose verdict somebody asked for.

Receivers get `examination`, `application` (str) and `seconds` (float, of the whole answer).
"""

from __future__ import annotations

from django.dispatch import Signal

examined = Signal()
