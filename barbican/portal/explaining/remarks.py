"""
What clients say in their own words when an answer is not what they want, or never comes.
"""

from __future__ import annotations

import re

from barbican.portal.explaining.explanation import Reading
from barbican.portal.explaining.veil import veiled

_REMARKS = (
    (
        re.compile(r"ERR_TOO_MANY_REDIRECTS|curl: \(47\)|TooManyRedirects|redirecting properly"),
        "redirect-loop",
        "The client gave up on a chain of redirects.",
    ),
    (
        re.compile(r"blocked by CORS policy|Cross-Origin Request Blocked"),
        "cors-error",
        "The browser hides an answer of another origin from a script.",
    ),
    (
        re.compile(
            r"Unexpected token '?<|JSON\.parse: unexpected character|JSONDecodeError"
            r"|Expecting value: line 1 column 1|invalid character '<'|is not valid JSON"
            r"|parsing value: <"
        ),
        "json-parse-error",
        "The client read HTML as JSON.",
    ),
    (
        re.compile(
            r"curl: \((?:5|6|7|28|35|52|56|60)\)|Could not resolve host|Connection refused"
            r"|ECONNREFUSED|ENOTFOUND|getaddrinfo|ERR_NAME_NOT_RESOLVED|ERR_CONNECTION_"
            r"|CERTIFICATE_VERIFY_FAILED|Name or service not known",
            re.IGNORECASE,
        ),
        "client-connection",
        "No answer came: this is the client's own message.",
    ),
)


def read(text: str) -> Reading | None:
    """Return what a client's message means, or None."""
    for line in text.split("\n"):
        for pattern, code, why in _REMARKS:
            if pattern.search(line):
                return Reading("client", code, why, "likely", (veiled(line.strip())[:160],))
    return None
