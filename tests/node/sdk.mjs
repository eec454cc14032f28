// Manages the local edge with Cloudflare's own client, unmodified but for its base URL, and asks the
// edge between the steps. Settings come as JSON on standard input; the findings go out as JSON.
import Cloudflare, { APIError } from "cloudflare";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const settings = JSON.parse(input);
const client = new Cloudflare({
  apiToken: settings.token,
  baseURL: settings.api,
  maxRetries: 0,
});
const account_id = settings.account;
const { access, organizations } = client.zeroTrust;

const all = async (pages) => {
  const found = [];
  for await (const each of pages) found.push(each);
  return found;
};

const status = async (credentials) => {
  const headers = credentials && {
    "CF-Access-Client-Id": credentials.client_id,
    "CF-Access-Client-Secret": credentials.client_secret,
  };
  const response = await fetch(`${settings.edge}/typescript`, { headers, redirect: "manual" });
  await response.arrayBuffer();
  return response.status;
};

const refused = async (call) => {
  try {
    await call();
  } catch (error) {
    if (error instanceof APIError) return { status: error.status, code: error.errors[0].code };
    throw error;
  }
  return null;
};

const statuses = {};
const refusals = {};

statuses.before = await status();

const token = await access.serviceTokens.create({ account_id, name: "typescript", duration: "24h" });
const policy = await access.policies.create({
  account_id,
  name: "typescript",
  decision: "non_identity",
  include: [{ service_token: { token_id: token.id } }],
  session_duration: "0s",
});
const app = await access.applications.create({
  account_id,
  name: "TypeScript",
  type: "self_hosted",
  domain: "127.0.0.1/typescript",
  destinations: [{ type: "public", uri: "127.0.0.1/typescript" }],
  policies: [{ id: policy.id, precedence: 1 }],
  service_auth_401_redirect: true,
});
statuses.without = await status();
statuses.with = await status(token);

const names = (await all(access.serviceTokens.list({ account_id, per_page: 2 }))).map((each) => each.name);
const apps = (await all(access.applications.list({ account_id, aud: app.aud }))).map((each) => each.id);

await access.serviceTokens.update(token.id, { account_id, enabled: false });
statuses.disabled = await status(token);
await access.serviceTokens.update(token.id, { account_id, enabled: true });

const rotated = await access.serviceTokens.rotate(token.id, {
  account_id,
  previous_client_secret_expires_at: new Date(Date.now() + 3_600_000).toISOString(),
});
statuses.grace = [await status(token), await status(rotated)];
await access.serviceTokens.update(token.id, {
  account_id,
  previous_client_secret_expires_at: new Date(Date.now() - 3_600_000).toISOString(),
});
statuses.over = [await status(token), await status(rotated)];

const keys = await access.keys.rotate({ account_id });
const strict = await organizations.update({ account_id, strict_service_token_auth: true });

refusals.policyInUse = await refused(() => access.policies.delete(policy.id, { account_id }));
refusals.tokenInUse = await refused(() => access.serviceTokens.delete(token.id, { account_id }));
refusals.unknown = await refused(() => access.applications.get("0".repeat(64), { account_id }));
refusals.invalid = await refused(() => access.serviceTokens.create({ account_id, name: "" }));

await access.applications.delete(app.id, { account_id });
await access.policies.delete(policy.id, { account_id });
await access.serviceTokens.delete(token.id, { account_id });
statuses.after = await status();

process.stdout.write(
  JSON.stringify({
    statuses,
    refusals,
    names,
    foundByAud: apps.length === 1 && apps[0] === app.id,
    hasRotated: Boolean(keys.last_key_rotation_at),
    isStrict: strict.strict_service_token_auth,
  }),
);
