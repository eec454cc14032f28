"""Protect the path, without /*, and the subdomain. No policy yet: nobody gets in."""

import os

from cloudflare import Cloudflare

access = Cloudflare().zero_trust.access
for domain in ("barbicancloud.co.uk/service-token", "service-token.barbicancloud.co.uk"):
    application = access.applications.create(
        account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"],
        name=domain,
        type="self_hosted",
        domain=domain,
        destinations=[{"type": "public", "uri": domain}],
        service_auth_401_redirect=True,
    )
    print(f"{application.id} {domain} {application.aud}")
