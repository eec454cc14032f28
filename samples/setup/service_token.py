"""Create the service token. It is printed with its secret, this once."""

import os

from cloudflare import Cloudflare  # reads CLOUDFLARE_API_TOKEN

access = Cloudflare().zero_trust.access
token = access.service_tokens.create(
    account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"],
    name="barbican-demo-token",
    duration="8760h",
)
print(f"SERVICE_TOKEN_ID={token.id}")
print(f"CF_ACCESS_CLIENT_ID={token.client_id}")
print(f"CF_ACCESS_CLIENT_SECRET={token.client_secret}")
