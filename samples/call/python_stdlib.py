"""Call the demo with a service token. Standard library only, Python 3.11 or later."""

import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

URL = os.environ.get("DEMO_URL", "https://barbicancloud.co.uk/service-token/")


class NoRedirect(HTTPRedirectHandler):
    """A redirect leads to a login page, and urllib would send the secret along."""

    def redirect_request(self, *args):
        return None


def call(url, client_id, client_secret):
    """Return the answer's JSON. Raises `HTTPError` for a refusal or a redirect."""
    headers = {
        "Accept": "application/json",
        "User-Agent": "barbican-sample/1.0",  # urllib's own is refused by many a bot rule
        "CF-Access-Client-Id": client_id,
        "CF-Access-Client-Secret": client_secret,
    }
    with build_opener(NoRedirect).open(Request(url, headers=headers), timeout=20) as answer:
        if answer.headers.get_content_type() != "application/json":
            raise ValueError("200, but no JSON: something other than the demo answered.")
        return json.load(answer)


try:
    pair = os.environ["CF_ACCESS_CLIENT_ID"], os.environ["CF_ACCESS_CLIENT_SECRET"]
    print(json.dumps(call(URL, *pair), indent=2))
except KeyError as missing:
    sys.exit(f"{missing.args[0]} is not set.")
except HTTPError as error:
    if 300 <= error.code < 400:
        sys.exit("Sent to a login page: no Service Auth policy let this token in.")
    sys.exit(f"Refused: {error.code} {error.headers.get_content_type()}")
except (URLError, TimeoutError, ValueError) as error:
    sys.exit(f"No answer that can be used: {error}")
