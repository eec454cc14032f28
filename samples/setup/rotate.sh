#!/usr/bin/env bash
# Rotate: the old secret is good for a day more. SERVICE_TOKEN_ID is the token's `id`.
set -euo pipefail
api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
api=$api/accounts/$CLOUDFLARE_ACCOUNT_ID/access

jq --null-input '{previous_client_secret_expires_at: (now + 86400 | todate)}' |
  curl --silent --show-error --fail-with-body --json @- \
    --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN") \
    "$api/service_tokens/$SERVICE_TOKEN_ID/rotate" |
  jq --raw-output '.result // error(.errors[0].message) |
    "CF_ACCESS_CLIENT_ID=\(.client_id)\nCF_ACCESS_CLIENT_SECRET=\(.client_secret)"'
