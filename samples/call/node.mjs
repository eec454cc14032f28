// Call the demo with a service token. Node 20 or later, no packages.
const {
  CF_ACCESS_CLIENT_ID: id,
  CF_ACCESS_CLIENT_SECRET: secret,
  DEMO_URL: url = "https://barbicancloud.co.uk/service-token/",
} = process.env;

function giveUp(reason) {
  console.error(reason);
  process.exit(1);
}

if (!id || !secret) giveUp("CF_ACCESS_CLIENT_ID or CF_ACCESS_CLIENT_SECRET is not set.");

const answer = await fetch(url, {
  headers: {
    Accept: "application/json",
    "User-Agent": "barbican-sample/1.0",
    "CF-Access-Client-Id": id,
    "CF-Access-Client-Secret": secret,
  },
  redirect: "manual", // a redirect leads to a login page
  signal: AbortSignal.timeout(20_000),
}).catch((error) => giveUp(`No answer: ${error.cause?.code ?? error.name}`));

const type = answer.headers.get("content-type") ?? "";
if (answer.status >= 300 && answer.status < 400) {
  giveUp("Sent to a login page: no Service Auth policy let this token in.");
}
if (answer.status !== 200 || !type.startsWith("application/json")) {
  giveUp(`Refused: ${answer.status} ${type}`);
}
console.log(JSON.stringify(await answer.json(), null, 2));
