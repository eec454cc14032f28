#!/usr/bin/env bash
# Print the line for the origin's .env.
set -euo pipefail
api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
api=$api/accounts/$CLOUDFLARE_ACCOUNT_ID/access

curl --silent --show-error --fail-with-body "$api/apps?per_page=100" \
  --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN") |
  jq --raw-output '
    ["barbicancloud.co.uk/service-token", "service-token.barbicancloud.co.uk"] as $ours |
    [(.result // error(.errors[0].message))[] | select(.domain | IN($ours[])) | .aud] | "SERVICE_TOKEN_AUD=" + join(",")'
