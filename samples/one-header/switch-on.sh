#!/usr/bin/env bash
# Let the application read the pair from one header. APPLICATION_ID is the application's `id`.
set -euo pipefail
api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
api=$api/accounts/$CLOUDFLARE_ACCOUNT_ID/access/apps/$APPLICATION_ID
ask() {
  curl --silent --show-error --fail-with-body "$@" \
    --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN")
}

# PUT replaces the whole application, so all that is there goes back.
ask "$api" | jq '.result | .read_service_tokens_from_header = "Authorization"' |
  ask "$api" --request PUT --json @- |
  jq '.result | {domain, read_service_tokens_from_header}'
