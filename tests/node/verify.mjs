// Verifies tokens with jose and aws-jwt-verify, each set up as its documentation says.
//
// Reads one JSON object a line: {library, verifier, certs, issuer, audience, token}. A `verifier` of
// the same name is used again, with all that it remembers. Answers with one line each: {claims} or
// {error}.

import { createInterface } from "node:readline";

import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { createRemoteJWKSet, jwtVerify } from "jose";

function withJose({ certs, issuer, audience }) {
  // By default a key that is not in the set is looked for again 30 seconds after the last fetch.
  const keys = createRemoteJWKSet(new URL(certs), { cooldownDuration: 0 });
  return async (token) => (await jwtVerify(token, keys, { issuer, audience })).payload;
}

// The library's own fetcher speaks https only; a fetcher of one's own is what it documents.
const overHttp = {
  async fetch(uri) {
    const answer = await fetch(uri);
    if (!answer.ok) throw new Error(`The keys answered ${answer.status}.`);
    return answer.arrayBuffer();
  },
};

function withAwsJwtVerify({ certs, issuer, audience }) {
  const verifier = JwtVerifier.create(
    { issuer, audience, jwksUri: certs },
    { jwksCache: new SimpleJwksCache({ fetcher: overHttp }) },
  );
  return (token) => verifier.verify(token);
}

const LIBRARIES = { jose: withJose, "aws-jwt-verify": withAwsJwtVerify };
const verifiers = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (!verifiers.has(asked.verifier)) {
    verifiers.set(asked.verifier, LIBRARIES[asked.library](asked));
  }
  let answer;
  try {
    answer = { claims: await verifiers.get(asked.verifier)(asked.token) };
  } catch (error) {
    answer = { error: error.code ?? error.constructor.name };
  }
  console.log(JSON.stringify(answer));
}
