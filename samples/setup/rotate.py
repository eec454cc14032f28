"""Rotate: the old secret is good for a day more. SERVICE_TOKEN_ID is the token's ID."""

import os
from datetime import UTC, datetime, timedelta

from cloudflare import Cloudflare

token = Cloudflare().zero_trust.access.service_tokens.rotate(
    os.environ["SERVICE_TOKEN_ID"],
    account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"],
    previous_client_secret_expires_at=datetime.now(UTC) + timedelta(days=1),
)
print(f"CF_ACCESS_CLIENT_ID={token.client_id}")
print(f"CF_ACCESS_CLIENT_SECRET={token.client_secret}")
