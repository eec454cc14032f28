"""
Reads a paste from a request's body: a browser's form, or the bare text that curl sends.

curl's `--data-binary` says that it sends a form and sends the text as it is. A form of ours starts
with one of its fields' names.
"""

from __future__ import annotations

from typing import get_args
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, UnreadablePostError

from barbican.portal.explaining.explain import MAX_PASTE
from barbican.portal.explaining.explanation import Mode, Policy, Sent, Told

FIELDS = ("paste=", "sent=", "mode=", "policy=")
_FORM = "application/x-www-form-urlencoded"
# Each byte of a form may take three, and the answers to the questions a few more.
_MAX_FORM = 3 * MAX_PASTE + 1_024


class TooLargeError(Exception):
    """More came than is read."""


class NoLengthError(Exception):
    """The body comes in chunks, of which Django reads none."""


class BrokenOffError(Exception):
    """The body ended before it was whole, or took too long."""


def is_from_another_site(request: HttpRequest) -> bool:
    """
    Say whether a page of another site made a browser send this.

    Nothing is kept here and nobody is signed in, so there is nothing to forge but a page in our
    look with somebody else's text in it. A browser says where a request comes from; a token in a
    form would need a cookie, which these pages do not set; and curl could not have one.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.get_host()


def read(request: HttpRequest) -> tuple[str, Told]:
    """
    Return the paste and what the reader told.

    Raises `TooLargeError`, `NoLengthError`, `BrokenOffError`, or `ValueError` for a form that is
    none.
    """
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise NoLengthError
    is_form = request.content_type == _FORM
    limit = _MAX_FORM if is_form else MAX_PASTE
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > limit:
        raise TooLargeError
    try:
        body = request.read(limit + 1)
    except UnreadablePostError as error:
        raise BrokenOffError from error
    if is_form and body[:8].decode("ascii", "replace").startswith(FIELDS):
        paste, told = _form(body)
    else:
        paste, told = body.decode("utf-8", "replace"), Told()
    if len(body) > limit or len(paste.encode("utf-8", "replace")) > MAX_PASTE:
        raise TooLargeError
    return paste, told


def _form(body: bytes) -> tuple[str, Told]:
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=100, keep_blank_values=True)

    def one(name: str, allowed: object) -> str:
        value = fields.get(name, ["unknown"])[0]
        return value if value in get_args(allowed) else "unknown"

    told = Told(one("sent", Sent), one("mode", Mode), one("policy", Policy))  # type: ignore[arg-type]
    return fields.get("paste", [""])[0], told
