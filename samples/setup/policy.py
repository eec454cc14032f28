"""One policy for both applications. SERVICE_TOKEN_ID is the token's ID, not its Client ID."""

import os

from cloudflare import Cloudflare

access = Cloudflare().zero_trust.access
account = os.environ["CLOUDFLARE_ACCOUNT_ID"]
policy = access.policies.create(
    account_id=account,
    name="Service Auth for the demo",
    decision="non_identity",
    include=[{"service_token": {"token_id": os.environ["SERVICE_TOKEN_ID"]}}],
)
for application_id in os.environ["APPLICATION_IDS"].split():
    # An update replaces the whole application, so all that is there goes back.
    found = access.applications.get(application_id, account_id=account).to_dict(mode="json")
    changed = {**found, "policies": [{"id": policy.id, "precedence": 1}]}
    access.applications.update(application_id, account_id=account, extra_body=changed)
    print(f"{found['domain']}: {policy.name}")
