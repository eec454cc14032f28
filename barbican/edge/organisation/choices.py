"""
What the local edge does where nobody outside Cloudflare knows what Access does.

One field for each open question, with the answer taken here as its default; `[choices]` in
`edge.toml` changes it. What each question is, and what is known about it, stands in
`docs/edge-fidelity.md`.

Source: "Open questions" of the project's reference on Cloudflare Access, and the rules that it
marks as a project's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Choices:
    """The answers in force. Each is plausible; none is confirmed."""

    # Seconds that an application token is good for under "No duration, expires immediately" (0s).
    # It has to survive the way to the origin; 60 is the lifetime in the documentation's examples.
    zero_session_lifetime: int = 60
    # `aud` of a service token's JWT: documented as a list, seen as a plain string in 2020.
    audience_as_string: bool = False
    # Does "401 Response for Service Auth policies" also replace the redirect to the login page?
    service_auth_401_covers_allow: bool = False
    # Are client-sent `Cf-Access-*` headers removed under Bypass and where no application is?
    strips_headers_on_bypass: bool = True
    # Is the single header that carried a service token removed before the origin?
    strips_single_header: bool = True
    # Does a destination `/alpha` also catch `/alphabet`?
    path_covers_longer_names: bool = False
    # Do cookies carry `Secure`? At Access always. Some browsers (Safari) drop such cookies on plain
    # http://localhost. Without it `SameSite=None` is left out too: browsers want both or neither.
    secure_cookies: bool = True
    # Is the application cookie HttpOnly where the application does not say? The documentation says
    # both; an application object of December 2025 says no.
    http_only_by_default: bool = False
    # Status of the page that an identity which no policy admits gets.
    identity_denied_status: int = 403
    # Status of get-identity for a missing or invalid cookie; its body is `{"err": …}`.
    get_identity_error_status: int = 400
    # Seconds until a logout is heeded everywhere. Access takes 20 to 30.
    logout_delay: int = 0
    # `Cache-Control` of the certs endpoint; empty sends none.
    certs_cache_control: str = ""

    def __post_init__(self) -> None:
        for name in ("identity_denied_status", "get_identity_error_status"):
            if getattr(self, name) not in {each.value for each in HTTPStatus if each >= 200}:
                raise ValueError(f"{name} should be the status of an answer, such as 403.")
        if self.zero_session_lifetime < 1:
            raise ValueError("zero_session_lifetime should be a second at least.")

    def lifetime(self, session: int) -> int:
        """Return the seconds that an application token is good for under this session."""
        return session or self.zero_session_lifetime
