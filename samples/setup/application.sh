#!/usr/bin/env bash
# Protect the path, without /*, and the subdomain. No policy yet: nobody gets in.
set -euo pipefail
api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
api=$api/accounts/$CLOUDFLARE_ACCOUNT_ID/access

for domain in barbicancloud.co.uk/service-token service-token.barbicancloud.co.uk; do
  jq --null-input --arg domain "$domain" '{
    name: $domain, type: "self_hosted", domain: $domain,
    destinations: [{type: "public", uri: $domain}],
    service_auth_401_redirect: true
  }' | curl --silent --show-error --fail-with-body "$api/apps" \
    --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN") --json @- |
    jq '.result // error(.errors[0].message) | {id, domain, aud}'
done
