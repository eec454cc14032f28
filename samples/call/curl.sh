#!/usr/bin/env bash
# Call the demo with a service token.
set -euo pipefail
: "${CF_ACCESS_CLIENT_ID:?is not set}" "${CF_ACCESS_CLIENT_SECRET:?is not set}"
url=${DEMO_URL:-https://barbicancloud.co.uk/service-token/}

# The pair comes from standard input, so that it is in no list of processes.
# Without --location a redirect to the login page is not followed.
answer=$(
  curl --silent --show-error --max-time 20 --user-agent barbican-sample/1.0 \
    --header 'Accept: application/json' --header @- \
    --write-out '\n%{http_code} %{content_type}' "$url" <<PAIR
CF-Access-Client-Id: $CF_ACCESS_CLIENT_ID
CF-Access-Client-Secret: $CF_ACCESS_CLIENT_SECRET
PAIR
)

case ${answer##*$'\n'} in
  '200 application/json'*) printf '%s\n' "${answer%$'\n'*}" ;;
  3*) echo 'Sent to a login page: no Service Auth policy let this token in.' >&2; exit 1 ;;
  *) echo "Refused: ${answer##*$'\n'}" >&2; exit 1 ;;
esac
