#!/usr/bin/env bash
# Create the service token. The answer holds its secret, this once.
set -euo pipefail
api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
api=$api/accounts/$CLOUDFLARE_ACCOUNT_ID/access

curl --silent --show-error --fail-with-body "$api/service_tokens" \
  --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN") \
  --json '{"name": "barbican-demo-token", "duration": "8760h"}' |
  jq '.result // error(.errors[0].message) | {id, client_id, client_secret, expires_at}'
