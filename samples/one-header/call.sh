#!/usr/bin/env bash
# Call the demo with one header. The keys are in lower case.
set -euo pipefail
: "${CF_ACCESS_CLIENT_ID:?is not set}" "${CF_ACCESS_CLIENT_SECRET:?is not set}"
url=${DEMO_URL:-https://barbicancloud.co.uk/service-token/}

answer=$(
  curl --silent --show-error --max-time 20 --user-agent barbican-sample/1.0 \
    --header 'Accept: application/json' --header @- \
    --write-out '\n%{http_code} %{content_type}' "$url" <<HEADER
Authorization: {"cf-access-client-id": "$CF_ACCESS_CLIENT_ID", "cf-access-client-secret": "$CF_ACCESS_CLIENT_SECRET"}
HEADER
)

case ${answer##*$'\n'} in
  '200 application/json'*) printf '%s\n' "${answer%$'\n'*}" ;;
  *) echo "Refused, or sent to a login page: ${answer##*$'\n'}" >&2; exit 1 ;;
esac
