"""
What is the same for every request with one verdict: its words, its status, where the line stops.

One row per verdict of the contract. The page, the JSON, the text and the troubleshooting table all
read it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone: TypeAlias = Literal["pass", "caution", "fail", "none"]
Stop: TypeAlias = Literal["none", "caller", "edge", "origin", "page"]
Action: TypeAlias = tuple[str, str]  # label, and where it leads

AS_JSON = "?format=json"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is the same for every request with this verdict."""

    code: str
    status: int
    headline: str
    meaning: str
    fix: str
    actions: tuple[Action, ...]  # the first things to do, the best one first
    stops_at: Stop = "origin"
    tone: Tone = "fail"
    bypassed: bool = False

    @property
    def word(self) -> str:
        return "Verified" if self.tone == "pass" else "Not verified"

    @property
    def action(self) -> Action:
        return self.actions[0]


_VERIFIED = "Every check passed, on this request."
_JSON = ("Copy as JSON", AS_JSON)
_HOW = ("How it works", "#how-this-works")
_SET_UP = "#cloudflare-configuration"
_CALL = "#making-authenticated-requests"


def _fix(code: str, label: str = "What to do") -> tuple[Action, ...]:
    return ((label, f"#verdict-{code}"),)


_TABLE = (
    Verdict(
        "verified_service_token", 200, "Verified service token", _VERIFIED,
        "Nothing. This is what a machine's good request looks like.",
        (_JSON,), "page", "pass",
    ),
    Verdict(
        "verified_person", 200, "Verified person",
        "Every check passed. The caller signed in at the edge; no service token was used.",
        "To see a machine, send the Client ID and the Client Secret instead of a login session.",
        (("Show me the curl command", _CALL), _JSON), "page", "pass",
    ),
    Verdict(
        "verified_certificate", 200, "Verified client certificate",
        "Every check passed. The edge checked a client certificate; no service token was used.",
        "To see a service token, send the Client ID and the Client Secret.",
        (_JSON,), "page", "pass",
    ),
    Verdict(
        "nothing_presented", 401, "Nothing presented",
        "The request carries no application token, no cookie and no identity header. It did not "
        "come through Access, or through an address that Access does not protect.",
        "Call the address that Access protects. Mind the path: an application on /service-token/* "
        "leaves /service-token itself open.",
        (("Send it through the edge", _CALL), ("Configure Access", _SET_UP)), "caller", "none",
    ),
    Verdict(
        "unverified_headers", 401, "These headers did not come through Access",
        "Identity or credential headers arrived without a signed assertion. Access takes the "
        "credentials away before it forwards, so this request went round it.",
        "Close the direct route to the origin. Treat a Client Secret that arrived here as exposed: "
        "rotate it.",
        _fix("unverified_headers", "Close the direct route"), "edge", bypassed=True,
    ),
    Verdict(
        "malformed", 401, "Not a readable token",
        "More than one token came, or one that is too long or not in the form of an application "
        "token.",
        "Send nothing in Cf-Access-Jwt-Assertion yourself: the edge sets it. Look for a proxy that "
        "joins, cuts or quotes headers.",
        _fix("malformed"),
    ),
    Verdict(
        "algorithm_refused", 401, "Signed in a way we do not accept",
        "The token names an algorithm other than RS256. Access signs with RS256 only.",
        "Nobody at Cloudflare made this token. Find out who did.",
        _fix("algorithm_refused"),
    ),
    Verdict(
        "unknown_key", 401, "Signed with a key we do not know",
        "The key ID is not in the team's key set, which was just asked or will be within 30 s.",
        "Check ACCESS_TEAM_DOMAIN. After a rotation, try again in 30 s, or run "
        "manage.py refresh_keys to see what is published.",
        _fix("unknown_key", "Wait 30 s, or refresh the keys"),
    ),
    Verdict(
        "bad_signature", 401, "The token was changed or not signed by Cloudflare",
        "The signature does not belong to this header and these claims. Nothing that the token "
        "says can be believed.",
        "Find out who changed the token on its way, or who made it.",
        _fix("bad_signature"),
    ),
    Verdict(
        "missing_claim", 401, "The token leaves out what we need",
        "A claim that every application token has is missing, or the claims fit no kind of caller.",
        "Send the application token that Access issued, unchanged.",
        _fix("missing_claim"),
    ),
    Verdict(
        "wrong_issuer", 401, "Signed for another team",
        "The token names another issuer than the team domain set here.",
        "Check ACCESS_TEAM_DOMAIN to the character: https, no trailing slash.",
        _fix("wrong_issuer", "Check the team domain"),
    ),
    Verdict(
        "expired", 401, "Expired",
        "The token was good and its time is over.",
        "Send the request through the edge again. If it is expired every time, compare the clocks, "
        "or lengthen the session of the Access policy.",
        (("Send the headers again", _CALL),),
    ),
    Verdict(
        "not_yet_valid", 401, "Not valid yet",
        "The token starts in the future, so two clocks differ by more than the leeway.",
        "Check this server's clock against a time server.",
        _fix("not_yet_valid", "Check this server's clock"),
    ),
    Verdict(
        "wrong_type", 401, "This is a team login token, not an application token",
        "The global session token is signed by the same keys and opens no application.",
        "Send the application's own token: call the protected address and let the edge add it.",
        _fix("wrong_type", "Send the application's own assertion"),
    ),
    Verdict(
        "wrong_audience", 403, "Valid token, wrong application",
        "The token is good, and was issued for another Access application.",
        "Copy the AUD tag of the application in front of this very address into the demo's _AUD "
        "setting. An application that was made again has a new tag.",
        (("Set the AUD of this application", _SET_UP),),
    ),
    Verdict(
        "wrong_kind", 403, "Valid token, wrong kind of caller",
        "The token is good, and this demo is for another kind of caller.",
        "Call with the kind that this demo asks for.",
        (("How to call this demo", _CALL),),
    ),
    Verdict(
        "client_not_allowed", 403, "Valid service token, not allowed here",
        "The token is good, and its Client ID is not on this demo's list.",
        "Add the Client ID to the demo's list: SERVICE_TOKEN_CLIENT_IDS for service tokens.",
        _fix("client_not_allowed", "Add it to the allow-list"),
    ),
    Verdict(
        "keys_unavailable", 503, "Cannot check right now",
        "The team's signing keys could not be read, so no signature can be checked.",
        "Wait: the origin tries again by itself. If it lasts, check the way from this server to "
        "the team domain.",
        (("Retry", "?"), *_fix("keys_unavailable")), "origin", "caution",
    ),
    Verdict(
        "not_configured", 503, "Not configured",
        "This demo is not set up here: a setting is missing, or has not the form that it should. "
        "That never means that the check is skipped.",
        "Run manage.py doctor: it names the variable and what to put there.",
        (("How to set it up", _SET_UP),), "none", "none",
    ),
)  # fmt: skip

BY_CODE = {verdict.code: verdict for verdict in _TABLE}
