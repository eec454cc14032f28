"""Print the line for the origin's .env."""

import os

from cloudflare import Cloudflare

OURS = {"barbicancloud.co.uk/service-token", "service-token.barbicancloud.co.uk"}
access = Cloudflare().zero_trust.access
found = access.applications.list(account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"])
tags = [each.aud for each in found if each.domain in OURS]
print(f"SERVICE_TOKEN_AUD={','.join(tags)}")
