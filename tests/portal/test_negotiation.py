from __future__ import annotations

import pytest
from django.test import RequestFactory

from barbican.portal.negotiation import preferred_form

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

# query, Accept, User-Agent, form
CASES = [
    ("", BROWSER, "Mozilla/5.0", "html"),
    ("", "application/json", "x", "json"),
    ("", "application/problem+json", "x", "json"),
    ("", "text/plain", "x", "txt"),
    ("", "text/markdown", "x", "md"),
    ("", "*/*", "curl/8.5.0", "txt"),
    ("", None, "curl/8.5.0", "txt"),
    ("", "*/*", "Wget/1.21", "txt"),
    ("", "*/*", "HTTPie/3.2", "txt"),
    ("", "*/*", "xh/0.22", "txt"),
    ("", "*/*", "python-requests/2", "html"),
    ("", None, "", "html"),
    ("", "application/json", "curl/8.5.0", "json"),
    ("", "text/html;q=0.1, application/json", "x", "json"),
    ("", "text/html;q=0, text/plain", "x", "txt"),
    ("", "image/png", "x", "html"),
    ("", "application/json;q=0", "x", "html"),
    ("", "text/*", "x", "html"),
    ("", "nonsense", "x", "html"),
    ("", ";;;,,,q=", "x", "html"),
    ("", "a/b," * 5_000, "x", "html"),
    ("", "application/json;q=x", "x", "json"),
    ("format=json", BROWSER, "Mozilla/5.0", "json"),
    ("format=html", "*/*", "curl/8.5.0", "html"),
    ("format=txt", "application/json", "x", "txt"),
    ("format=md", "*/*", "x", "md"),
    ("format=xml", "application/json", "x", "json"),
    ("format=", "*/*", "curl/8.5.0", "txt"),
    ("format=JSON", BROWSER, "x", "html"),
]


@pytest.mark.parametrize(("query", "accept", "agent", "form"), CASES)
def test_prefers(query, accept, agent, form):
    headers = {"HTTP_USER_AGENT": agent}
    if accept is not None:
        headers["HTTP_ACCEPT"] = accept
    request = RequestFactory().get(f"/?{query}", **headers)
    assert preferred_form(request) == form
