"""
The API token itself: whether it is any good.

Source: Cloudflare API, "Verify token": `/user/tokens/verify`; the message is the one seen there.
"""

from __future__ import annotations

import hashlib

from barbican.edge.api.call import Call, Routes
from barbican.edge.api.envelope import Reply
from barbican.edge.api.errors import problem


def _verify(call: Call) -> Reply:
    # Whoever gets here has shown the token. Its ID says nothing about it.
    token_id = hashlib.sha256(f"token of {call.account_id}".encode()).hexdigest()[:32]
    message = {**problem(10000, "This API Token is valid and active"), "type": None}
    return Reply({"id": token_id, "status": "active"}, messages=(message,))


ROUTES: Routes = {"tokens/verify": {"GET": _verify}}
