// Verify Access's token at your origin. npm install jose, Node 20 or later.
import { createServer } from "node:http";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const team = process.env.ACCESS_TEAM_DOMAIN.replace(/\/$/, ""); // https://<team>.cloudflareaccess.com
const audience = process.env.ACCESS_AUD; // of this application; another one's token is not for us
if (!audience) throw new Error("ACCESS_AUD is not set.");

// Kept for an hour. A key ID that is not among them costs a fetch every 30 seconds at most.
const keys = createRemoteJWKSet(new URL(`${team}/cdn-cgi/access/certs`), {
  cacheMaxAge: 3_600_000,
  cooldownDuration: 30_000,
  timeoutDuration: 10_000,
});

async function verify(token) {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ["RS256"], // never what the token says
    audience,
    issuer: team,
    clockTolerance: 30, // seconds that two clocks may differ
    requiredClaims: ["exp", "iat"],
  });
  if ((payload.type ?? "app") !== "app") throw new errors.JWTInvalid("not an application token");
  return payload;
}

createServer(async (request, response) => {
  try {
    // The header is there for people and machines; the cookie may be missing. Node joins a
    // second header of this name with a comma, which is no token.
    const claims = await verify(request.headers["cf-access-jwt-assertion"] ?? "");
    // A service token has an empty `sub`, and its Client ID as `common_name`.
    response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
    response.end(`Hello ${claims.email || claims.common_name}\n`);
  } catch (error) {
    // A refusal is the token's fault (401); anything else is a key endpoint that is silent (503).
    const refused = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)
      && error.code !== "ERR_JOSE_GENERIC";
    response.writeHead(refused ? 401 : 503, refused ? {} : { "Retry-After": "30" });
    response.end(refused ? "No valid token of Cloudflare Access.\n" : "No signing keys.\n");
  }
}).listen(Number(process.env.PORT ?? 8000), "127.0.0.1");
