#!/usr/bin/env bash
# One policy for both applications. SERVICE_TOKEN_ID is the token's `id`, not its Client ID;
# APPLICATION_IDS has the `id` of each application, with blanks between.
set -euo pipefail
api=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
api=$api/accounts/$CLOUDFLARE_ACCOUNT_ID/access
ask() {
  curl --silent --show-error --fail-with-body "$@" \
    --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN")
}

policy=$(jq --null-input --arg token "$SERVICE_TOKEN_ID" '{
  name: "Service Auth for the demo", decision: "non_identity",
  include: [{service_token: {token_id: $token}}]
}' | ask "$api/policies" --json @- | jq --raw-output '.result.id // error(.errors[0].message)')

for application in $APPLICATION_IDS; do
  # PUT replaces the whole application, so all that is there goes back.
  ask "$api/apps/$application" |
    jq --arg policy "$policy" '.result | .policies = [{id: $policy, precedence: 1}]' |
    ask "$api/apps/$application" --request PUT --json @- |
    jq '.result | {domain, policies: [.policies[].name]}'
done
